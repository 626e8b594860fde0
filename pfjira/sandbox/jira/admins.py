"""What administrators do to a running site, for tests and the demo: accounts, groups, configuration, rights.

`Hands` is for people at issues; here nothing is done to an issue except what the site does to all of them by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pfjira.sandbox.company import Account, Company
from pfjira.sandbox.jira.accounts import Accounts
from pfjira.sandbox.jira.groups import Groups
from pfjira.sandbox.jira.store import IssueStore


class Admins:
    """The acts of administrators by name, in `verbs`."""

    def __init__(self, store: IssueStore, company: Company, accounts: Accounts, groups: Groups) -> None:
        self._store = store
        self._company = company
        self._accounts = accounts
        self._groups = groups
        self._opened = 0
        configured = store.site
        self.verbs: dict[str, Callable[..., Any]] = {
            "add_account": self.add_account,
            "edit_account": self.edit_account,
            "remove_account": self.remove_account,
            "add_to_group": groups.join,
            "remove_from_group": groups.leave,
            "remove_group": groups.close,
            "rename_status": configured.rename_status,
            "rename_field": configured.rename_field,
            "rename_option": configured.rename_option,
            "remove_option": self.remove_option,
            "require_field": configured.require_field,
            "remove_field": configured.remove_field,
            "remove_type": configured.remove_type,
            "remove_request_type": configured.remove_request_type,
            "remove_project": self.remove_project,
            "hide_project": configured.hide_project,
            "remove_transition": configured.remove_transition,
            "screen_field": configured.screen_field,
            "revoke": configured.revoke,
            "grant": configured.grant,
        }

    def add_account(
        self,
        display_name: str,
        email: str,
        email_hidden: bool = False,
        active: bool = True,
        assignable: bool = True,
        account_type: str = "atlassian",
    ) -> str:
        """Open an account and return its id."""
        self._opened += 1
        account_id = f"712020:00000000-0000-4000-8000-{self._opened:012d}"
        self._company.accounts.append(
            Account(account_id, display_name, email, email_hidden, active, account_type, assignable)
        )
        return account_id

    def edit_account(self, account_id: str, **members: Any) -> None:
        """Change members of an account: `email`, `email_hidden`, `active`, `assignable`, `display_name` and so on."""
        account = self._account(account_id)
        for name, value in members.items():
            if name == "account_id" or not hasattr(account, name):
                raise ValueError(f"an account has no {name!r} to change")
            setattr(account, name, value)

    def remove_account(self, account_id: str) -> None:
        """Delete an account; issues go on naming its id, the groups do not."""
        self._company.accounts.remove(self._account(account_id))
        self._accounts.forget()
        for members in self._groups.members.values():
            if account_id in members:
                members.remove(account_id)

    def remove_option(self, field: str, option: str) -> None:
        """Take an option of a select field away; the issues that had it have none."""
        gone = self._store.site.remove_option(field, option)
        for issue in self._store.issues.values():
            if issue.fields.get(field) == gone:
                issue.fields[field] = None
                self._store.touch(issue, moves_updated=False)

    def remove_project(self, project: str) -> None:
        """Delete a project with its issues."""
        for issue in [i for i in self._store.issues.values() if i.project.key == project]:
            self._store.delete(issue)
        self._store.site.remove_project(project)

    def _account(self, account_id: str) -> Account:
        found = self._accounts.get(account_id)
        if found is None:
            raise KeyError(account_id)
        return found
