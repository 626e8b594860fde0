"""One request as its caller meant it, and the answer that it got. Nothing here sends anything."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from pfjira.engine.model import Json

Seal = Callable[[bytes], Mapping[str, str]]
"""Returns the headers that prove a body, given its very bytes."""


class Effect(Enum):
    """What sending a request twice would do."""

    READ = auto()
    """Nothing is changed, whatever the method."""
    REPEATABLE = auto()
    """A second one changes nothing more."""
    ONCE = auto()
    """A second one might do it twice: never repeated, and an unclear end is `OutcomeUnknown`."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A judged answer: a success, or one of the statuses that the caller said it would accept."""

    status: int
    json: Json
    """None for an empty body."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request as the caller meant it; `said` is how messages name it."""

    method: str
    path: str
    said: str
    effect: Effect
    params: Mapping[str, Any] | None
    body: Json
    accept: Collection[int] = ()
    any_body: bool = False
    right: str = ""
    content: bytes | None = None
    seal: Seal | None = None

    @property
    def name(self) -> str:
        """Method and pattern of the path: what messages call it, and the lane in which it is paced."""
        return f"{self.method} {self.said}"
