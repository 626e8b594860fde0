"""Canonical JSON and SHA-256: how pfjira remembers what it saw without keeping what it saw.

The domain is restricted first (no NaN, whole floats become integers, keys are text), after which any encoder that sorts
keys gives the bytes of RFC 8785, for fractions down to 0.00001 and names within Unicode's basic plane, which is all
that the two systems send; a test holds this against a reference implementation. Every installation has a salt of
its own, so that fingerprints in logs and reports cannot be matched against a table of common names and dates.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

import orjson

from pfjira.engine.model import Json, Ref

PREFIX = "sha256-v1:"
_PLAIN = frozenset({str, int, bool, type(None)})
"""What every encoder writes the same way."""


def op_id(*parts: object) -> str:
    """Return the deterministic id of one intended effect: 20 hex digits over the parts, in order.

    For a creation the parts are installation, system, kind, HR id, rule and key, purpose, generation.
    """
    return hashlib.sha256(b"\x1f".join(str(part).encode() for part in parts)).hexdigest()[:20]


def creation(installation: str, ref: Ref, rule_id: str, key: str, generation: int = 0) -> str:
    """Return the op of the creation of a situation's issue: the mark that the issue carries."""
    return op_id(installation, "peopleforce", ref.kind, ref.id, f"{rule_id}/{key}", "create", generation)


def tame(value: Json) -> Json:
    """Return the value within the domain where every encoder agrees. Raise ValueError for NaN and infinities."""
    # A document has hundreds of parts, nearly all of them plain: those are not worth a call each.
    kind = type(value)
    if kind in _PLAIN:
        return value
    if kind is dict or (kind is not list and isinstance(value, Mapping)):
        return {str(key): part if type(part) in _PLAIN else tame(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [part if type(part) in _PLAIN else tame(part) for part in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("not a finite number")
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value


def canonical(value: Json) -> bytes:
    """Return the one JSON text of a value: sorted keys, no spaces, UTF-8."""
    return orjson.dumps(tame(value), option=orjson.OPT_SORT_KEYS)


class Fingerprinter:
    """Fingerprints values and records with one installation's salt."""

    def __init__(self, salt: bytes) -> None:
        self._salt = salt
        self._seed = hashlib.sha256(salt)

    def of(self, value: Json) -> str:
        """Return the fingerprint of one value."""
        return self._digest(canonical(value))

    def of_bytes(self, raw: bytes) -> str:
        """Return the fingerprint of bytes as they are."""
        return self._digest(raw)

    def projection(self, paths: Sequence[str]) -> Callable[[Mapping[str, Json]], str]:
        """Return the fingerprint function over exactly these fields, such as `title` or `assigned_to.email`.

        This runs once for every record of every sweep, hence the prepared readers and the list instead of an object:
        the paths are part of the digest once, in front, and not in every record.
        """
        names = sorted(path for path in paths if "." not in path)
        members: dict[str, list[str]] = {}
        for path in sorted(path for path in paths if "." in path):
            name, _, member = path.partition(".")
            members.setdefault(name, []).append(member)
        read = _reader(names)
        parts = [(name, _reader(inner), (None,) * len(inner)) for name, inner in members.items()]
        # All at once is faster than to go on from a copy of what is the same each time.
        head = self._salt + canonical([names, members])
        dumps, sha256 = orjson.dumps, hashlib.sha256

        def fingerprint(fields: Mapping[str, Json]) -> str:
            values = [*read(fields)]
            for name, inner, nothing in parts:
                part = fields[name]
                values += nothing if part is None else inner(part)
            if not _PLAIN.issuperset(map(type, values)):
                values = tame(values)
            return PREFIX + sha256(head + dumps(values, option=orjson.OPT_SORT_KEYS)).hexdigest()

        return fingerprint

    def deep(self, paths: Sequence[str]) -> Callable[[Mapping[str, Json]], str]:
        """Return the fingerprint function over paths of any depth; a list on the way is read member by member.

        For records that are looked at one by one: `projection` is the one for long listings of flat rows.
        """
        tree: dict[str, Any] = {}
        for path in sorted(paths):
            inner = tree
            for name in path.split("."):
                inner = inner.setdefault(name, {})
        seed = self._seed.copy()
        seed.update(canonical(sorted(paths)))

        def fingerprint(fields: Mapping[str, Json]) -> str:
            digest = seed.copy()
            digest.update(canonical(_read(fields, tree)))
            return PREFIX + digest.hexdigest()

        return fingerprint

    def _digest(self, text: bytes) -> str:
        digest = self._seed.copy()
        digest.update(text)
        return PREFIX + digest.hexdigest()


def _read(value: Json, tree: Mapping[str, Any]) -> Json:
    """Return what lies at the leaves of a tree of names."""
    if not tree or value is None:
        return value
    if isinstance(value, list | tuple):
        return [_read(part, tree) for part in value]
    if not isinstance(value, Mapping):
        return None
    return [_read(value.get(name), inner) for name, inner in tree.items()]


def _reader(names: Sequence[str]) -> Callable[[Mapping[str, Json]], tuple[Json, ...]]:
    """Return a function that reads these members as a tuple."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda fields: tuple(fields[name] for name in names)
