"""The worker beside the receiver: lets `pfjira sync --pending` run when something came, one at a time.

It has the logins and listens to nobody; the receiver, a process of its own, listens and is started without them. The
next run is started in advance and waits for a word: loading the program takes longer than what it has to do.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pfjira.cli.exits import ExitCode
from pfjira.state.inbox import flag

PEEP_S = 0.1
SETTLE_S = 0.3
"""Deliveries come in bursts: so long is waited for more of them before a run begins."""
LATER_S = (1.0, 1.0, 2.0, 5.0, 15.0, 60.0)
"""Before the run after one that came too early: another works, a person paused, a vendor wants to be left alone."""
PATIENCE_S = (5.0, 15.0, 60.0)
"""Before the run after one that failed; the timer's runs go on meanwhile."""
GRACE_S = 8.0
_OWN = ("--host", "--port", "--uds", "--fd")
_OUTWARDS = ("PFJIRA_TARGET_", "PFJIRA_ALERTS_")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_LOGINS = ("_API_KEY", "_API_TOKEN", "_API_KEY_FILE", "_API_TOKEN_FILE")


def work_beside(
    listeners: Sequence[socket.socket], state: Path, words: Sequence[str], environment: Mapping[str, str]
) -> int:
    """Start the receiver on these sockets, and work off what it stores, until a signal; return the exit code."""
    stop = threading.Event()
    with _signals(stop):
        receiver = _receiver(listeners, words, environment)
        worker = Worker(
            state, [*own_program(), "sync", "--pending", "--when-told", "--quiet", *_places(words)], environment
        )
        try:
            while receiver.poll() is None and not stop.wait(PEEP_S):
                worker.step()
            code = receiver.poll()
            return int(ExitCode.OK) if code is None else code
        finally:
            receiver.terminate()
            worker.close()
            _ended(receiver)


class Worker:
    """Decides when a run is due; a step never waits."""

    def __init__(self, state: Path, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Prepare; a first run is due at once, for what came while nobody worked."""
        self._flag, self._command, self._environment = flag(state), command, environment
        self._running: subprocess.Popen[bytes] | None = None
        self._spare = self._prepared()
        self._seen: int | None = None
        self._wait_s = 0.0
        self._again = True
        self._failures = self._later = 0

    def step(self) -> None:
        """Look whether something came, and whether the run has ended."""
        self._wait_s = max(0.0, self._wait_s - PEEP_S)
        if self._running is not None:
            code = self._running.poll()
            if code is None:
                return
            _ended(self._running)
            self._running = None
            self._spare = self._prepared()
            self._judge(code)
        stamp = self._stamp()
        if stamp is not None and stamp != self._seen:
            self._seen = stamp
            self._again = True
            self._wait_s = max(self._wait_s, SETTLE_S)
        if self._again and not self._wait_s:
            self._again = False
            self._running = self._spare
            _tell(self._running)

    def close(self) -> None:
        """End the run that is going on in good order, and the one that waits."""
        if self._running is not None:
            self._running.terminate()
            _ended(self._running)
        else:
            _ended(self._spare)

    def _prepared(self) -> subprocess.Popen[bytes]:
        return _started(self._command, self._environment)

    def _judge(self, code: int) -> None:
        if code in (ExitCode.OK, ExitCode.DIFFERS):
            self._failures = self._later = 0
        elif code == ExitCode.LATER:
            self._again, self._wait_s = True, LATER_S[min(self._later, len(LATER_S) - 1)]
            self._later += 1
        else:
            # After the last it waits for something new, and then too so long; the timer's runs take what is left.
            self._again = self._failures < len(PATIENCE_S)
            self._wait_s = PATIENCE_S[min(self._failures, len(PATIENCE_S) - 1)]
            self._failures += 1

    def _stamp(self) -> int | None:
        try:
            return self._flag.stat().st_mtime_ns
        except OSError:
            return None


def _receiver(
    listeners: Sequence[socket.socket], words: Sequence[str], environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start the receiver: the same command on the sockets that are open, and without any login."""
    numbers = [one.fileno() for one in listeners]
    fds = [word for number in numbers for word in ("--fd", str(number))]
    line = [*own_program(), *_without(words, _OWN, ("--work",)), *fds, "--until-eof"]
    found = _started(line, poorer(environment), fds=numbers)
    for one in listeners:
        one.close()
    return found


def _started(
    command: Sequence[str], environment: Mapping[str, str], *, fds: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start a process of ours that ends when its standard input does; Ctrl-C is for us, and passed on in order."""
    return subprocess.Popen(  # noqa: S603 - our own program
        command, env=dict(environment), stdin=subprocess.PIPE, pass_fds=fds, process_group=0
    )


def _tell(process: subprocess.Popen[bytes]) -> None:
    """Let a run begin that waits for a word."""
    assert process.stdin is not None
    with suppress(OSError):  # it is no more: its exit code is judged at the next step
        process.stdin.write(b"\n")
        process.stdin.flush()


def poorer(environment: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without what only those need who call others."""
    return {name: value for name, value in environment.items() if not _is_login(name)}


def _is_login(name: str) -> bool:
    if name.upper() in _PROXIES:
        return True  # it may hold a password, and the receiver calls nobody
    return name.startswith("PFJIRA_") and (name.endswith(_LOGINS) or name.startswith(_OUTWARDS))


def own_program() -> list[str]:
    """Return what starts this program once more; nothing in the folder where we were started is imported (`-P`).

    Whoever may call it by sudo stands where he likes, and may have put a module there.
    """
    return [sys.executable, "-P", "-m", "pfjira"]


def _without(words: Sequence[str], valued: Sequence[str], flags: Sequence[str]) -> list[str]:
    """Return a command line without these options."""
    found, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in valued:
            skip = True
        elif word not in flags and word.partition("=")[0] not in valued:
            found.append(word)
    return found


def _places(words: Sequence[str]) -> list[str]:
    """Return which rules and which state a command line names."""
    found = []
    for number, word in enumerate(words):
        name, sign, _ = word.partition("=")
        if name in ("--rules", "--state"):
            found += [word] if sign else list(words[number : number + 2])
    return found


def _ended(process: subprocess.Popen[bytes]) -> None:
    """Wait for the end of a process that was told to end; its standard input ends now."""
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()
    try:
        process.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Let a signal end the work in good order, for the length of the block."""
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
