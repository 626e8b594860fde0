"""What a webhook's body comes to: which records to look at again. Nothing else of it is ever used, or kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import orjson

from pfjira.engine.model import Json, Ref
from pfjira.errors import BadDelivery

UNNAMED = "?"
"""In place of a topic that is none of ours to repeat."""
_TOPIC = re.compile(r"[a-z][a-z0-9_:.-]{0,79}")


@dataclass(frozen=True, slots=True)
class Notice:
    """One delivery, read."""

    topic: str
    refs: tuple[Ref, ...] = ()
    """Records to look at again."""
    sweep: str = ""
    """A kind to be read wholly, because the body did not say which record it is about."""

    @property
    def is_ignored(self) -> bool:
        """Whether it concerns nothing that pfjira looks at."""
        return not self.refs and not self.sweep


def document(raw: bytes) -> Mapping[str, Json]:
    """Return the object that a body holds. Raise BadDelivery: no JSON, too deep, NaN, no object."""
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, Mapping):
        raise BadDelivery("a delivery is one JSON object")
    return found


def topic_of(body: Mapping[str, Json], member: str) -> str:
    """Return the topic that a body names, or a mark for what cannot be one."""
    value = body.get(member)
    return value if isinstance(value, str) and _TOPIC.fullmatch(value) else UNNAMED


def part(body: Mapping[str, Json], *path: str) -> Json:
    """Return what stands at a path of members; None where there is nothing."""
    value: Json = body
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def number(value: Json) -> str | None:
    """Return a numeric id as text, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return text if re.fullmatch(r"[1-9][0-9]{0,18}", text) else None
