"""Keep the shape of what arrives as test fixtures: every name stays, and no value but numbers of records and topics."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import orjson

from pfjira.engine.model import Json
from pfjira.errors import ConfigError

MOST = 1000
"""Files in one run: a folder that nobody looks after must not fill the disk."""
_ANEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_:.-]{0,79}")
_KEPT = frozenset({"action", "webhookEvent", "issue_event_type_name", "field", "fieldId", "fieldtype"})
"""Members whose text is a word of the sender's own language."""


class Recorder:
    """Writes one file for each delivery, numbered: no file name comes from what arrived."""

    def __init__(self, folder: Path) -> None:
        """Make the folder. Raise ConfigError."""
        self._folder = folder
        self._numbers: Iterator[int] = count(1)
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(f"{folder} cannot be made: {error.strerror}.") from error

    def keep(self, hook: str, raw: bytes) -> None:
        """Write down the shape of one body."""
        try:
            shape = orjson.dumps(redacted(orjson.loads(raw)), option=orjson.OPT_INDENT_2) + b"\n"
        except (orjson.JSONDecodeError, orjson.JSONEncodeError, RecursionError):
            return  # it is stored, and too deep, or several documents: that is no fixture
        while (number := next(self._numbers)) <= MOST:
            try:
                with os.fdopen(os.open(self._folder / f"{hook}-{number:04}.json", _ANEW, 0o600), "wb") as file:
                    file.write(shape)
            except FileExistsError:
                continue
            except OSError:
                return
            return


def redacted(value: Json, name: str = "") -> Json:
    """Return a value's shape: names, nesting, types, ids; a text becomes as many letters as it had."""
    match value:
        case dict():
            return {_name(key): redacted(inner, key) for key, inner in value.items()}
        case list():
            return [redacted(inner, name) for inner in value]
        case bool() | None:
            return value
        case int():
            return value if name == "id" or name.endswith("_id") else 0
        case float():
            return 0.5
        case str() if name in _KEPT and _PLAIN_NAME.fullmatch(value):
            return value
        case str() if name == "id" and value.isdecimal():
            return value
        case _:
            digits = re.sub(r"[0-9]", "0", str(value)[:200])
            return re.sub(r"[^\W\d_]", "x", digits)


def _name(key: str) -> str:
    return key if _PLAIN_NAME.fullmatch(key) or re.fullmatch(r"[0-9a-f-]{36}", key) else "name"
