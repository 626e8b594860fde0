"""Ctrl-C and a supervisor's SIGTERM: end in good order, and soon, whatever the remote systems do meanwhile.

The first signal unwinds the run: what was sent is noted, locks and files are closed. A thread that waits for an answer
cannot be woken, so the process leaves without it after a few seconds; the state is made to be left at any moment, and
the next run finds out what became of the request. It must never be used by code that runs inside another program.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from types import FrameType

GRACE_S = 5.0
"""Seconds between the first signal and leaving without the rest. Supervisors send SIGKILL after ten or more."""
SENTENCE = "pfjira: interrupted; nothing is lost, the next run goes on from there."
"""True of every command, whatever it was doing."""
_came = threading.Event()
_told = threading.Event()


def listen() -> None:
    """Answer SIGINT and SIGTERM from now on; a second signal ends the process at once, with 130."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _first)


def came() -> bool:
    """Say whether a signal came; an interrupted import may end in any exception."""
    return _came.is_set()


def _first(number: int, frame: FrameType | None) -> None:
    _came.set()
    for again in (signal.SIGINT, signal.SIGTERM):
        signal.signal(again, _leave)
    patience = threading.Timer(GRACE_S, _leave)
    patience.daemon = True
    patience.start()
    raise KeyboardInterrupt


def tell() -> None:
    """Say once that the run was interrupted, whoever comes to it first: the command's end or the last resort."""
    if not _told.is_set():
        _told.set()
        sys.stderr.write(SENTENCE + "\n")
        sys.stderr.flush()


def leave(code: int) -> None:
    """End the process now, without waiting for threads whose answers may never come."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def _leave(*_: object) -> None:
    try:
        tell()
    finally:
        os._exit(130)
