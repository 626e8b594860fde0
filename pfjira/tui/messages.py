"""What workers tell the screens. A worker touches no widget: it posts one of these, and the loop does the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from textual.message import Message

from pfjira.errors import PfjiraError
from pfjira.ops.outlook import Outlook
from pfjira.state.store import Row


@dataclass
class StateMoved(Message):
    """Another process wrote: what is shown may be old."""


@dataclass
class StateBack(Message):
    """The state can be read again."""


@dataclass
class StateTrouble(Message):
    """The state cannot be read."""

    error: PfjiraError


@dataclass
class Surroundings(Message):
    """Who works with the state just now, and whether runs are paused."""

    holder: str
    progress: str
    paused: bool


@dataclass
class OutlookRead(Message):
    """How things stand."""

    outlook: Outlook


@dataclass
class RowsRead(Message):
    """Some rows of a list."""

    asked: int
    """Number of the question: an answer to an older one is thrown away."""
    total: int
    first: int
    rows: list[Row]
    fresh: bool
    """Whether everything that was known of the list is old."""


@dataclass
class DocumentRead(Message):
    """What a command answered as JSON."""

    topic: str
    document: Any
    error: str


@dataclass
class DetailRead(Message):
    """More about the row under the cursor."""

    key: object
    lines: list[str]


@dataclass
class LinesRead(Message):
    """New lines of the log files."""

    lines: list[Any]
    error: str


@dataclass
class Sampled(Message):
    """How the machine fares."""

    cpu: float
    memory: float
    disk: float
    disk_free: int
    temperature: float | None


@dataclass
class TimersRead(Message):
    """When systemd starts what next."""

    lines: list[str]


@dataclass
class Said(Message):
    """Lines that a running command printed."""

    lines: list[str]


@dataclass
class Ended(Message):
    """A running command ended."""

    code: int
