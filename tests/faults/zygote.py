"""A process that has imported everything a sync needs and forks one child for each order, so that a start costs little.

It is started with the shim (shim.c) preloaded, reads orders as lines of JSON and answers each with one line. It makes
no trouble itself and does not judge: the child runs `pfjira` as `python -m pfjira` would and comes to its end alone.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import re
import resource
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import typer.main
from naive_sync import naive_sync

import pfjira.cli.wiring
import pfjira.connectors.repeating
import pfjira.state.store
from pfjira.cli import interrupts
from pfjira.cli.app import app, main
from pfjira.ops.workspace import Workspace
from pfjira.state.store import Store

COMMAND = typer.main.get_command(app)
SHIM = ctypes.CDLL(None)
Job = Callable[[Sequence[str]], int]


def pfjira_sync(arguments: Sequence[str]) -> int:
    """Do what `python -m pfjira` does with these arguments."""
    interrupts.listen()
    code = main(arguments, run=COMMAND)
    if interrupts.came():
        interrupts.leave(code)
    return code


def acknowledged(arguments: Sequence[str], synchronous: str = "FULL") -> int:
    """Run `pfjira`, and note in the log of calls each commit that the program takes for durable."""
    real, numbers = Store.write, iter(range(1, 1_000_000))

    @contextmanager
    def write(self: Store) -> Iterator[Store]:
        if self.path is None:  # promises nothing
            with real(self):
                yield self
            return
        number = next(numbers)
        with real(self):
            yield self
            self.set_meta("acknowledged", str(number))
        SHIM.shim_note(f"ack {number}".encode())

    set_up = Store._set_up

    def weakened(self: Store, *, older: bool = False) -> None:
        set_up(self, older=older)
        self.rows(f"PRAGMA synchronous = {synchronous}")

    for name, method in (("write", write), ("_set_up", weakened)):
        setattr(Store, name, method)
    return pfjira_sync(arguments)


def starved(arguments: Sequence[str]) -> int:
    """Run `pfjira sync` with so many MB of memory more than it has now."""
    now = int(re.findall(r"VmSize:\s+(\d+)", Path("/proc/self/status").read_text())[0]) * 1024
    resource.setrlimit(resource.RLIMIT_AS, (now + int(arguments[0]) * 2**20,) * 2)
    return pfjira_sync(["sync"])


def hammer(arguments: Sequence[str]) -> int:
    """Write to a state file for some seconds and close it now and then; the exit file says how often it was told ok."""
    path, name, seconds = Path(arguments[0]), arguments[1], float(arguments[2])
    done, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        with Store.open(path) as store:
            for _ in range(40):
                with store.write():
                    store.run("INSERT INTO audit (at, who, act, subject) VALUES ('', ?, 'hammer', ?)", (name, done))
                done += 1
    Path(f"{path}.{name}").write_text(str(done))
    return 0


JOBS: Mapping[str, Job] = {
    "pfjira": pfjira_sync,
    "acknowledged": acknowledged,
    "weak": partial(acknowledged, synchronous="NORMAL"),
    "naive": naive_sync,
    "hammer": hammer,
    "starved": starved,
}


def child(order: Mapping[str, Any]) -> int:
    """Become the process that was ordered; return its exit code."""
    os.setpgid(0, 0)
    _redirect(order["out"])
    os.environ.update(order["environment"])
    ahead = timedelta(seconds=order["ahead_s"])
    # As harness.Tool does: the clock is the sandbox's, and pauses between attempts have tests of their own.
    vars(pfjira.cli.wiring)["Workspace"] = partial(Workspace, clock=lambda: datetime.now(UTC) + ahead)
    vars(pfjira.connectors.repeating)["pause_after"] = lambda state: 0.01
    if order["record"]:
        SHIM.shim_record(order["record"].encode())
    begun = time.monotonic()
    SHIM.shim_arm(*(ctypes.c_long(number) for number in order["arm"]))
    code = JOBS[order["job"]](order["arguments"])
    SHIM.shim_disarm()
    sys.stdout.flush()
    sys.stderr.flush()
    Path(order["out"] + ".took").write_text(str(time.monotonic() - begun))
    return code


def _redirect(place: str) -> None:
    for number, name in enumerate(("/dev/null", place + ".out", place + ".err")):
        opened = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)


def start(order: Mapping[str, Any]) -> dict[str, int]:
    """Fork a child for an order; return its process id."""
    pid = os.fork()
    if pid == 0:
        code = 99
        try:
            code = child(order)
        finally:
            sys.stderr.flush()
            os._exit(code)
    return {"pid": pid}


def wait(order: Mapping[str, Any]) -> dict[str, int]:
    """Wait for a child; return how it ended, and what the shim counted of the child that was armed last."""
    _, status = os.waitpid(order["pid"], 0)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "calls": SHIM.shim_count(),
        "landed": SHIM.shim_landed(),
        "kind": SHIM.shim_landed_kind(),
    }


def serve() -> None:
    """Answer orders until nobody gives any more."""
    gc.freeze()
    answers = {"start": start, "wait": wait}
    for line in sys.stdin:
        order = json.loads(line)
        if order["do"] == "warm":  # imports what only a running sync imports, here, for all children
            os.environ.update(order["environment"])
            answer = {"code": main(order["arguments"], run=COMMAND)}
            for name in order["environment"]:
                del os.environ[name]
            gc.collect()
            gc.freeze()
        else:
            answer = answers[order["do"]](order)
        os.write(PROTOCOL, json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    PROTOCOL = os.dup(1)
    os.set_inheritable(PROTOCOL, False)
    os.dup2(2, 1)
    serve()
