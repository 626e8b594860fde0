"""One thread that writes: everything that waits goes into one transaction, and is answered after its commit.

A delivery costs a durable commit of its own only when nobody else is there; under load a commit serves all that came
during the one before. Nothing may be answered 202 by any other road.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from pfjira.errors import PfjiraError, StateError
from pfjira.ops.parcels import Parcel
from pfjira.state import alerts, deliveries, inbox
from pfjira.state.store import Store
from pfjira.telemetry import Sample
from pfjira.webhook.meter import EVERY, Meter

TOGETHER = 500
"""Deliveries in one transaction at most."""
PATIENCE_S = 10.0
"""How long a sender is kept waiting for a commit. Jira gives up after 20 s."""
LOCKED_S = 4.0
"""How long the store should wait for another writer. Whoever asks may come just behind one who waits: twice this is
less than his patience, so that a state that stays locked is a 503 and no receiver that seems to hang."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    parcel: Parcel | None
    """None: only whether the writer is alive is asked."""
    answer: asyncio.Future[bool]
    loop: asyncio.AbstractEventLoop


class Writer:
    """Owns the store while it runs."""

    def __init__(
        self,
        open_store: Callable[[], Store],
        *,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
        together: int = TOGETHER,
        measure: Callable[[], Sample] | None = None,
    ) -> None:
        """Prepare; `wake` is called after each commit that brought something to work off. `measure`: see `Meter`."""
        self._open, self._clock, self._wake, self._together = open_store, clock, wake, together
        self._meter = Meter(measure, clock) if measure is not None else None
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="writer")
        self._opened = threading.Event()
        self._failure: BaseException | None = None
        self._place = (0, 0)
        """Which file was opened."""
        self.commits = 0
        """How many transactions there were; fewer than deliveries, under load."""

    def start(self) -> None:
        """Open the store and begin. Raise StateError."""
        self._thread.start()
        self._opened.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def close(self) -> None:
        """Write what waits, then end and close the store."""
        self._queue.put(None)
        self._thread.join()

    async def keep(self, parcel: Parcel) -> bool:
        """Return whether a parcel is news, once it is durable. Raise StateError or TimeoutError: then nobody knows."""
        return await self._ask(parcel)

    async def is_well(self) -> bool:
        """Say whether the store takes writes, as far as the last one tells."""
        try:
            return await self._ask(None)
        except (PfjiraError, TimeoutError):
            return False

    async def answers(self) -> bool:
        """Say whether the thread works at all, whatever the store says."""
        try:
            await self._ask(None)
        except TimeoutError:
            return False
        except PfjiraError:
            return True
        return True

    async def _ask(self, parcel: Parcel | None) -> bool:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bool] = loop.create_future()
        self._queue.put(_Waiting(parcel, answer, loop))
        patience = loop.call_later(PATIENCE_S, _give_up, answer)
        try:
            return await answer
        finally:
            patience.cancel()

    def _work(self) -> None:
        try:
            store = self._open()
            self._place = _place(store)
            with suppress(StateError):  # the next start tells
                alerts.unit_did_well(store, "webhook", now=self._clock())
            if inbox.oldest_pending(store) is not None or deliveries.waiting(store):
                self._wake()  # who was killed between the commit and the call left it behind
            if self._meter is not None:
                self._meter.begin()
        except BaseException as error:
            self._failure = error
            self._opened.set()
            return
        self._opened.set()
        more = True
        try:
            while more:
                batch, more = self._batch()
                if batch:
                    store = self._in_place(store)
                    self._write(store, batch)
                if self._meter is not None and self._failure is None and self._queue.empty():
                    self._meter.beat(store)  # whoever waits goes before it: then it is left for a later moment
        finally:
            store.close()

    def _in_place(self, store: Store) -> Store:
        """Return the store at its path: another where the file was replaced, the same where there is none to open."""
        try:
            if _place(store) == self._place:
                return store
            fresh = self._open()
            self._place = _place(fresh)
        except (OSError, PfjiraError):
            return store  # what is written into it is not answered 202
        store.close()
        return fresh

    def _batch(self) -> tuple[list[_Waiting], bool]:
        """Wait for one, and take all that came with it; say whether to go on afterwards."""
        batch: list[_Waiting] = []
        try:
            found = self._queue.get(timeout=EVERY.total_seconds() if self._meter is not None else None)
        except queue.Empty:
            return batch, True
        while found is not None:
            batch.append(found)
            if len(batch) >= self._together:
                return batch, True
            try:
                found = self._queue.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False

    def _write(self, store: Store, batch: list[_Waiting]) -> None:
        news = [True] * len(batch)
        parcels = [(place, one.parcel) for place, one in enumerate(batch) if one.parcel is not None]
        try:
            if parcels or self._failure is not None:
                now = self._clock()
                with store.write():
                    for place, parcel in parcels:
                        news[place] = parcel.keep(store, now)
                    if not parcels:  # whether it can be written again is found out by writing
                        store.set_meta("receiver_failed_at", now.isoformat())
                self.commits += 1
                if _place(store) != self._place:  # it was moved away, or replaced: nobody reads what is written here
                    raise StateError("The state file is not the one that the receiver opened.")
                self._failure = None
                stored = sum(news[place] for place, _ in parcels)
                if self._meter is not None:
                    self._meter.count(stored)
                if stored:
                    with suppress(OSError):  # it is stored: the next run by the timer finds it all the same
                        self._wake()
        except Exception as error:
            self._failure = error
        failure = self._failure
        if failure is not None and not isinstance(failure, PfjiraError):
            failure = StateError("A delivery could not be kept.")
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            batch[0].loop.call_soon_threadsafe(_answer, batch, news, failure)


def _place(store: Store) -> tuple[int, int]:
    """Return what tells the file at the state's path from any other. Raise OSError where there is none."""
    assert store.path is not None
    found = store.path.stat()
    return found.st_dev, found.st_ino


def _answer(batch: list[_Waiting], news: list[bool], failure: BaseException | None) -> None:
    for one, new in zip(batch, news, strict=True):
        if one.answer.done():
            continue
        if failure is not None:
            one.answer.set_exception(failure)
        else:
            one.answer.set_result(new)


def _give_up(answer: asyncio.Future[bool]) -> None:
    if not answer.done():
        answer.set_exception(TimeoutError())
