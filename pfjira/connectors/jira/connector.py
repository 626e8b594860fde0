"""Jira Cloud as the side that holds the issues.

It answers "what is there" and "make it so", one request an effect; it must never decide, send a create twice, conclude
anything from a search, or see the state. Reads by id are true at once, searches lag (reference section 3).
"""

from __future__ import annotations

import base64
import math
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from pfjira.connectors.address import segment, site_of
from pfjira.connectors.base import Created, CreateScreen, Demand, Draft, Hint, RequestType, Stamp
from pfjira.connectors.http import Api, Transport
from pfjira.connectors.jira import codec
from pfjira.connectors.jira.accounts import Accounts
from pfjira.connectors.jira.contradictions import Contradictions, Site
from pfjira.connectors.jira.desk import Desk
from pfjira.connectors.jira.groups import Groups
from pfjira.connectors.jira.histories import overwritten
from pfjira.connectors.jira.metadata import Metadata
from pfjira.connectors.jira.remarks import Remarks
from pfjira.connectors.jira.screens import Screens
from pfjira.connectors.jira.search import Search
from pfjira.connectors.jira.spacing import Spacing
from pfjira.connectors.jira.workflow import Workflow
from pfjira.connectors.pacing import Timetable
from pfjira.engine.model import Account, Desired, Finding, Issue, Json, Target
from pfjira.errors import Missing, OutcomeUnknown, Rejected

PROBE_STEP = 50
"""Keys read at a time behind the highest known one."""
PROBE_STEPS = 40
"""Where probing is given up: 2,000 keys further."""


class JiraConfig(BaseModel):
    """Where Jira is and how to log in."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: str
    """https://SITE.atlassian.net, or https://api.atlassian.com/ex/jira/CLOUDID for scoped tokens."""
    email: str
    """Address of the account that the token belongs to."""
    api_token: SecretStr
    """API token; lives at most one year (reference section 1)."""
    rate: float = Field(default=20.0, ge=0, allow_inf_nan=False)
    """Requests a second; 0 is unpaced."""
    concurrency: int = Field(default=8, ge=1, le=32)
    """Requests in flight."""
    bulk_create: int = Field(default=50, ge=1, le=50)
    """Drafts in one create request; 1 switches bulk off."""
    run_s: float = Field(default=math.inf, gt=0)
    """Seconds after which nothing is sent any more."""


class Jira:
    """Jira Cloud over REST v3; see `connectors.base.TicketSystem`."""

    name = "jira"
    bulk_fetch = 100

    def __init__(
        self,
        config: JiraConfig,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        transport: Transport | None = None,
        timetable: Timetable | None = None,
    ) -> None:
        """Prepare, without connecting. Raise ConfigError for an address that is not https.

        A `timetable` is where several processes keep the departures and pauses of this site.
        """
        token = config.api_token.get_secret_value()
        login = base64.b64encode(f"{config.email}:{token}".encode()).decode("ascii")
        self.bulk_create = config.bulk_create
        self._url, self._email = config.url, config.email
        self._api = Api(
            self.name,
            config.url.rstrip("/") + "/rest/api/3",
            headers={"authorization": f"Basic {login}"},
            secrets=(token, login),
            rate=config.rate,
            concurrency=config.concurrency,
            clock=clock,
            sleep=sleep,
            transport=transport,
            run_s=config.run_s,
            timetable=timetable,
        )
        self._spacing = Spacing(clock=clock, sleep=sleep)
        self._search = Search(self._api)
        self._remarks = Remarks(self._api, self._spacing)
        self._workflow = Workflow(self._api, self._spacing, self._remarks)
        self._screens = Screens(self._api, self._search)
        self._metadata = Metadata(self._api, self._screens)
        self._desk = Desk(self._api.beside(config.url.rstrip("/") + "/rest/servicedeskapi"))
        self._groups = Groups(self._api)
        self._numbers: frozenset[str] | None = None
        """Fields that hold numbers, once asked for."""
        self._accounts = Accounts(self._api, config.concurrency)

    def close(self) -> None:
        """Close all connections."""
        self._api.close()

    def site(self) -> str:
        """Return what names this site in ids: host and path, never the login."""
        return site_of(self._url)

    @property
    def server_time(self) -> datetime | None:
        """Jira's own clock as of its last answer, aware UTC."""
        return self._api.server_time

    def check_login(self) -> str:
        """Return our own accountId. Raise Unauthorized when the login does not hold."""
        return self._metadata.own_account()

    def create(self, drafts: Sequence[Draft]) -> Created:
        """Send one create request, once; refused drafts are in the result, also for a single draft.

        Raise OutcomeUnknown when the answer is no proof: then any of the drafts may exist. Rejected: none does.
        """
        if not drafts:
            return Created(())
        drafts = [replace(draft, values=self._typed(draft.values)) for draft in drafts]
        return self._create_one(drafts[0]) if len(drafts) == 1 else self._create_bulk(drafts)

    def fetch_many(self, ids_or_keys: Sequence[str], fields: Collection[str]) -> list[Issue]:
        """Read issues by id or key, in as many calls as needed; missing or invisible ones are simply absent."""
        found: list[Issue] = []
        for batch in codec.batches(list(dict.fromkeys(ids_or_keys)), self.bulk_fetch):
            found.extend(self._fetch_batch(batch, fields))
        return found

    def overwritten(self, seen: Mapping[str, datetime], fields: Collection[str]) -> list[tuple[str, str]]:
        """Return (issue id, field) where our change came over somebody's that came after what was seen."""
        return overwritten(self._api, seen, fields, self.check_login()) if seen else []

    def changed_since(self, minutes: int | None, label: str) -> Iterator[Hint]:
        """Yield what is shown of issues with the label, changed within so many minutes; None: all (a search)."""
        since = "" if minutes is None else f" AND updated >= -{max(1, minutes)}m"
        for row in self._ours(label, since, "updated"):
            updated = codec.moment((row.get("fields") or {}).get("updated"))
            yield Hint(str(row["id"]), codec.op_of(row), updated, codec.run_of(row))

    def created_since(self, minutes: int, label: str) -> Iterator[tuple[str, str, str | None]]:
        """Yield (id, key, op) of issues made by this login, or with the label, within so many minutes (a search)."""
        for row in self._ours(label, f" AND created >= -{max(1, minutes)}m", "created"):
            yield str(row["id"]), str(row.get("key", "")), codec.op_of(row)

    def _ours(self, label: str, since: str, field: str) -> Iterator[dict[str, Any]]:
        """Yield each issue with the label or made by this login, once.

        Labels are tidied away by people, or are not on the create screen; who made an issue does not change. Two
        searches, not one with OR.
        """
        seen: set[str] = set()
        for mark in (f"labels = {codec.quoted(label)}", "creator = currentUser()"):
            for row in self._search.rows(f"{mark}{since} ORDER BY created ASC", (field,)):
                if row["id"] not in seen:
                    seen.add(row["id"])
                    yield row

    def highest_key(self, project: str) -> int:
        """Return the number of the project's newest key that search knows (0 when empty): a lower bound."""
        row = self._search.first(f"project = {codec.quoted(project)} ORDER BY key DESC", fields=("created",))
        return _number(str(row.get("key", "")), project) if row else 0

    def probe(self, project: str, after: int) -> tuple[list[Issue], int, bool]:
        """Read the keys that follow `after` by key: (issues found, highest number found, whether a gap ended it)."""
        found: list[Issue] = []
        highest = after
        for step in range(PROBE_STEPS):
            first = after + 1 + step * PROBE_STEP
            issues = self._fetch_batch([f"{project}-{number}" for number in range(first, first + PROBE_STEP)], ())
            if not issues:
                return found, highest, True
            found.extend(issues)
            highest = max(highest, *(_number(issue.key, project) for issue in issues))
        return found, highest, False

    def edit(self, issue_id: str, values: Sequence[Desired], *, stamp: Stamp | None = None) -> None:
        """Set exactly these fields (labels by add and remove); the stamp travels along. Raise Stale on 409, Missing."""
        body = codec.edit_body(self._typed(values), stamp)
        if not body:
            return
        self._spacing.wait(issue_id)
        self._api.write(
            "PUT", f"issue/{segment(issue_id)}", body, said="issue/{id}", repeatable=True, right="edit issues"
        )

    def _typed(self, values: Sequence[Desired]) -> tuple[Desired, ...]:
        """Return values with numbers where a field holds numbers; the site is asked once, and only when it matters."""
        if self._numbers is None and any(codec.may_be_number(desired) for desired in values):
            self._numbers = self._metadata.number_fields()
        numbers = self._numbers or frozenset()
        return tuple(
            replace(desired, value=float(desired.value))
            if desired.field in numbers and codec.may_be_number(desired)
            else desired
            for desired in values
        )

    def move(self, issue_id: str, target: Target, *, op: str) -> None:
        """Transition to a status or category, through several steps where needed; safe to repeat."""
        self._workflow.move(issue_id, target, op)

    def create_screen(self, project: str, issue_type: str) -> CreateScreen:
        """Return what the create screen takes; an empty type is the project's sub-task type.

        Raise Rejected when project or type may not be used.
        """
        return self._screens.create_screen(project, issue_type)

    def field_ids(self) -> Mapping[str, str]:
        """Map field names (case-folded) and ids to ids. A name that two fields share is left out."""
        return self._metadata.field_ids()

    def find_accounts(self, emails: Collection[str]) -> dict[str, list[Account]]:
        """Return, per address, the accounts the site offers for that full address."""
        return self._accounts.find(emails)

    def account(self, account_id: str) -> Account | None:
        """Return one account by its id, deactivated ones too; None where the site knows none."""
        return self._accounts.one(account_id)

    def assignable(self, project: str, account_ids: Collection[str]) -> frozenset[str]:
        """Return those of the accounts that may be assigned issues of the project."""
        return self._accounts.assignable(project, account_ids)

    def request_type(self, project: str, request: str) -> RequestType:
        """Return where requests of this type (name or id) are made. Raise Rejected when there is no such thing."""
        return self._desk.request_type(project, request)

    def create_request(self, draft: Draft) -> Created:
        """Send one service request, once; a refused draft is in the result. Its label does not travel: see `mark`.

        Raise OutcomeUnknown when the answer is no proof.
        """
        return self._desk.create(replace(draft, values=self._typed(draft.values)))

    def mark(self, issue_id: str, stamp: Stamp, label: str | None) -> None:
        """Put our property, then the label, on an issue. Safe to repeat."""
        path, said, right = f"issue/{segment(issue_id)}", "issue/{id}", "edit issues"
        self._spacing.wait(issue_id)
        self._api.write(
            "PUT",
            f"{path}/properties/{codec.PROPERTY}",
            codec.mark(stamp),
            said=f"{said}/properties/{codec.PROPERTY}",
            repeatable=True,
            any_body=True,
            right=right,
        )
        if label is not None:
            body = {"update": {"labels": [{"add": label}]}}
            self._spacing.wait(issue_id)
            self._api.write("PUT", path, body, said=said, repeatable=True, right=right)

    def link(self, inward: str, outward: str, kind: str = "Relates") -> None:
        """Link two issues by id. Safe to repeat: Jira makes no second link of one kind (reference 4.3)."""
        body = {"type": {"name": kind}, "inwardIssue": {"id": inward}, "outwardIssue": {"id": outward}}
        self._spacing.wait(inward)
        self._api.write("POST", "issueLink", body, repeatable=True, any_body=True, right="link issues")

    def comment(self, issue_id: str, text: str, *, op: str) -> None:
        """Add a comment, once per op. Raise Unavailable when the answer was lost; calling again is safe."""
        self._remarks.comment(issue_id, text, op)

    def log_work(self, issue_id: str, text: str, spent_s: int, started: datetime, *, op: str) -> None:
        """Add a worklog, once per op; `started` is aware. Raise Unavailable as `comment` does."""
        self._remarks.log_work(issue_id, text, spent_s, started, op)

    def group_id(self, name: str) -> str:
        """Return the id of a group by name or id. Raise Rejected when there is none."""
        return self._groups.id_of(name)

    def add_member(self, group_id: str, account_id: str) -> None:
        """Put an account into a group; nothing when it is in already. Raise Rejected, Forbidden."""
        self._groups.add(group_id, account_id)

    def remove_member(self, group_id: str, account_id: str) -> None:
        """Take an account out of a group; nothing when it is not in. Raise Rejected, Forbidden."""
        self._groups.remove(group_id, account_id)

    def contradictions(self, demands: Sequence[Demand]) -> dict[str, list[str]]:
        """Return, per rule id, what the site contradicts. Raise Unavailable, Unauthorized; see `contradictions.py`."""
        site = Site(self._api, self._metadata, self._screens, self._desk, self._groups)
        return Contradictions(site).of(demands)

    def check(
        self,
        projects: Collection[tuple[str, str]],
        fields: Collection[str],
        targets: Collection[tuple[str, str, str, str | None]] = (),
    ) -> list[Finding]:
        """Look whether address, login, projects, types, fields and moves are well (for `doctor`)."""
        findings = self._metadata.check(projects, fields, targets)
        return [*findings, *self._accounts.check(self._email)] if findings[0].ok else findings

    def _create_one(self, draft: Draft) -> Created:
        body = codec.create_body(draft)
        answer = self._api.write("POST", "issue", body, accept=(400, 422), right=f"create issues in {draft.project}")
        if answer.status >= 400:
            return Created((), {draft.op: self._api.rejected("POST issue", answer.status, answer.json, body)})
        return Created((self._made(answer.json, "POST issue"),))

    def _create_bulk(self, drafts: Sequence[Draft]) -> Created:
        said = "POST issue/bulk"
        body = {"issueUpdates": [codec.create_body(draft) for draft in drafts]}
        answer = self._api.write("POST", "issue/bulk", body, accept=(400,), right="create issues")
        refused: dict[str, Rejected] = {}
        for error in codec.objects(codec.member(answer.json, "errors")):
            index = error.get("failedElementNumber")
            if isinstance(index, int) and 0 <= index < len(drafts):
                status = codec.whole(error.get("status")) or answer.status
                reason = self._api.rejected(said, status, error.get("elementErrors"), body["issueUpdates"][index])
                refused[drafts[index].op] = reason
        issues = codec.objects(codec.member(answer.json, "issues"))
        if not issues and not refused:
            if answer.status >= 400:  # the request as a whole was refused: none of the drafts exists
                raise self._api.rejected(said, answer.status, answer.json, body)
            raise self._unclear(said)
        return Created(tuple(self._made(made, said) for made in issues), refused)

    def _made(self, row: Json, said: str) -> tuple[str, str]:
        number, key = codec.member(row, "id"), codec.member(row, "key")
        if not isinstance(number, str | int) or not isinstance(key, str):
            raise self._unclear(said)
        return str(number), key

    def _unclear(self, said: str) -> OutcomeUnknown:
        return OutcomeUnknown(f"{self.name}: {said} succeeded without naming the issue", system=self.name)

    def _fetch_batch(self, batch: Sequence[str], fields: Collection[str]) -> list[Issue]:
        asked = [*dict.fromkeys([*codec.BASE_FIELDS, *sorted(fields)])]
        said = "issue/bulkfetch"
        body = {"issueIdsOrKeys": list(batch), "fields": asked, "properties": [codec.PROPERTY]}
        payload = self._api.query("issue/bulkfetch", body)
        rows = codec.member(payload, "issues")
        if not isinstance(rows, list):
            raise self._api.unexpected(f"POST {said}", "an answer without issues")
        for error in codec.objects(payload.get("issueErrors")):
            # Not the same as missing: Jira could not show it just now (reference 4.5), so it is asked for alone.
            name = str(error.get("id") or "")
            if name and (row := self._fetch_one(name, asked)) is not None:
                rows.append(row)
        try:
            return [codec.issue(row, fields) for row in rows]
        except codec.Misshapen as error:
            raise self._api.unexpected(f"POST {said}", str(error)) from None

    def _fetch_one(self, name: str, asked: Sequence[str]) -> Json:
        params = {"fields": ",".join(asked), "properties": codec.PROPERTY}
        try:
            return self._api.get(f"issue/{segment(name)}", params, said="issue/{id}")
        except Missing:
            return None


def _number(key: str, project: str) -> int:
    prefix, _, number = key.rpartition("-")
    return int(number) if prefix.upper() == project.upper() and number.isdecimal() else 0
