"""Starts `pfjira` with trouble planned at its n-th call to files or sockets, and says what became of it.

The order goes to a zygote (zygote.py); the shim (shim.c) makes the trouble. Nothing here asserts; tests do.
"""

from __future__ import annotations

import errno
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, IntFlag
from pathlib import Path
from random import Random
from typing import Any, Self

import pytest
from harness import Tool, company

from pfjira.sandbox.server import Sandbox

HERE = Path(__file__).parent
TABLE = frozenset({0, 1, 65, 69, 74, 75, 76, 77, 78, 130})
"""The exit codes that a run may end with: neither a wrong command line (2) nor a bug of ours (70)."""


class Kind(IntFlag):
    """What sort of call it is; as in shim.c."""

    NONE = 0
    WRITE = 1
    SYNC = 2
    CUT = 4
    NAME = 8
    OPEN = 16
    CONNECT = 32
    SEND = 64
    RECV = 128
    NOTE = 256
    FILES = WRITE | SYNC | CUT | NAME | OPEN
    SOCKETS = CONNECT | SEND | RECV
    ALL = FILES | SOCKETS


class What(IntEnum):
    """What happens at the call; as in shim.c."""

    NOTHING = 0
    KILL = 1
    KILL_GROUP = 2
    TERMINATE = 3
    FAIL = 4
    FAIL_ON = 5
    """It fails, and so does every later one: a disk that is full stays full."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """One planned fault: at the n-th call of these kinds, before or after it was carried out."""

    what: What = What.NOTHING
    at: int = 0
    after: bool = False
    error: int = 0
    kinds: Kind = Kind.ALL

    def __str__(self) -> str:
        name = f" {errno.errorcode[self.error]}" if self.error else ""
        return f"{self.what.name}{name} {'after' if self.after else 'before'} call {self.at} of {self.kinds!r}"


@dataclass(frozen=True, slots=True)
class End:
    """How a child ended, and what was counted until then."""

    code: int
    """Negative: the signal that killed it."""
    calls: int
    landed: bool
    kind: Kind
    out: str
    err: str
    took_s: float
    """Seconds that it took to come to its end; 0 for one that was killed."""


@dataclass(slots=True)
class Zygote:
    """The process that forks; a context manager."""

    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="pfjira-faults-")))
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _alive: dict[int, str] = field(default_factory=dict)
    _process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        library = self.folder / "shim.so"
        build = ["gcc", "-O1", "-shared", "-fPIC", "-o", str(library), str(HERE / "shim.c"), "-ldl", "-lpthread"]
        subprocess.run(build, check=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PFJIRA_", "LD_"))}
        places = os.pathsep.join((str(HERE), str(HERE.parents[1])))
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "zygote.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=HERE.parents[1],
            env=environment | {"LD_PRELOAD": str(library), "PYTHONPATH": places, "PYTHONDONTWRITEBYTECODE": "1"},
        )
        with Sandbox(company(people=10, tasks=4, completed_tasks=0)) as sandbox:
            tool = Tool(sandbox, self.folder)
            warm = self._ask(do="warm", arguments=["sync", "--quiet"], environment=tool.environment())
            assert {"code": 0} == warm, warm
        return self

    def __exit__(self, *_: object) -> None:
        for pid in self._alive:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._process is not None:
            self._process.communicate()
        shutil.rmtree(self.folder)

    def start(
        self,
        tool: Tool,
        *arguments: str,
        trouble: Trouble | None = None,
        job: str = "pfjira",
        record: Path | None = None,
        **environment: str,
    ) -> int:
        """Fork a child that runs this command; return its process id."""
        trouble = trouble or Trouble()
        place = str(self.folder / str(next(self._numbers)))
        pid = self._ask(
            do="start",
            arguments=arguments,
            job=job,
            out=place,
            record=str(record or ""),
            environment=tool.environment() | environment,
            ahead_s=(tool.now() - datetime.now(UTC)).total_seconds(),
            arm=[trouble.at, trouble.what, int(trouble.after), trouble.error, trouble.kinds],
        )["pid"]
        self._alive[pid] = place
        return int(pid)

    def wait(self, pid: int) -> End:
        """Wait for the end of a child."""
        answer = self._ask(do="wait", pid=pid)
        place = self._alive.pop(pid)
        took = Path(place + ".took")
        end = End(
            code=answer["code"],
            calls=answer["calls"],
            landed=bool(answer["landed"]),
            kind=Kind(answer["kind"]),
            out=_text(place + ".out"),
            err=_text(place + ".err"),
            took_s=float(took.read_text()) if took.exists() else 0.0,
        )
        for path in self.folder.glob(f"{Path(place).name}.*"):
            path.unlink()
        return end

    def run(self, tool: Tool, *arguments: str, **more: Any) -> End:
        """Run one command to its end, whatever that is."""
        return self.wait(self.start(tool, *arguments, **more))

    def _ask(self, **order: Any) -> dict[str, Any]:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(order) + "\n")
        process.stdin.flush()
        answer: dict[str, Any] = json.loads(process.stdout.readline())
        return answer


def needs_gcc() -> None:
    """Skip the test where the shim cannot be built."""
    if sys.platform != "linux" or shutil.which("gcc") is None:
        pytest.skip("the faults at single calls are made by a small C library: this needs Linux and gcc")


def strided(calls: int, wanted: int, seed: int) -> list[int]:
    """Return about as many call numbers as wanted, evenly spread over all calls from a random offset."""
    step = max(1, calls // wanted)
    points = list(range(1 + Random(seed).randrange(step), calls + 1, step))
    print(f"seed {seed}: {len(points)} of {calls} calls, one in {step}, from {points[:1]}")
    return points


def _text(path: str) -> str:
    return Path(path).read_text(errors="replace") if Path(path).exists() else ""
