"""Groups of the simulated site: who is in them, adding and removing people.

A group that an identity provider owns is read only here (`groups_read_only`).
"""

from __future__ import annotations

from typing import Any

from pfjira.sandbox.company import Account
from pfjira.sandbox.jira.accounts import Accounts, page_of
from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.jira.payload import json_object
from pfjira.sandbox.jira.refusal import Refusal
from pfjira.sandbox.wire import Reply, Request

GROUPS = {
    "276f955c-63d7-42c8-9520-92d01dca0625": "hr-onboarding",
    "6e87dc72-4f1f-421f-9382-2fee8b652487": "jira-software-users",
    "9fd0b3b5-6a0c-4a1e-8d0c-2f9b5b9c6d11": "it-staff",
    "c1a7e0f4-3b52-4d6e-9a54-7d1f0c8e2b90": "vpn-users",
}


class Groups:
    """The group endpoints; `members` holds account ids by group id."""

    def __init__(self, accounts: Accounts, options: JiraOptions) -> None:
        self._accounts = accounts
        self._options = options
        self.names = dict(GROUPS)
        self.members: dict[str, list[str]] = {group_id: [] for group_id in GROUPS}

    def members_of(self, name: str) -> list[str]:
        """Return the account ids in a group, by its name; KeyError when there is none."""
        return self.members[self._id(name)]

    def join(self, group: str, account_id: str) -> None:
        """Let an administrator put somebody into a group."""
        if account_id not in self.members_of(group):
            self.members_of(group).append(account_id)

    def leave(self, group: str, account_id: str) -> None:
        """Let an administrator take somebody out of a group; KeyError when nobody is there."""
        if account_id not in self.members_of(group):
            raise KeyError(account_id)
        self.members_of(group).remove(account_id)

    def close(self, group: str) -> None:
        """Let an administrator delete a group."""
        del self.members[self._id(group)], self.names[self._id(group)]

    def _id(self, name: str) -> str:
        found = next((i for i, n in self.names.items() if n == name), None)
        if found is None:
            raise KeyError(name)
        return found

    def bulk(self, request: Request) -> Reply:
        """Answer GET /group/bulk: groups by `groupId` or `groupName`, or all of them."""
        ids, names = request.query.get("groupId", []), request.query.get("groupName", [])
        found = [
            {"groupId": group_id, "name": name}
            for group_id, name in self.names.items()
            if not (ids or names) or group_id in ids or name in names
        ]
        return Reply(200, self._page("group/bulk", found, request))

    def list_members(self, request: Request) -> Reply:
        """Answer GET /group/member: at most 50 a page."""
        members = self.members[self._group(request)]
        shown = [self._accounts.user(a) for a in map(self._accounts.get, members) if a is not None]
        return Reply(200, self._page("group/member", shown, request))

    def add(self, request: Request) -> Reply:
        """Answer POST /group/user; 400 for somebody who is in the group already."""
        group_id = self._writable(request)
        account = self._account(json_object(request).get("accountId"))
        if account.account_id in self.members[group_id]:
            raise Refusal(400, "Cannot add user. The user is already a member of the group.")
        self.members[group_id].append(account.account_id)
        link = f"{self._options.base_url}/rest/api/3/group?groupId={group_id}"
        return Reply(201, {"name": self.names[group_id], "groupId": group_id, "self": link})

    def remove(self, request: Request) -> Reply:
        """Answer DELETE /group/user."""
        group_id = self._writable(request)
        account_id = self._account(request.first("accountId")).account_id
        if account_id not in self.members[group_id]:
            raise Refusal(400, "Cannot remove user. The user is not a member of the group.")
        self.members[group_id].remove(account_id)
        return Reply(200)

    def _account(self, account_id: Any) -> Account:
        if not account_id:
            raise Refusal(400, "The 'accountId' must be given.")
        account = self._accounts.get(account_id)
        if account is None:
            raise Refusal(404, "The user does not exist.")
        return account

    def _writable(self, request: Request) -> str:
        group_id = self._group(request)
        if self._options.groups_read_only:
            raise Refusal(403, "The group is managed by an identity provider and is read only.")
        return group_id

    def _group(self, request: Request) -> str:
        named = request.first("groupId"), request.first("groupname")
        if named == (None, None):
            raise Refusal(400, "Specify the group by 'groupId'.")
        for group_id, name in self.names.items():
            if named[0] == group_id or (named[0] is None and named[1] == name):
                return group_id
        raise Refusal(404, "The group does not exist.")

    def _page(self, path: str, found: list[dict[str, Any]], request: Request) -> dict[str, Any]:
        start, size = page_of(request, 50, 50)
        return {
            "self": f"{self._options.base_url}/rest/api/3/{path}?startAt={start}&maxResults={size}",
            "maxResults": size,
            "startAt": start,
            "total": len(found),
            "isLast": start + size >= len(found),
            "values": found[start : start + size],
        }
