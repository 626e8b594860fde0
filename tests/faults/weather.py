"""What befalls each request of a simulated run: nothing, one mishap, or a day on which everything goes wrong.

Each mishap is one that the sandbox knows, or one of the wire itself. What landed is counted by the row of the failure
matrix that it is an instance of.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Literal, cast

import httpx

from pfjira.connectors.http import READ_S
from pfjira.sandbox.faults import Fault, Kind
from pfjira.sandbox.server import Sandbox

CREATION = re.compile(r"/rest/api/3/issue(/bulk)?$")
WRITE = re.compile(r"/issue/\d+$|/transitions$|complete$")
LIST = re.compile(r"/tasks$")

LOST = ("drop_after", "cut_after", "status_after", "late", "partial")
"""It was done, at least in part, and nobody was told."""
BEFORE = ("drop_before", "status_before", "refused", "rate_limited", "html", "forbidden")
ROWS = {
    "empty_list": 18, "cut_list": 19, "shift": 20, "rate_limited": 23, "unauthorized": 24, "html": 39,
    "status_before": 22, "drop_before": 22, "refused": 22, "drop_after": 22, "cut_after": 22, "status_after": 22,
    "late": 22, "drip": 22,
}  # fmt: skip
"""The rows of the matrix of which a mishap is an instance, where the request is no creation."""
WAITS = (None, 0, 1, 7, 900, 3600, "Mon, 02 Mar 2026 09:30:00 GMT")
AIMS = ("creation", "creation", "write", "list", "list", "any", "storm", "outage", "meddler", "meddler")
OUTAGES = ("forbidden", "unauthorized", "unauthorized", "rate_limited", "status_before", "html")


@dataclass
class Weather:
    """The mishaps of one life; `forecast` before each run."""

    sandbox: Sandbox
    random: Random
    meddle: Callable[[str], bool]
    """A person edits this issue just now; whether there was anything to edit."""
    hits: Counter[int] = field(default_factory=Counter)
    planned: int = 0
    landed: int = 0
    _aim: str = "calm"
    _left: int = 0
    """How many requests of the kind that is aimed at pass before the mishap."""
    _lasting: Fault | None = None

    def forecast(self, aim: str | None = None) -> None:
        """Choose what will go wrong in the next run."""
        self._aim = aim or self.random.choice(AIMS)
        self._left = self.random.choice((0, 0, 0, 1, 2)) if self._aim != "outage" else self.random.randrange(25)

    def clear(self) -> None:
        """End the day: what lasted, lasts no longer."""
        if self._lasting is not None:
            self._account(self._lasting.kind, self._lasting.landed, ROWS.get(self._lasting.kind, 17))
            self._lasting = None
        self.sandbox.faults.clear()
        self._aim = "calm"

    @contextmanager
    def __call__(self, request: httpx.Request) -> Iterator[None]:
        """Let a request pass, and befall it what the forecast says."""
        kind = self._mishap(request)
        if kind is None:
            yield
            return
        if kind == "refused":
            self._account(kind, 1, ROWS[kind])
            raise httpx.ConnectError("[Errno 111] Connection refused")
        if kind == "meddled":
            number = request.url.path.split("/issue/")[1].split("/")[0]
            if self.meddle(number):
                self._account(kind, 1, 14)
            yield
            return
        fault = self._fault(kind, request.url.path)
        self.sandbox.faults.add(fault)
        if self._aim == "outage" or kind == "shift":
            self._lasting = fault
            yield
            return
        try:
            yield
        finally:
            self.sandbox.faults.clear()
            creation = request.method == "POST" and CREATION.search(request.url.path) is not None
            self._account(kind, fault.landed, 6 if creation and kind in LOST else ROWS.get(kind, 0))

    def _account(self, kind: str, landed: int, row: int) -> None:
        self.planned += 1
        self.landed += min(landed, 1)
        if landed and row:
            self.hits[row] += 1

    def _mishap(self, request: httpx.Request) -> str | None:
        """Return what befalls this request."""
        path, method = request.url.path, request.method
        creation = method == "POST" and CREATION.search(path) is not None
        write = method != "GET" and WRITE.search(path) is not None
        listing = method == "GET" and LIST.search(path) is not None
        if self._aim == "storm":
            if self.random.random() > 0.15:
                return None
        elif self._aim == "calm" or self._lasting is not None or not self._due(creation, write, listing, path, method):
            return None
        elif self._aim == "outage":
            return self.random.choice(OUTAGES)
        elif self._aim == "meddler":
            return "meddled"
        kinds = [kind for kind in (*LOST, *BEFORE) if kind != "partial" or path.endswith("bulk")]
        if listing and self._rows(request):
            kinds = ["empty_list", "cut_list"] * 3 + kinds
            if (request.url.params.get("page") or "1") != "1":
                kinds = ["shift"] * 12 + kinds
        return self.random.choice(kinds)

    def _due(self, creation: bool, write: bool, listing: bool, path: str, method: str) -> bool:
        """Say whether this is the request that is aimed at, and it has its turn."""
        edit = method == "PUT" and "/issue/" in path
        aimed = {"creation": creation, "write": write, "list": listing, "meddler": edit}.get(self._aim, True)
        if not aimed:
            return False
        self._left -= 1
        if self._left >= 0:
            return False
        if self._aim != "outage":
            self._left = 1_000_000
        return True

    def _rows(self, request: httpx.Request) -> bool:
        """Say whether the list has rows where this request looks, which a mishap could take away."""
        completed = request.url.params.get("completed") == "true"
        page = int(request.url.params.get("page") or "1")
        held = len(self.sandbox.peopleforce.task_ids(completed=completed))
        return held > (page - 1) * self.sandbox.options.peopleforce.page_size

    def _fault(self, kind: str, path: str) -> Fault:
        system: Literal["peopleforce", "jira"] = "peopleforce" if path.startswith("/api/") else "jira"
        always = None if self._aim == "outage" else 1
        if kind == "late":
            return Fault("delay", times=always, delay_s=READ_S + 1)
        return Fault(
            cast(Kind, kind),
            system=system,
            times=always,
            keep=self.random.randrange(3) if kind == "partial" else self.random.randrange(500),
            retry_after=self.random.choice(WAITS),
            status=self.random.choice((500, 502, 503, 504)),
        )
