"""What may be set where: issue types, create and edit screens, statuses. Read only.

The raw rows are handed on within this package, because they also hold the options of a field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pfjira.connectors.address import segment
from pfjira.connectors.base import CreateScreen
from pfjira.connectors.http import Api
from pfjira.connectors.jira import codec
from pfjira.connectors.jira.paging import rows
from pfjira.connectors.jira.search import Search
from pfjira.errors import Missing, Rejected

GIVEN = frozenset({"project", "issuetype"})
"""Required on every create screen, and always sent."""

Rows = Mapping[str, Mapping[str, Any]]
"""Field id to what a screen says about the field."""


class Screens:
    """The screens and types of one site."""

    def __init__(self, api: Api, search: Search) -> None:
        """Read through this interface."""
        self._api = api
        self._search = search

    def create_screen(self, project: str, issue_type: str) -> CreateScreen:
        """Return what the create screen takes; an empty type is the project's sub-task type.

        Raise Rejected when project or type may not be used.
        """
        row = found_type(project, issue_type, self.types(project))
        type_id = str(row.get("id"))
        fields = self.create_fields(project, type_id)
        return CreateScreen(
            frozenset(fields), frozenset(required(fields) - GIVEN), row.get("subtask") is True, level(row), type_id
        )

    def types(self, project: str) -> list[dict[str, Any]]:
        """Return the issue types that may be created in a project. Raise Rejected when the project is not there."""
        said = "issue/createmeta/{project}/issuetypes"
        path = f"issue/createmeta/{segment(project)}/issuetypes"
        try:
            return list(rows(self._api, path, said, member="issueTypes", right="create issues"))
        except (Missing, Rejected) as error:
            raise cannot(f"project {project} is not there, or nothing may be created in it") from error

    def create_fields(self, project: str, type_id: str) -> Rows:
        """Return the fields of a create screen."""
        said = "issue/createmeta/{project}/issuetypes/{type}"
        path = f"issue/createmeta/{segment(project)}/issuetypes/{segment(type_id)}"
        found = rows(self._api, path, said, member="fields", right="create issues")
        return {str(row.get("fieldId") or row.get("key")): row for row in found}

    def edit_fields(self, project: str, type_id: str) -> Rows | None:
        """Return the fields of the edit screen, as the newest issue of that sort shows them; None where none does.

        Edit screens are told for an issue only, and a closed one may hide them.
        """
        place = f"project = {codec.quoted(project)} AND issuetype = {codec.quoted(type_id)}"
        row = self._search.first(f"{place} ORDER BY key DESC")
        if row is None:
            return None
        said = "issue/{id}/editmeta"
        fields = codec.member(self._api.get(f"issue/{segment(str(row['id']))}/editmeta", said=said), "fields")
        if not isinstance(fields, dict):
            raise self._api.unexpected(f"GET {said}", "an answer without fields")
        return {name: row for name, row in fields.items() if isinstance(row, dict)} or None

    def statuses(self, project: str) -> list[dict[str, Any]]:
        """Return the issue types of a project with the statuses of each (`GET project/{key}/statuses`)."""
        found = self._api.get(f"project/{segment(project)}/statuses", said="project/{key}/statuses")
        return codec.objects(found)

    def resolutions(self) -> list[str]:
        """Return the names of the site's resolutions."""
        said = "resolution/search"
        return [str(row.get("name")) for row in rows(self._api, said, said, right="browse resolutions")]


def found_type(project: str, issue_type: str, types: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Return the row of a type by name in any case, or id; the first sub-task type when the name is empty."""
    for row in types:
        if _is_type(row, issue_type):
            return row
    listed = ", ".join(sorted(str(row.get("name")) for row in types)) or "none"
    what = f"issue type {issue_type}" if issue_type else "sub-task type"
    raise cannot(f"project {project} has no {what}; it has {listed}")


def _is_type(row: Mapping[str, Any], issue_type: str) -> bool:
    if not issue_type:
        return row.get("subtask") is True
    return issue_type.casefold() in (str(row.get("name", "")).casefold(), str(row.get("id")))


def required(fields: Rows) -> frozenset[str]:
    """Return the fields without a default that must be given."""
    return frozenset(name for name, row in fields.items() if row.get("required") and not row.get("hasDefaultValue"))


def level(row: Mapping[str, Any]) -> int:
    """Return a type's place in the hierarchy, where the site says it; else -1 for sub-tasks and 0 for the rest."""
    said = row.get("hierarchyLevel")
    if isinstance(said, int) and not isinstance(said, bool):
        return said
    return -1 if row.get("subtask") is True else 0


def statuses_of(issue_type: str, types: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]] | None:
    """Return name and category of the statuses that a type has; None when it is not among them."""
    for row in types:
        if _is_type(row, issue_type):
            found = codec.objects(row.get("statuses"))
            return [(str(one.get("name")), str(codec.member(one, "statusCategory", "key"))) for one in found]
    return None


def lacking_targets(wanted: Iterable[str], statuses: Iterable[tuple[str, str]]) -> list[str]:
    """Return those of the statuses or categories that are none of a workflow's."""
    known = list(statuses)
    names, categories = {name.casefold() for name, _ in known}, {category for _, category in known}
    # `Done` is a status and `done` a category, as for a move.
    return sorted({to for to in wanted if to.casefold() not in names and to not in categories})


def lacking_names(wanted: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return those of the names that are not known, in any case."""
    folded = {name.casefold() for name in known}
    return sorted({name for name in wanted if name.casefold() not in folded})


def cannot(text: str) -> Rejected:
    """Make the error for a place where nothing can be made."""
    hint = "see the rule's `in`, and the login's right to create issues"
    return Rejected(f"jira: {text}", status=0, hint=hint, system="jira")
