"""What people do in Jira's own pages, for tests and the demo: no screens, no rate limits, another author.

A person may do what the API's caller may not; the store's own laws (history, index, `updated`) hold all the same.
"""

from __future__ import annotations

from typing import Any

from pfjira.sandbox.jira import adf, site
from pfjira.sandbox.jira.accounts import Accounts
from pfjira.sandbox.jira.admins import Admins
from pfjira.sandbox.jira.configuration import Site
from pfjira.sandbox.jira.history import change
from pfjira.sandbox.jira.parts import IssueParts
from pfjira.sandbox.jira.render import Renderer
from pfjira.sandbox.jira.store import IssueStore, StoredIssue
from pfjira.sandbox.jira.writes import settle_status


class Hands:
    """Acts of a person on one issue; those of administrators are handed to `Admins`."""

    def __init__(
        self, store: IssueStore, accounts: Accounts, renderer: Renderer, parts: IssueParts, admins: Admins
    ) -> None:
        self._admins = admins
        self._store = store
        self._accounts = accounts
        self._renderer = renderer
        self._parts = parts

    def act(self, verb: str, *, key: str = "", by: str | None = None, **args: Any) -> Any:
        """Do `verb` to the issue `key` and return it; `by` is the account id of the person.

        transition(to, resolution=None), edit(field, value), labels(add=(), remove=()), assign(account_id or email),
        comment(text), move(project), delete(), create(project, summary, type, **stored fields). The verbs of `Admins`
        need no issue and return what they return there.
        """
        if verb in self._admins.verbs:
            return self._admins.verbs[verb](**args)
        who = by or self._someone()
        if verb == "create":
            return self._create(who, **args)
        issue = self._store.stored(key)
        if issue is None:
            raise KeyError(key)
        match verb:
            case "transition":
                self._transition(issue, who, **args)
            case "edit":
                self._set(issue, who, {args["field"]: self._stored(args["field"], args["value"])})
            case "labels":
                kept = set(issue.fields.get("labels", ())) | set(args.get("add", ()))
                self._set(issue, who, {"labels": tuple(sorted(kept - set(args.get("remove", ()))))})
            case "assign":
                self._set(issue, who, {"assignee": self._account(**args)})
            case "comment":
                content = [{"type": "paragraph", "content": [{"type": "text", "text": args["text"]}]}]
                self._parts.add_comment(issue, {"type": "doc", "version": 1, "content": content}, {}, who)
                self._store.touch(issue)
            case "move":
                self._store.move(issue, self._store.site.projects[args["project"]])
            case "delete":
                self._store.delete(issue)
            case _:
                raise ValueError(f"nobody can do {verb!r} to an issue")
        return issue

    def _transition(self, issue: StoredIssue, who: str, to: str, resolution: str | None = None) -> None:
        statuses = self._store.site.statuses
        named = {s.name.casefold(): s for s in statuses.values()} | statuses
        values = {"resolution": self._stored("resolution", resolution)} if resolution else {}
        self._set(issue, who, settle_status(issue, named[to.casefold()], values, self._store))

    def _create(self, who: str, project: str, summary: str, type: str = "Task", **fields: Any) -> StoredIssue:
        stored = {
            "status": self._store.site.projects[project].initial.id,
            "priority": site.DEFAULT_PRIORITY,
            "labels": (),
            "reporter": who,
            "summary": summary,
            "issuetype": self._stored("issuetype", type),
        }
        stored.update((name, self._stored(name, value)) for name, value in fields.items())
        return self._store.create(self._store.site.projects[project], stored, who, {})

    def _stored(self, field: str, value: Any) -> Any:
        return stored_value(self._store.site, field, value)

    def _set(self, issue: StoredIssue, who: str, values: dict[str, Any]) -> None:
        change(self._store, self._renderer, issue, values, self._accounts.show(who))
        self._store.touch(issue)

    def _account(self, account_id: str | None = None, email: str | None = None) -> str | None:
        if email is None:
            return account_id
        return next(a.account_id for a in self._accounts.everyone() if a.email == email)

    def _someone(self) -> str:
        me = self._accounts.myself
        return next((a.account_id for a in self._accounts.everyone() if a.active and a is not me), me.account_id)


def stored_value(configuration: Site, field: str, value: Any) -> Any:
    """Return a value as the store keeps it, from the words a person would use (`Kyiv`, `Done`, a plain text)."""
    spec = configuration.fields[field]
    choices = {
        "resolution": site.RESOLUTIONS,
        "priority": site.PRIORITIES,
        "issuetype": {t.id: t.name for t in configuration.types.values()},
        "option": dict(spec.options),
    }.get(spec.type)
    if value is None or choices is not None:
        return next((i for i, text in (choices or {}).items() if value in {i, text}), None)
    if spec.type == "array":
        return tuple(sorted(value))
    if field in {"description", "environment"} and isinstance(value, str):
        return adf.document(value)
    if spec.type == "user" and isinstance(value, dict):
        return value.get("accountId")
    return value
