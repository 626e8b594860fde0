"""Take in what another program delivers to a declared source: read it, keep what is declared, once for each id.

Whatever the road, a command or a hook, the document passes here. A message names places and paths, never a value.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from pfjira.engine.doors import Source
from pfjira.engine.model import Json
from pfjira.errors import BadDelivery
from pfjira.state import deliveries
from pfjira.state.deliveries import Receipt
from pfjira.state.store import Store

LARGEST = 5 * 1024 * 1024
DEEPEST = 64
LONGEST_ID = 200
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Taken:
    """The ids in one delivery, in its order."""

    new: tuple[str, ...]
    replaced: tuple[str, ...]
    """Taken before and not worked off yet; this one counts now."""
    known: tuple[str, ...]
    """Taken before, and not taken again."""


Documents = tuple[tuple[str, Mapping[str, Json]], ...]
"""Of each document in a delivery, its id and what the source declares."""


def take_in(store: Store, source: Source, raw: bytes, *, now: datetime) -> Taken:
    """Keep the documents of one delivery, all or none of them. Raise BadDelivery, StateError."""
    documents = read(source, raw)
    with store.write():
        return keep(store, source, documents, now)


def read(source: Source, raw: bytes) -> Documents:
    """Return what a delivery holds. Raise BadDelivery."""
    return tuple(_read(source, line, document) for line, document in _documents(raw))


def keep(store: Store, source: Source, documents: Documents, now: datetime) -> Taken:
    """Keep what was read; inside `write()`."""
    found: dict[Receipt, list[str]] = {receipt: [] for receipt in Receipt}
    for number, fields in documents:
        found[deliveries.receive(store, source.name, number, fields, now)].append(number)
    return Taken(*(tuple(found[one]) for one in (Receipt.NEW, Receipt.REPLACED, Receipt.KNOWN)))


def _documents(raw: bytes) -> Iterator[tuple[int, Json]]:
    """Yield the line and the data of each document: one over any number of lines, or one in each line."""
    if len(raw) > LARGEST:
        raise BadDelivery(f"it is larger than {LARGEST // 1024**2} MB", hint="Deliver it in several parts.")
    raw = raw.removeprefix(_BYTE_ORDER_MARK)
    lines = [(number, line) for number, line in enumerate(raw.split(b"\n"), 1) if line.strip()]
    if not lines:
        raise BadDelivery("it is empty", hint="A delivery is one JSON object, or one in each line.")
    if len(lines) == 1 or not _is_whole(lines[0][1]):
        yield lines[0][0], _parsed(raw, 0)
        return
    for number, line in lines:
        yield number, _parsed(line, number)


def _is_whole(line: bytes) -> bool:
    """Say whether a line is a document of its own."""
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True


def _parsed(text: bytes, line: int) -> Json:
    """Return the data of one document; `line` is where it stands, 0 for the whole text."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        # Its message names what is wrong, and quotes nothing.
        problem = BadDelivery(f"this is no JSON: {error.msg}", line=line or error.lineno, column=error.colno)
    raise problem


def _read(source: Source, line: int, document: Json) -> tuple[str, dict[str, Json]]:
    """Return the id of a document and the fields that its source declares, None where it has none."""
    if not isinstance(document, Mapping):
        raise BadDelivery("a delivery is one JSON object, not a list or a value", line=line)
    if _is_deep(document):
        raise BadDelivery(f"it is nested more than {DEEPEST} deep", line=line)
    fields = {path: _at(document, path, line) for path in source.leaves}
    return _id(source, fields, line), fields


def _at(document: Mapping[str, Json], path: str, line: int) -> Json:
    value: Json = document
    for name in path.split("."):
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise BadDelivery(f"{path} leads through what is no object", line=line)
        value = value.get(name)
    plain = value if isinstance(value, list) else [value]
    if any(isinstance(part, list | dict) for part in plain):
        raise BadDelivery(f"{path} is an object, and a rule reads a value", line=line, hint=_DECLARE)
    if any(isinstance(part, float) and not math.isfinite(part) for part in plain):
        raise BadDelivery(f"{path} is no number", line=line)
    return value


_DECLARE = "Declare what is inside it under `fields` of the source: ticket.id, ticket.title."


def _id(source: Source, fields: Mapping[str, Json], line: int) -> str:
    value = fields.get(source.id)
    if value is None or value == "":
        raise BadDelivery(f"it has no id: {source.id} is empty or not there", line=line)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadDelivery(f"{source.id} is neither a text nor a whole number, and cannot be its id", line=line)
    number = str(value).strip()
    if not number or len(number) > LONGEST_ID or not number.isprintable():
        raise BadDelivery(f"{source.id} must be one line of at most {LONGEST_ID} characters", line=line)
    return number


def _is_deep(document: Json) -> bool:
    level: list[Json] = [document]
    for _ in range(DEEPEST):
        level = [part for whole in level for part in _parts(whole)]
        if not level:
            return False
    return True


def _parts(whole: Json) -> list[Json]:
    inner = whole.values() if isinstance(whole, dict) else whole if isinstance(whole, list) else ()
    return [part for part in inner if isinstance(part, dict | list)]
