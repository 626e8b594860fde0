"""The faults a test, or another process through the control address, may ask for.

A fault looks at requests and changes what travels: it never looks inside a system's state, so that what it does could
happen to any server. Each fault counts the requests it sees and how often it landed; a test that counts nothing proves
nothing.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

Kind = Literal[
    "drop_before",
    "drop_after",
    "cut_after",
    "status_before",
    "status_after",
    "rate_limited",
    "delay",
    "drip",
    "html",
    "empty_list",
    "cut_list",
    "shift",
    "unauthorized",
    "forbidden",
    "partial",
]


@dataclass(slots=True, eq=False)
class Fault:
    """One planned fault: on which requests, from which on, how often, and what happens."""

    kind: Kind
    """What happens.

    - `drop_before`: the connection is closed, nothing was handled
    - `drop_after`: handled, then closed without a byte
    - `cut_after`: handled, `keep` bytes of the answer (head included) sent, then closed
    - `status_before`, `status_after`: `status` is answered; not handled, or handled
    - `rate_limited`: 429, not handled, `Retry-After` when `retry_after` is given
    - `delay`: handled, then the answer waits `delay_s`
    - `drip`: handled, then one byte per `delay_s`
    - `html`: not handled, a login page with 200
    - `empty_list`, `cut_list`, `shift`: a list without rows; with half its rows; with a row lost between two pages
    - `unauthorized`: 401 from then on, until cleared
    - `forbidden`: 403, not handled
    - `partial`: `keep` elements of a bulk request are handled, then the connection is closed
    """
    system: Literal["jira", "peopleforce", "target"] | None = None
    method: str | None = None
    path: str | None = None
    """A regular expression, searched for in the path."""
    nth: int = 1
    """The first matching request it fires on, from 1."""
    times: int | None = 1
    """How often it fires; None: for ever."""
    status: int = 503
    retry_after: str | int | None = None
    keep: int | None = None
    delay_s: float = 0.0
    landed: int = 0
    """How often it took effect."""
    seen: int = 0
    """How many requests matched."""
    _pattern: re.Pattern[str] | None = field(default=None, init=False, repr=False)
    _pending: int = field(default=0, init=False, repr=False)
    _shifting: bool = field(default=False, init=False, repr=False)

    def __post_init__(self) -> None:
        """Refuse what could never land."""
        if self.kind not in get_args(Kind):
            raise ValueError(f"no fault is named {self.kind!r}")
        if self.nth < 1 or (self.times is not None and self.times < 1):
            raise ValueError("a fault's nth and times are counted from 1")
        if self.kind == "unauthorized":
            self.times = None
        self._pattern = re.compile(self.path) if self.path else None

    def matches(self, system: str, method: str, path: str) -> bool:
        """Say whether the fault is about this request."""
        return (
            self.system in (None, system)
            and self.method in (None, method)
            and (self._pattern is None or self._pattern.search(path) is not None)
        )

    def describe(self) -> dict[str, Any]:
        """Return the fault as JSON."""
        return {name: value for name, value in asdict(self).items() if not name.startswith("_")}


class Faults:
    """The faults planned for a sandbox, in the order they were added; the first that fires has the request."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        """Plan a fault and return it, so that its counters can be read."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """Forget all faults."""
        with self._lock:
            self._faults.clear()

    def __iter__(self) -> Iterator[Fault]:
        with self._lock:
            return iter(list(self._faults))

    def __len__(self) -> int:
        return len(self._faults)

    def __getitem__(self, index: int) -> Fault:
        return self._faults[index]

    def choose(self, system: str, method: str, path: str, page: int) -> Fault | None:
        """Count one request and return the fault that fires on it. `page` is the page of a list it asks for.

        Whether it took effect is told to `settle`: a `cut_list` on an answer that is no list has not landed. Until
        then the turn is taken, so that requests at the same time cannot share one.
        """
        if not self._faults:
            return None
        with self._lock:
            chosen: Fault | None = None
            for fault in self._faults:
                if not fault.matches(system, method, path):
                    continue
                if fault.kind == "shift":
                    # The list has moved under the reader from the second page on, until it starts anew.
                    fault._shifting = fault._shifting and page > 1
                    if page < 2:
                        continue
                fault.seen += 1
                ready = fault.seen >= fault.nth and (fault.times is None or fault.landed + fault._pending < fault.times)
                if chosen is None and (ready or fault._shifting):
                    chosen = fault
            if chosen is not None:
                chosen._pending += 1
            return chosen

    def settle(self, fault: Fault, *, landed: bool) -> None:
        """Count whether a chosen fault took effect. A shift that goes on over several pages counts once."""
        with self._lock:
            fault._pending -= 1
            if landed and not fault._shifting:
                fault.landed += 1
                fault._shifting = fault.kind == "shift"
