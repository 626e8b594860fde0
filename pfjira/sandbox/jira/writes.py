"""Create, edit, assign, move and delete issues, as the v3 API does.

Every write is judged whole before anything is stored: a refused request leaves no trace. There is no idempotency
key anywhere, so a repeated create makes a second issue.
"""

from __future__ import annotations

from typing import Any

from pfjira.sandbox.jira import site
from pfjira.sandbox.jira.accounts import Accounts
from pfjira.sandbox.jira.fields import BadValue, FieldJudge
from pfjira.sandbox.jira.history import change
from pfjira.sandbox.jira.parts import IssueParts, read_properties
from pfjira.sandbox.jira.payload import flag, json_object, mapping
from pfjira.sandbox.jira.refusal import Refusal, bad_payload, no_issue
from pfjira.sandbox.jira.render import Renderer
from pfjira.sandbox.jira.store import IssueStore, StoredIssue
from pfjira.sandbox.wire import CutShort, Reply, Request


class IssueWrites:
    """The writing half of the issue resource."""

    def __init__(self, store: IssueStore, accounts: Accounts, renderer: Renderer, parts: IssueParts) -> None:
        self._store = store
        self._accounts = accounts
        self._renderer = renderer
        self._parts = parts
        self._judge = FieldJudge(store, accounts)
        self._writes = 0

    def create(self, request: Request) -> Reply:
        """Answer POST /issue."""
        return Reply(201, self._create(json_object(request, "No Issue Create payload supplied")))

    def create_bulk(self, request: Request) -> Reply:
        """Answer POST /issue/bulk: 201 when at least one was made, else 400; both name made and failed ones."""
        updates = json_object(request, "No Issue Create payload supplied").get("issueUpdates")
        if not isinstance(updates, list) or not updates:
            raise Refusal(400, "The payload must contain at least one issue in 'issueUpdates'.")
        limit = self._store.options.bulk_create_limit
        if len(updates) > limit:
            raise Refusal(400, f"The maximum number of issues that can be created at once is {limit}.")
        made: list[dict[str, Any]] = []
        failed: list[dict[str, Any]] = []
        for number, update in enumerate(updates):
            if request.stop_after is not None and number >= request.stop_after:
                raise CutShort
            try:
                made.append(self._create(update))
            except Refusal as refused:
                failed.append(
                    {"status": refused.status, "elementErrors": refused.body(), "failedElementNumber": number}
                )
        if not self._store.options.bulk_keeps_order:
            made.reverse()
        return Reply(201 if made else 400, {"issues": made, "errors": failed})

    def edit(self, request: Request, key: str) -> Reply:
        """Answer PUT /issue/{key}: one bad field refuses the whole edit; last write wins."""
        issue = self._writable(key, "EDIT_ISSUES")
        body = json_object(request)
        self._check_assign(issue.project.key, body.get("fields"), body.get("update"))
        update = dict(mapping(body.get("update")))
        comments = self._parts.read_comment_operations(update.pop("comment", None))
        config = self._store.site
        screen = (
            config.edit_screen(issue.project) if self._store.options.edit_checks_screen else frozenset(config.fields)
        )
        values = self._judge.judge(body.get("fields"), update, screen, issue)
        kind = config.types[values.get("issuetype", issue.fields["issuetype"])]
        if "parent" in values or kind is not issue.type:
            self._judge.check_hierarchy(issue.project, kind, values.get("parent", issue.fields.get("parent")))
        properties = read_properties(body.get("properties"))
        changed = self._apply(issue, values)
        issue.properties.update(properties)
        for comment in comments:
            self._parts.add_comment(issue, comment, {})
        self._store.touch(issue, changed or bool(comments) or self._store.options.noop_edit_touches)
        if flag(request, "returnIssue"):
            return Reply(200, self._renderer.issue(issue, ["*all"]))
        return Reply(204)

    def assign(self, request: Request, key: str) -> Reply:
        """Answer PUT /issue/{key}/assignee: `accountId`, null for nobody, -1 for the project's default."""
        issue = self._writable(key, "ASSIGN_ISSUES")
        body = json_object(request)
        if "accountId" not in body:
            raise Refusal(400, "The 'accountId' must be given.")  # name and key are dead since 2019
        try:
            account_id = self._judge.assignable(body["accountId"])
        except BadValue as bad:
            raise Refusal(400, errors={"assignee": str(bad)}) from None
        changed = self._apply(issue, {"assignee": account_id})
        self._store.touch(issue, changed or self._store.options.noop_edit_touches)
        return Reply(204)

    def transition(self, request: Request, key: str) -> Reply:
        """Answer POST /issue/{key}/transitions; only fields of the transition's screen are taken."""
        issue = self._writable(key)
        body = json_object(request)
        wanted = body.get("transition")
        if not isinstance(wanted, dict) or not wanted.get("id"):
            raise Refusal(400, "Missing 'transition' identifier")
        if not self._store.site.may("TRANSITION_ISSUES", issue.project.key):
            raise Refusal(400, "You do not have permission to transition this issue.")
        steps = {t.id: t for t in self._store.site.transitions(issue.project, issue.status)}
        step = steps.get(str(wanted["id"]))
        if step is None:
            raise Refusal(
                400,
                f"It seems that you have tried to perform a workflow operation (id {wanted['id']}) that is "
                "not valid for the current state of this issue. The issue may have been changed since.",
            )
        self.perform(issue, step, body)
        return Reply(204)

    def perform(self, issue: StoredIssue, step: site.Transition, body: dict[str, Any]) -> None:
        """Carry out one workflow step with its screen fields, comment and properties."""
        update = dict(mapping(body.get("update")))
        raw_comments = update.pop("comment", None)
        if raw_comments is not None and step.screen is None and self._store.options.comment_needs_screen:
            text = "Field 'comment' cannot be set. It is not on the appropriate screen, or unknown."
            raise Refusal(400, errors={"comment": text})
        comments = self._parts.read_comment_operations(raw_comments)
        screen = dict(step.screen or ())
        values = self._judge.judge(body.get("fields"), update, frozenset(screen), issue)
        missing = [name for name, required in screen.items() if required and values.get(name) is None]
        if missing:
            raise Refusal(400, errors={n: f"{self._store.site.fields[n].name} is required." for n in missing})
        properties = read_properties(body.get("properties"))
        self._apply(issue, settle_status(issue, step.to, values, self._store))
        issue.properties.update(properties)
        for comment in comments:
            self._parts.add_comment(issue, comment, {})
        self._store.touch(issue)

    def delete(self, request: Request, key: str) -> Reply:
        """Answer DELETE /issue/{key}; 400 when it has sub-tasks that are not to be deleted too."""
        issue = self._writable(key, limited=False)
        subtasks = [c for c in map(self._store.issues.get, issue.children) if c and c.type.subtask]
        if subtasks and not flag(request, "deleteSubtasks"):
            raise Refusal(
                400,
                f"The issue '{issue.key}' has subtasks. You must specify the 'deleteSubtasks' parameter to "
                "delete this issue and all its subtasks.",
            )
        for gone in [*subtasks, issue]:
            self._store.delete(gone)
        return Reply(204)

    def _create(self, body: Any) -> dict[str, Any]:
        if not isinstance(body, dict):
            raise bad_payload()
        fields = body.get("fields")
        fields = dict(fields) if isinstance(fields, dict) else {}
        named = fields.pop("project", None)
        project = self._store.site.project(named.get("key") or named.get("id")) if isinstance(named, dict) else None
        if project is None:
            raise Refusal(400, errors={"project": "Specify a valid project ID or key"})
        if not self._store.site.may("CREATE_ISSUES", project.key):
            raise Refusal(403, "You do not have permission to create issues in this project.")
        self._check_assign(project.key, fields, body.get("update"))
        kind = self._issue_type(project, fields.pop("issuetype", None))
        properties = read_properties(body.get("properties"))
        update = dict(mapping(body.get("update")))
        comments = self._parts.read_comment_operations(update.pop("comment", None))
        values = self._judge.judge(fields, update, project.fields - {"project", "issuetype"}, None)
        missing = {"summary": "You must specify a summary of the issue."} if "summary" not in values else {}
        missing.update(
            {n: f"{self._store.site.fields[n].name} is required." for n in project.required if values.get(n) is None}
        )
        if missing:
            raise Refusal(400, errors=missing)
        self._judge.check_hierarchy(project, kind, values.get("parent"))
        stored = {
            "issuetype": kind.id,
            "status": project.initial.id,
            "priority": site.DEFAULT_PRIORITY,
            "labels": (),
            "reporter": self._accounts.myself.account_id,
            **values,
        }
        issue = self._store.create(project, stored, self._accounts.myself.account_id, properties)
        for comment in comments:
            self._parts.add_comment(issue, comment, {})
        made: dict[str, Any] = {"id": issue.id, "key": issue.key, "self": self._renderer.link(f"issue/{issue.id}")}
        if isinstance(body.get("transition"), dict):
            made["transition"] = self._after_creation(issue, str(body["transition"].get("id")))
        return made

    def _after_creation(self, issue: StoredIssue, step_id: str) -> dict[str, Any]:
        step = {t.id: t for t in self._store.site.transitions(issue.project, issue.status)}.get(step_id)
        try:
            if step is None:
                raise Refusal(400, f"Transition id {step_id} is not valid for this issue.")
            self.perform(issue, step, {})
        except Refusal as refused:  # the issue stays: only the step has its own status
            return {"status": refused.status, "errorCollection": refused.body()}
        return {"status": 200, "errorCollection": {"errorMessages": [], "errors": {}}}

    def _writable(self, key: str, permission: str | None = None, limited: bool = True) -> StoredIssue:
        issue = self._store.find(key)
        if issue is None:
            raise no_issue()
        allowed = permission is None or self._store.site.may(permission, issue.project.key)
        if not self._store.options.may_edit or not allowed:
            raise Refusal(403, "You do not have permission to perform this operation.")
        self._writes += limited
        every = self._store.options.conflict_every
        if limited and every and self._writes % every == 0:
            raise Refusal(409, "The issue was changed by someone else at the same time. Please try again.")
        return issue

    def _check_assign(self, project: str, fields: Any, update: Any) -> None:
        """Refuse the assignee of somebody who may not assign, as a field that is not on the screen."""
        if "assignee" in {*mapping(fields), *mapping(update)} and not self._store.site.may("ASSIGN_ISSUES", project):
            text = "Field 'assignee' cannot be set. It is not on the appropriate screen, or unknown."
            raise Refusal(400, errors={"assignee": text})

    def _apply(self, issue: StoredIssue, values: dict[str, Any]) -> bool:
        author = self._accounts.show(self._accounts.myself.account_id)
        return change(self._store, self._renderer, issue, values, author)

    def _issue_type(self, project: site.Project, named: Any) -> site.IssueType:
        if not isinstance(named, dict) or not ({"id", "name"} & set(named)):
            raise Refusal(400, errors={"issuetype": "Specify an issue type"})
        for kind in (self._store.site.types[i] for i in project.types):
            if str(named.get("id", kind.id)) == kind.id and named.get("name", kind.name) == kind.name:
                return kind
        raise Refusal(400, errors={"issuetype": "The issue type selected is invalid."})


def settle_status(issue: StoredIssue, to: site.Status, values: dict[str, Any], store: IssueStore) -> dict[str, Any]:
    """Return the fields that a workflow step sets: a done status has a resolution, any other has none."""
    settled = {**values, "status": to.id}
    if to.category is site.DONE:
        default = "10002" if to.id in {site.CANCELLED.id, site.CANCELED.id} else "10000"
        settled["resolution"] = values.get("resolution") or issue.fields.get("resolution") or default
        settled["resolutiondate"] = issue.fields.get("resolutiondate") or store.clock.now()
    else:
        settled.update(resolution=None, resolutiondate=None)
    return settled
