"""Standard output and error as a command may use them: a reader who left, a full disk and a closed stream are expected.

A reader of the answer who leaves early is no failure of ours: the command ends as it would have. An answer that could
not be stored is one, and is said. Commentary is never worth a failure. This file must stay light: `--version` uses it.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, cast

from pfjira.errors import AnswerLost


class Outlet:
    """A text stream around another. For answers, a lost text raises AnswerLost once; for commentary, it is dropped."""

    def __init__(self, stream: TextIO | None, *, answers: bool) -> None:
        """Wrap a stream, or the None that Python leaves where a stream was closed."""
        self._stream: TextIO = stream or io.StringIO()
        self._answers = answers
        self._closed = stream is None and answers

    def write(self, text: str) -> int:
        """Write a text. Raise AnswerLost."""
        if not isinstance(text, str):
            raise TypeError("an outlet takes text")  # click finds out so what sort of stream this is
        if not text:
            return 0
        if self._closed:
            self._closed = False
            raise _lost("standard output is closed")
        try:
            return self._stream.write(text)
        except UnicodeEncodeError as error:
            return self._stream.write(text.encode(error.encoding, "backslashreplace").decode(error.encoding))
        except OSError as error:
            self._give_up(error)
            return len(text)

    def flush(self) -> None:
        """Hand on what was written. Raise AnswerLost."""
        try:
            self._stream.flush()
        except OSError as error:
            self._give_up(error)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def _give_up(self, error: OSError) -> None:
        # What is left in the buffers, and all that follows, goes nowhere: not even at the interpreter's end.
        with suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), self._stream.fileno())
        if self._answers and not isinstance(error, BrokenPipeError):
            raise _lost(error.strerror or type(error).__name__) from error


@contextmanager
def guarded() -> Iterator[None]:
    """Put outlets in the place of both standard streams for the block."""
    out, err = sys.stdout, sys.stderr
    sys.stdout = cast(TextIO, Outlet(out, answers=True))
    sys.stderr = cast(TextIO, Outlet(err, answers=False))
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err


def _lost(reason: str) -> AnswerLost:
    return AnswerLost(
        f"the answer could not be written: {reason}.",
        hint="What was done is kept, `pfjira status` tells how things stand. Free some space, or write elsewhere.",
    )
