"""What the expressions in one place of a rule may look at, with an invented record to try them on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pfjira.engine import kinds
from pfjira.engine.model import Json

_TRUTHS = frozenset({
    "completed", "gone", "first", "active", "access", "on_demand", "disqualified", "eligible_for_rehire",
    "termination_eligible_for_rehire",
})  # fmt: skip
_UNKNOWN = frozenset({"amount", "level", "visibility", "activity_type", "termination_type", "termination_reason"})
"""Values that PeopleForce shows now as one sort and now as another."""
_LISTS = frozenset({"stages", "tags"})
_ISSUE: Mapping[str, Json] = {
    "id": "1", "key": "A-1", "assignee": "x", "resolution": "Done", "duedate": "2026-03-02",
    "status": {"name": "Done", "category": "done"},
}  # fmt: skip


@dataclass(frozen=True)
class Scope:
    """Names that an expression may use."""

    kind: str
    paths: frozenset[str]
    """Dotted paths of values; `employee.fields.*` stands for any name in its place."""
    objects: frozenset[str]
    """Dotted paths of what holds values and is none."""
    sample: Mapping[str, Json]
    """A record, and perhaps an issue, in which every value is of the sort that it usually is; None where none is."""
    example: str

    def knows(self, path: str) -> bool:
        """Say whether there is a value of this name."""
        return path in self.paths or f"{path.rpartition('.')[0]}.*" in self.paths

    def sort_of(self, path: str) -> str | None:
        """Return what sort of value a path has: number, text, truth; None for objects and where nobody knows."""
        value: Json = self.sample
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        return {int: "number", str: "text", bool: "truth"}.get(type(value))

    def with_issue(self, children: Iterable[str] = ()) -> Scope:
        """Return the scope of what looks at the issue and its children, too."""
        seen = {"issue": kinds.ISSUE} | {f"children.{key}": kinds.CHILD for key in children}
        paths = frozenset(path for name, shape in seen.items() for path in kinds.paths_of(name, shape))
        child = {name: _ISSUE[name] for name in kinds.CHILD}
        sample = {**self.sample, "issue": _ISSUE, "children": dict.fromkeys(children, child)}
        return _scope(self.kind, self.paths | paths, sample, self.objects)


@cache
def of_kind(kind: str) -> Scope:
    """Return what a rule for one of PeopleForce's kinds may look at."""
    sample = {kind: _sample(kinds.KINDS[kind])}
    if kind in kinds.ABOUT_A_PERSON:
        sample["employee"] = _sample(kinds.EMPLOYEE)
    return _scope(kind, kinds.paths(kind), sample)


def of_hook(name: str, fields: Iterable[str]) -> Scope:
    """Return what a rule for a declared source may look at; what sort of values there are, nobody knows."""
    sample: dict[str, Json] = {}
    for path in fields:
        place = sample
        *above, last = path.split(".")
        for part in above:
            inner = place.setdefault(part, {})
            place = place[part] = inner if inner is not None else {}
        place.setdefault(last, None)
    return _scope(f"hook.{name}", frozenset(f"hook.{path}" for path in fields), {"hook": sample})


def _scope(
    kind: str, paths: frozenset[str], sample: Mapping[str, Json], objects: frozenset[str] = frozenset()
) -> Scope:
    parents = {path.rpartition(".")[0] for path in paths if "." in path}
    while above := {path.rpartition(".")[0] for path in parents if "." in path} - parents:
        parents |= above
    root = kind.partition(".")[0]
    example = next((p for p in (f"{root}.title", f"{root}.full_name", f"{root}.id") if p in paths), min(paths))
    return Scope(kind, paths - parents, objects | parents, sample, example)


def _sample(shape: kinds.Shape) -> dict[str, Any]:
    return {
        name: {} if inner is kinds.OPEN else _sample(inner) if inner else _usual(name) for name, inner in shape.items()
    }


def _usual(name: str) -> Json:
    """Return a value of the sort that a field of this name usually has."""
    if name in _UNKNOWN:
        return None
    if name in _TRUTHS:
        return False
    if name in _LISTS:
        return ["x"]
    if name in ("id", "episode") or name.endswith("_id"):
        return 7
    return "2026-03-02" if name.endswith(("_on", "_at")) else "x"
