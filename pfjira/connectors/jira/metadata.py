"""What the site is made of: our own account, fields, create screens; and the preflight over all of it.

Read at start, so that a rule that the site contradicts is found before anything is written. Never raises for what a
finding can say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pfjira.connectors.address import segment
from pfjira.connectors.base import CreateScreen
from pfjira.connectors.http import Api
from pfjira.connectors.jira import codec
from pfjira.engine.model import Finding
from pfjira.errors import ConnectorError, Missing, Rejected, Unauthorized

PAGE = 200
"""Rows of create metadata in one answer, the most there is (reference 4.1)."""
SKEW_S = 120.0
"""How far the two clocks may be apart before the preflight says so."""

_GIVEN = frozenset({"project", "issuetype"})
"""Required on every create screen, and always sent."""


class Metadata:
    """Fields, screens and the login of one site."""

    def __init__(self, api: Api) -> None:
        """Read through this interface."""
        self._api = api

    def own_account(self) -> str:
        """Return our own accountId (`GET myself`, which needs a login where many others do not)."""
        account_id = codec.member(self._api.get("myself"), "accountId")
        if not isinstance(account_id, str) or not account_id:
            raise self._api.unexpected("GET myself", "an answer without accountId")
        return account_id

    def number_fields(self) -> frozenset[str]:
        """Return the ids of the fields that hold numbers."""
        schemas = ((row["id"], row.get("schema")) for row in self._fields())
        return frozenset(
            name for name, schema in schemas if isinstance(schema, dict) and schema.get("type") == "number"
        )

    def _fields(self) -> list[dict[str, Any]]:
        rows = self._api.get("field")
        if not isinstance(rows, list):
            raise self._api.unexpected("GET field", "an answer that is no list")
        return [row for row in codec.objects(rows) if isinstance(row.get("id"), str)]

    def field_ids(self) -> Mapping[str, str]:
        """Map field names (case-folded) and ids to ids; a name that two fields share is left out."""
        ids: dict[str, str] = {}
        shared: set[str] = set()
        fields = self._fields()
        for row in fields:
            number, name = row["id"], str(row.get("name", "")).casefold()
            if name and ids.setdefault(name, number) != number:
                shared.add(name)
        for name in shared:
            del ids[name]
        # An id is an id, whatever some field is called.
        ids.update({row["id"]: row["id"] for row in fields})
        return ids

    def create_screen(self, project: str, issue_type: str) -> CreateScreen:
        """Return what the create screen takes. Raise Rejected when project or type may not be used."""
        said = "issue/createmeta/{project}/issuetypes"
        try:
            types = list(self._rows(f"issue/createmeta/{segment(project)}/issuetypes", said, "issueTypes"))
        except (Missing, Rejected) as error:
            raise self._cannot(f"project {project} is not there, or nothing may be created in it") from error
        wanted = issue_type.casefold()
        known = [row for row in types if wanted in (str(row.get("name", "")).casefold(), str(row.get("id")))]
        if not known:
            names = ", ".join(sorted(str(row.get("name")) for row in types)) or "none"
            raise self._cannot(f"project {project} has no issue type {issue_type}; it has {names}")
        rows = list(
            self._rows(
                f"issue/createmeta/{segment(project)}/issuetypes/{segment(str(known[0].get('id')))}",
                f"{said}/{{type}}",
                "fields",
            )
        )
        names_of = {str(row.get("fieldId") or row.get("key")): row for row in rows}
        required = {name for name, row in names_of.items() if row.get("required") and not row.get("hasDefaultValue")}
        return CreateScreen(frozenset(names_of), frozenset(required - _GIVEN))

    def check(
        self,
        projects: Collection[tuple[str, str]],
        fields: Collection[str],
        targets: Collection[tuple[str, str, str, str | None]] = (),
    ) -> list[Finding]:
        """Look whether address, login, clock, projects, types, fields and the targets of moves are well."""
        try:
            own = self.own_account()
        except Unauthorized as error:
            hint = (
                "scoped tokens need https://api.atlassian.com/ex/jira/CLOUDID as the address, classic ones the site's; "
                "tokens end after at most a year"
            )
            return [Finding("Jira login", False, str(error), hint)]
        except ConnectorError as error:
            return [Finding("Jira address", False, str(error), error.hint)]
        findings = [Finding("Jira login", True, f"logged in as {own}"), *self._check_clock()]
        findings += self._check_fields(fields)
        for project, issue_type in sorted(set(projects)):
            findings += self._check_screen(project, issue_type, fields)
        return [*findings, *self._check_targets(targets)]

    def _check_clock(self) -> Iterator[Finding]:
        there = self._api.server_time
        if there is not None:
            skew = (there - datetime.now(UTC)).total_seconds()
            hint = "" if abs(skew) < SKEW_S else "set this machine's clock (NTP)"
            words = "within 1 s of ours" if abs(skew) <= 1 else f"{skew:+.0f} s from ours"
            yield Finding("Jira clock", not hint, words, hint)

    def _check_fields(self, fields: Collection[str]) -> Iterator[Finding]:
        try:
            known = self.field_ids()
        except ConnectorError as error:
            yield Finding("Jira fields", False, str(error), error.hint)
            return
        unknown = sorted(name for name in fields if name not in known and name.casefold() not in known)
        yield Finding(
            "Jira fields",
            not unknown,
            f"not on this site, or a name that two fields share: {', '.join(unknown)}" if unknown else "all are known",
            "use the field's id, customfield_NNNNN" if unknown else "",
        )

    def _check_screen(self, project: str, issue_type: str, fields: Collection[str]) -> Iterator[Finding]:
        subject = f"Jira project {project}, {issue_type}"
        try:
            screen = self.create_screen(project, issue_type)
        except ConnectorError as error:
            yield Finding(subject, False, str(error), error.hint)
            return
        lacking = sorted(screen.required - set(fields) - {"summary"})
        if lacking:
            detail = f"required on the create screen, set by no rule: {', '.join(lacking)}"
            yield Finding(subject, False, detail, "set them in the rule, or give them a default in Jira")
            return
        if "labels" not in screen.fields:
            detail = "labels are not on the create screen: a lost answer is then traced by the creator only"
            yield Finding(subject, True, detail, "put the field labels on the create screen")
            return
        yield Finding(subject, True, "issues can be created")

    def _check_targets(self, targets: Collection[tuple[str, str, str, str | None]]) -> Iterator[Finding]:
        """Look whether the statuses and resolutions to which issues are moved exist for their project and type."""
        for project, issue_type in sorted({(project, issue_type) for project, issue_type, _, _ in targets}):
            wanted = sorted({to for p, t, to, _ in targets if (p, t) == (project, issue_type)})
            try:
                known = self._statuses(project, issue_type)
            except ConnectorError:
                continue  # that project and type are not there is said already
            names = {name.casefold() for name, _ in known}
            categories = {category for _, category in known}
            lacking = [to for to in wanted if to.casefold() not in names and to not in categories]
            listed = ", ".join(name for name, _ in known)
            subject = f"Jira project {project}, {issue_type}, statuses"
            if lacking:
                hint = f"it has {listed}; see the rule's `to`"
                yield Finding(subject, False, f"there is no {', '.join(lacking)}", hint)
            else:
                yield Finding(subject, True, f"issues can be moved to {', '.join(wanted)}")
        if resolutions := sorted({resolution for _, _, _, resolution in targets if resolution}):
            yield from self._check_resolutions(resolutions)

    def _check_resolutions(self, wanted: Sequence[str]) -> Iterator[Finding]:
        try:
            rows = list(self._rows("resolution/search", "resolution/search", "values", "browse resolutions"))
        except ConnectorError as error:
            yield Finding("Jira resolutions", False, str(error), error.hint)
            return
        known = [str(row.get("name")) for row in rows]
        lacking = [name for name in wanted if name.casefold() not in {one.casefold() for one in known}]
        if lacking:
            hint = f"the site has {', '.join(known)}; see the rule's `resolution`"
            yield Finding("Jira resolutions", False, f"there is no {', '.join(lacking)}", hint)
        else:
            yield Finding("Jira resolutions", True, "all are known")

    def _statuses(self, project: str, issue_type: str) -> list[tuple[str, str]]:
        """Return name and category of the statuses that issues of a type may have (`GET project/{key}/statuses`)."""
        rows = self._api.get(f"project/{segment(project)}/statuses", said="project/{key}/statuses")
        wanted = issue_type.casefold()
        for row in codec.objects(rows):
            if wanted in (str(row.get("name", "")).casefold(), str(row.get("id"))):
                statuses = codec.objects(row.get("statuses"))
                return [(str(one.get("name")), str(codec.member(one, "statusCategory", "key"))) for one in statuses]
        raise self._cannot(f"project {project} has no issue type {issue_type}")

    def _rows(self, path: str, said: str, member: str, right: str = "create issues") -> Iterator[dict[str, Any]]:
        start = 0
        while True:
            payload = self._api.get(path, {"startAt": start, "maxResults": PAGE}, said=said, right=right)
            # The vendor's schema and its own example name the list differently (reference 4.1): accept all.
            named = (codec.member(payload, name) for name in (member, "results", "values"))
            rows = next((rows for rows in named if isinstance(rows, list)), None)
            if rows is None:
                raise self._api.unexpected(f"GET {said}", "an answer without rows")
            yield from codec.objects(rows)
            start += len(rows)
            if not rows or start >= codec.whole(payload.get("total")):
                return

    def _cannot(self, text: str) -> Rejected:
        hint = "see the rule's `in`, and the login's right to create issues"
        return Rejected(f"jira: {text}", hint=hint, system="jira")
