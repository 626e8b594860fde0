"""The search index of the simulated site: a copy of the issues that may lie some seconds behind.

The lag is the point: what a search sees is decided here and nowhere else. It must never look at the issues
themselves, only at the copies it was given.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Doc:
    """One issue as search knows it; times are seconds since 1970."""

    id: int
    key: str
    serial: int
    """The number in the key, by which keys are ordered."""
    project: str
    fields: dict[str, Any]
    created: float
    updated: float
    creator: str
    global_ids: frozenset[str] = frozenset()


class SearchIndex:
    """Documents by id, label, project and time, each visible from its own moment on."""

    def __init__(self) -> None:
        self.docs: dict[int, Doc] = {}
        self._labels: defaultdict[str, set[int]] = defaultdict(set)
        self._projects: defaultdict[str, set[int]] = defaultdict(set)
        self._updated: list[tuple[float, int]] = []
        self._created: list[tuple[float, int]] = []
        self._pending: list[tuple[float, int, int, Doc | None]] = []
        self._sequence = 0
        self._applied: dict[int, int] = {}

    def note(self, number: int, doc: Doc | None, visible_at: float, now: float) -> None:
        """Take over a new state of an issue (None: deleted), visible from `visible_at` on."""
        self._sequence += 1
        if visible_at <= now:
            self._apply(number, doc, self._sequence)
        else:
            heapq.heappush(self._pending, (visible_at, self._sequence, number, doc))

    def catch_up(self, now: float) -> None:
        """Make visible what is due."""
        while self._pending and self._pending[0][0] <= now:
            _, sequence, number, doc = heapq.heappop(self._pending)
            self._apply(number, doc, sequence)

    def labelled(self, label: str) -> set[int]:
        """Return the ids of the issues with this label."""
        return self._labels.get(label, set())

    def in_project(self, key: str) -> set[int]:
        """Return the ids of the issues of a project."""
        return self._projects.get(key, set())

    def since(self, which: str, moment: float) -> tuple[int, Iterable[int]]:
        """Return how many issues were `created` or `updated` at this moment or later, and their ids."""
        times = self._updated if which == "updated" else self._created
        start = bisect_left(times, (moment, -1))
        return len(times) - start, (number for _, number in times[start:])

    def _apply(self, number: int, doc: Doc | None, sequence: int) -> None:
        if self._applied.get(number, 0) > sequence:  # an edit may become visible before the creation does
            return
        self._applied[number] = sequence
        old = self.docs.pop(number, None)
        if old is not None:
            for label in old.fields.get("labels", ()):
                self._labels[label].discard(number)
            self._projects[old.project].discard(number)
            _remove(self._updated, (old.updated, number))
            _remove(self._created, (old.created, number))
        if doc is not None:
            self.docs[number] = doc
            for label in doc.fields.get("labels", ()):
                self._labels[label].add(number)
            self._projects[doc.project].add(number)
            insort(self._updated, (doc.updated, number))
            insort(self._created, (doc.created, number))


def _remove(times: list[tuple[float, int]], entry: tuple[float, int]) -> None:
    position = bisect_left(times, entry)
    if position < len(times) and times[position] == entry:
        del times[position]
