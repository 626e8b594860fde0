"""A few requests side by side. An interruption waits for nobody: answers that never come must not hold the process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import TypeVar

Thing = TypeVar("Thing")
Result = TypeVar("Result")


def side_by_side(work: Callable[[Thing], Result], things: Sequence[Thing], *, crew: int) -> list[Result]:
    """Return the results in order. The first error ends it: what has not begun is not begun any more.

    Raise MemoryError where the machine has no room for a thread.
    """
    pool = ThreadPoolExecutor(min(crew, max(1, len(things))), thread_name_prefix="crew")
    try:
        begun = [_submitted(pool, work, thing) for thing in things]
        results = [each.result() for each in begun]
    except BaseException as error:
        _end(pool, type(error))
        raise
    pool.shutdown()
    return results


class Beside:
    """A few requests that are under way while the caller's thread goes on with its own work; use as a context."""

    def __init__(self, most: int) -> None:
        """Prepare for so many at once."""
        self._pool = ThreadPoolExecutor(most, thread_name_prefix="beside")

    def __enter__(self) -> Beside:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Wait for what is under way, or for nobody where an interruption ends it all."""
        _end(self._pool, kind)

    def begin(self, work: Callable[[Thing], Result], thing: Thing) -> Future[Result]:
        """Begin it; its result, or its error, is there when it is asked for. Raise MemoryError as above."""
        return _submitted(self._pool, work, thing)


def _end(pool: ThreadPoolExecutor, kind: type[BaseException] | None) -> None:
    """Begin nothing any more. An error waits for what is under way: nothing may leave once the lock is let go."""
    interrupted = kind is not None and not issubclass(kind, Exception)
    pool.shutdown(wait=not interrupted, cancel_futures=kind is not None)


def _submitted(pool: ThreadPoolExecutor, work: Callable[[Thing], Result], thing: Thing) -> Future[Result]:
    try:
        return pool.submit(work, thing)
    except RuntimeError as error:
        raise MemoryError(str(error)) from error  # "can't start new thread": a limit on memory, or on tasks
