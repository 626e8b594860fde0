"""What a live site contradicts in the rules, in sentences.

Sites drift: types are renamed, fields leave screens, options are reworded. Each question is asked once for all rules.
One that cannot be answered contradicts nothing; only a system that fails or a login that does not hold is an error.
Sentences name the site's own things (types, fields, options), never a person's values.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import partial
from typing import Any, TypeVar

from pfjira.connectors.base import Demand
from pfjira.connectors.http import Api
from pfjira.connectors.jira import codec
from pfjira.connectors.jira.desk import Desk, found_request
from pfjira.connectors.jira.groups import Groups
from pfjira.connectors.jira.metadata import Metadata
from pfjira.connectors.jira.paging import rows
from pfjira.connectors.jira.screens import (
    GIVEN,
    Rows,
    Screens,
    cannot,
    found_type,
    lacking_names,
    lacking_targets,
    level,
    required,
    statuses_of,
)
from pfjira.errors import BadReply, Forbidden, Missing, Rejected

MOST_NAMES = 12
"""How many names a sentence lists."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Site:
    """All that can be asked."""

    api: Api
    metadata: Metadata
    screens: Screens
    desk: Desk
    groups: Groups


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a rule's issues are made, found on the site."""

    name: str
    """For sentences: project and type."""
    type_id: str
    fields: Rows | None
    """What can be given at creation; None where that is not told."""
    subtask: bool = False


class Contradictions:
    """One look at the site, for any number of rules; nothing is remembered from look to look."""

    def __init__(self, site: Site) -> None:
        """Ask this site."""
        self._site = site
        self._answers: dict[Hashable, Any] = {}
        self._permissions: dict[str, set[str]] = {}

    def of(self, demands: Sequence[Demand]) -> dict[str, list[str]]:
        """Return, per rule, what the site contradicts; no entry where all is well."""
        for demand in demands:
            if demand.project:
                self._permissions.setdefault(demand.project, set()).update(demand.permissions)
        found: dict[str, list[str]] = {}
        for demand in demands:
            for sentence in self._all(demand):
                said = found.setdefault(demand.rule, [])
                if sentence not in said:
                    said.append(sentence)
        return found

    def _all(self, demand: Demand) -> Iterator[str]:
        yield from self._about_groups(demand)
        if not demand.project:
            return  # a rule that fills a group needs no place
        try:
            place = self._request_place(demand) if demand.request else self._issue_place(demand)
        except Rejected as error:
            yield str(error).removeprefix("jira: ")
            place = None
        if place is not None:
            yield from self._about_fields(demand, place)
            yield from self._about_parent(demand, place)
            yield from self._about_moves(demand, place)
        yield from self._about_permissions(demand)

    def _issue_place(self, demand: Demand) -> _Place | None:
        """Find project and type. Raise Rejected with the sentence when there are none; None where it is not told."""
        project = demand.project
        types = self._answer(("types", project), lambda: self._types(project))
        if types is None:
            return None
        row = found_type(project, demand.issue_type, types)
        type_id = str(row.get("id"))
        fields = self._asked(("fields", project, type_id), lambda: self._site.screens.create_fields(project, type_id))
        return _Place(f"{project}, {row.get('name')}", type_id, fields, row.get("subtask") is True)

    def _types(self, project: str) -> list[dict[str, Any]]:
        """Return the types that may be created in a project. Raise Rejected with the sentence why there are none."""
        try:
            if found := self._site.screens.types(project):
                return found
        except Rejected:
            pass
        keys = self._asked(("projects",), self._projects)
        if keys is None:
            raise cannot(f"project {project} is not there, or nothing may be created in it")
        if project.casefold() in {key.casefold() for key in keys}:
            raise cannot(f"nothing may be created in project {project} by this login")
        raise cannot(f"the site has no project {project}{_instead(project, keys)}")

    def _projects(self) -> list[str]:
        found = rows(self._site.api, "project/search", "project/search", size=50)
        return [str(row.get("key")) for row in found]

    def _request_place(self, demand: Demand) -> _Place | None:
        project, request = demand.project, demand.issue_type
        desk = self._answer(("desk", project), lambda: self._site.desk.desk(project))
        types = None if desk is None else self._answer(("requests", desk), lambda: self._site.desk.types(desk))
        if desk is None or types is None:
            return None
        row = found_request(project, request, types)
        fields = self._asked(("form", desk, row["id"]), lambda: self._site.desk.fields(desk, str(row["id"])))
        return _Place(f"{project}, {row.get('name')}", str(row.get("issueTypeId") or ""), fields)

    def _about_fields(self, demand: Demand, place: _Place) -> Iterator[str]:
        known = self._asked(("field",), self._site.metadata.fields)
        names = {str(row["id"]): str(row.get("name") or row["id"]) for row in known or ()}
        for field, options in sorted(demand.fields.items()):
            if known is not None and field not in names:
                yield f"the site has no field {field}{_nearest(field, names)}"
                continue
            said = f"field {_both(names, field)}"
            row = self._on_screen(demand.project, place, field)
            if row is None:
                yield f"{said} is neither on the create nor on the edit screen of {place.name}"
            else:
                yield from _about_options(said, place.name, options, row)
        given = {*GIVEN, "summary", "parent", *demand.fields} if place.subtask else {*GIVEN, "summary", *demand.fields}
        if demand.parent is not None:
            given.add("parent")
        for field in sorted(required(place.fields or {}) - given):
            yield f"{place.name} requires {_both(names, field)} at creation, and the rule does not set it"

    def _on_screen(self, project: str, place: _Place, field: str) -> Mapping[str, Any] | None:
        """Return what a screen says about the field, nothing where no screen could be asked, None where none has it."""
        if place.fields is None:
            return {}
        if field in place.fields:
            return place.fields[field]
        if not place.type_id:
            return {}
        later = self._asked(
            ("edit", project, place.type_id), lambda: self._site.screens.edit_fields(project, place.type_id)
        )
        return {} if later is None else later.get(field)

    def _about_parent(self, demand: Demand, place: _Place) -> Iterator[str]:
        """Only a sub-task cannot do without its parent; any other child is linked where the levels do not fit."""
        if not place.subtask:
            return
        if demand.parent is None:
            yield f"{place.name} is a sub-task type, and the rule gives it no parent"
            return
        project, issue_type = demand.parent
        if project.casefold() != demand.project.casefold():
            yield f"{place.name} is a sub-task type and must be in its parent's project {project}"
            return
        types = self._asked(("types", project), lambda: self._types(project)) or []
        try:
            parent = found_type(project, issue_type, types)
        except Rejected:
            return  # told for the parent's own rule
        if level(parent) < 0:
            yield f"{place.name} is a sub-task type and cannot be below {parent.get('name')}, which is one too"

    def _about_moves(self, demand: Demand, place: _Place) -> Iterator[str]:
        project = demand.project
        if demand.moves and place.type_id:
            types = self._asked(("statuses", project), lambda: self._site.screens.statuses(project))
            known = statuses_of(place.type_id, types or ())
            for to in lacking_targets((to for to, _ in demand.moves), known) if known else ():
                yield f"{place.name} has no status {to}; it has {_listed(name for name, _ in known or ())}"
        if wanted := {resolution for _, resolution in demand.moves if resolution}:
            names = self._asked(("resolutions",), self._site.screens.resolutions)
            for name in lacking_names(wanted, names) if names is not None else ():
                yield f"the site has no resolution {name}; it has {_listed(names or ())}"

    def _about_permissions(self, demand: Demand) -> Iterator[str]:
        if not demand.permissions:
            return
        project = demand.project
        held = self._asked(("permissions", project), lambda: self._held(project))
        lacking = [key for key in sorted(set(demand.permissions)) if held is not None and held.get(key) is False]
        if lacking:
            yield f"the login lacks {', '.join(lacking)} in project {project}"

    def _held(self, project: str) -> dict[str, bool]:
        asked = ",".join(sorted(self._permissions[project]))
        payload = self._site.api.get("mypermissions", {"projectKey": project, "permissions": asked})
        found = codec.member(payload, "permissions")
        shown = found.items() if isinstance(found, dict) else ()
        return {key: codec.member(row, "havePermission") is not False for key, row in shown}

    def _about_groups(self, demand: Demand) -> Iterator[str]:
        for group in sorted(set(demand.groups)):
            try:
                self._answer(("group", group), partial(self._site.groups.id_of, group))
            except Rejected:
                names = self._asked(("groups",), self._site.groups.names)
                yield f"the site has no group {group}{_instead(group, names or ())}"

    def _asked(self, name: Hashable, question: Callable[[], T]) -> T | None:
        """Return the answer, None where there is none. Raise Unavailable, Unauthorized."""
        try:
            return self._answer(name, question)
        except Rejected:
            return None

    def _answer(self, name: Hashable, question: Callable[[], T]) -> T | None:
        """Return the answer, asked for once; None where the question cannot be answered.

        Raise Rejected where it is answered with no, Unavailable, and Unauthorized.
        """
        if name not in self._answers:
            try:
                self._answers[name] = question()
            except Rejected as error:
                # With a status it is the question that was refused; without, the answer is no.
                self._answers[name] = None if error.status else error
            except (Missing, Forbidden, BadReply):
                self._answers[name] = None
        answer: T | Rejected | None = self._answers[name]
        if isinstance(answer, Rejected):
            raise answer
        return answer


def _about_options(said: str, place: str, options: Collection[str], row: Mapping[str, Any]) -> Iterator[str]:
    """Compare as written: a text that differs in case would be found changed at each run."""
    allowed = codec.objects(row.get("allowedValues"))
    allowed += [child for value in allowed for child in codec.objects(value.get("children"))]
    known = [str(value.get("value") or value.get("name")) for value in allowed]
    ids = {str(value.get("id")) for value in allowed}
    for option in sorted(set(options)) if known else ():
        if option not in known and option not in ids:
            yield f"{said} of {place} has no option {option}{_instead(option, known)}"


def _both(names: Mapping[str, str], field: str) -> str:
    name = names.get(field, field)
    return field if name.casefold() == field.casefold() else f"{name} ({field})"


def _nearest(field: str, names: Mapping[str, str]) -> str:
    """Propose a field that is called alike; numbers are all alike, so none for them."""
    if field.startswith("customfield_"):
        return ""
    called = {**{name.casefold(): _both(names, number) for number, name in names.items()}, **{n: n for n in names}}
    close = get_close_matches(field.casefold(), called, n=1)
    return f"; did you mean {called[close[0]]}?" if close else ""


def _instead(name: str, known: Collection[str]) -> str:
    folded = {one.casefold(): one for one in known}
    if close := get_close_matches(name.casefold(), folded, n=1):
        return f"; did you mean {folded[close[0]]}?"
    return f"; it has {_listed(known)}" if known else ""


def _listed(names: Iterable[str]) -> str:
    several = list(dict.fromkeys(names))
    more = f" and {len(several) - MOST_NAMES} more" if len(several) > MOST_NAMES else ""
    return ", ".join(several[:MOST_NAMES]) + more
