"""What the site is made of: our own account and fields; and the preflight over all of it.

Read at start, so that a rule that the site contradicts is found before anything is written. Never raises for what a
finding can say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from pfjira.connectors.http import Api
from pfjira.connectors.jira import codec
from pfjira.connectors.jira.screens import Screens, lacking_names, lacking_targets, statuses_of
from pfjira.engine.model import Finding
from pfjira.errors import ConnectorError, Unauthorized

SKEW_S = 120.0
"""How far the two clocks may be apart before the preflight says so."""

_SUBTASKS = "sub-tasks"
"""How the project's sub-task type is called where a rule names none."""


class Metadata:
    """Fields and the login of one site, and the preflight."""

    def __init__(self, api: Api, screens: Screens) -> None:
        """Read through this interface."""
        self._api = api
        self._screens = screens

    def own_account(self) -> str:
        """Return our own accountId (`GET myself`, which needs a login where many others do not)."""
        account_id = codec.member(self._api.get("myself"), "accountId")
        if not isinstance(account_id, str) or not account_id:
            raise self._api.unexpected("GET myself", "an answer without accountId")
        return account_id

    def number_fields(self) -> frozenset[str]:
        """Return the ids of the fields that hold numbers."""
        schemas = ((row["id"], row.get("schema")) for row in self.fields())
        return frozenset(
            name for name, schema in schemas if isinstance(schema, dict) and schema.get("type") == "number"
        )

    def fields(self) -> list[dict[str, Any]]:
        """Return the rows of all fields; each has an id."""
        rows = self._api.get("field")
        if not isinstance(rows, list):
            raise self._api.unexpected("GET field", "an answer that is no list")
        return [row for row in codec.objects(rows) if isinstance(row.get("id"), str)]

    def field_ids(self) -> Mapping[str, str]:
        """Map field names (case-folded) and ids to ids; a name that two fields share is left out."""
        ids: dict[str, str] = {}
        shared: set[str] = set()
        fields = self.fields()
        for row in fields:
            number, name = row["id"], str(row.get("name", "")).casefold()
            if name and ids.setdefault(name, number) != number:
                shared.add(name)
        for name in shared:
            del ids[name]
        # An id is an id, whatever some field is called.
        ids.update({row["id"]: row["id"] for row in fields})
        return ids

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
        subject = f"Jira project {project}, {issue_type or _SUBTASKS}"
        try:
            screen = self._screens.create_screen(project, issue_type)
        except ConnectorError as error:
            yield Finding(subject, False, str(error), error.hint)
            return
        given = {"summary", "parent"} if screen.subtask else {"summary"}
        lacking = sorted(screen.required - set(fields) - given)
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
                known = statuses_of(issue_type, self._screens.statuses(project))
            except ConnectorError:
                continue  # that project and type are not there is said already
            if known is None:
                continue
            lacking = lacking_targets(wanted, known)
            listed = ", ".join(name for name, _ in known)
            subject = f"Jira project {project}, {issue_type or _SUBTASKS}, statuses"
            if lacking:
                hint = f"it has {listed}; see the rule's `to`"
                yield Finding(subject, False, f"there is no {', '.join(lacking)}", hint)
            else:
                yield Finding(subject, True, f"issues can be moved to {', '.join(wanted)}")
        if resolutions := sorted({resolution for _, _, _, resolution in targets if resolution}):
            yield from self._check_resolutions(resolutions)

    def _check_resolutions(self, wanted: Sequence[str]) -> Iterator[Finding]:
        try:
            known = self._screens.resolutions()
        except ConnectorError as error:
            yield Finding("Jira resolutions", False, str(error), error.hint)
            return
        if lacking := lacking_names(wanted, known):
            hint = f"the site has {', '.join(known)}; see the rule's `resolution`"
            yield Finding("Jira resolutions", False, f"there is no {', '.join(lacking)}", hint)
        else:
            yield Finding("Jira resolutions", True, "all are known")
