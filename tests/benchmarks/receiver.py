"""What one commit for many deliveries is worth: the same receiver, disk and durability, one commit each against it.

And what all of it costs: a program under the same server that reads as much, answers 202, and stores nothing.

`python tests/benchmarks/receiver.py [SECONDS]` prints one line. Read the ratio, not the numbers.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import uvicorn

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from load import Outcome, load, request_of
from measuring import Figure
from receiving import receiver

from pfjira.state.store import Store
from pfjira.webhook.serve import Limits
from pfjira.webhook.writer import TOGETHER

CONNECTIONS = 64


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run measured."""

    grouped_per_s: float
    each_per_s: float
    ratio: float
    half_load_p99_ms: float
    deliveries_per_commit: float
    bare_per_s: float
    """What the server alone comes to, with a program that stores nothing."""
    lost: int
    """Acknowledged and not there: must be 0."""


def measure(seconds: float = 3.0, rounds: int = 2) -> Figures:
    """Measure both in turn, best of the rounds, then the waits at half of what is possible."""
    prepared = [request_of(number) for number in range(1, int(9000 * seconds))]
    grouped, each, lost, together = [], [], 0, 0.0
    for _ in range(rounds):
        outcome, commits, missing = _run(TOGETHER, seconds, prepared)
        grouped.append(outcome.per_second)
        together = max(together, len(outcome.acknowledged) / max(1, commits))
        lost += missing
        outcome, _, missing = _run(1, seconds, prepared)
        each.append(outcome.per_second)
        lost += missing
    calm, _, missing = _run(TOGETHER, seconds, prepared, rate=max(grouped) / 2)
    return Figures(
        grouped_per_s=round(max(grouped)),
        each_per_s=round(max(each)),
        ratio=round(max(grouped) / max(each), 2),
        half_load_p99_ms=round(calm.percentile_ms(99), 1),
        bare_per_s=round(_bare(seconds / 2, prepared).per_second),
        deliveries_per_commit=round(together, 1),
        lost=lost + missing,
    )


def figures(size: str) -> Iterator[Figure]:
    """Yield the rows of the table."""
    found = measure(seconds=4.0 if size == "full" else 2.0, rounds=3 if size == "full" else 1)
    yield Figure(
        "webhooks acknowledged, many in one commit",
        f"{found.ratio:.2f} x",
        ">= 3 x",
        f"one commit each on this disk: {found.grouped_per_s:,} against {found.each_per_s:,} a second, "
        f"{found.lost} lost",
    )
    waited = f"{found.half_load_p99_ms:.0f} ms"
    yield Figure(
        "webhooks acknowledged, against storing nothing",
        f"{found.grouped_per_s / found.bare_per_s:.2f} x",
        "",
        f"the server with a program that only answers: {found.bare_per_s:,} a second",
    )
    yield Figure(
        "webhooks, 99 % are answered within", waited, "<= 50 ms", "at half of that load, sender on the same cores"
    )


def _bare(seconds: float, prepared: list[bytes]) -> Outcome:
    """Load the server with a program that stores nothing."""
    command = [sys.executable, __file__, "bare"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        outcome = load(int(process.stdout.readline()), seconds=seconds, connections=CONNECTIONS, prepared=prepared)
        process.stdin.close()
    return outcome


def _serve_bare() -> None:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            pass
        await send({"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, http="httptools", loop="uvloop", lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    sys.stdin.read()
    server.should_exit = True
    thread.join()


def _run(together: int, seconds: float, prepared: list[bytes], *, rate: float = 0) -> tuple[Outcome, int, int]:
    """Load a receiver in a process of its own; return the outcome, how many commits it took, and what is missing."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "serve", folder, str(together)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            port = int(process.stdout.readline())
            load(port, seconds=0.3, connections=4, first=10_000_000)  # warm
            outcome = load(port, seconds=seconds, connections=CONNECTIONS, rate=rate, prepared=prepared)
            process.stdin.close()
            commits = int(process.stdout.readline())
        with Store.open(Path(folder) / "state.db") as store:
            kept = {int(refs.rpartition("/")[2]) for (refs,) in store.rows("SELECT refs FROM inbox")}
        return outcome, commits, len(set(outcome.acknowledged) - kept)


def _serve(folder: Path, together: int) -> None:
    with receiver(folder, together=together, limits=Limits(connections=CONNECTIONS + 16)) as running:
        sys.stdout.write(f"{running.port}\n")
        sys.stdout.flush()
        sys.stdin.read()
    sys.stdout.write(f"{running.writer.commits}\n")


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        _serve(Path(sys.argv[2]), int(sys.argv[3]))
    elif sys.argv[1:2] == ["bare"]:
        _serve_bare()
    else:
        sys.stdout.write(json.dumps(asdict(measure(float(sys.argv[1]) if sys.argv[1:] else 3.0))) + "\n")
