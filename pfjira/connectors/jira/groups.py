"""Groups of the site: putting accounts in and taking them out.

Both are safe to repeat. The API does not say how it answers for somebody who is in already, or not in at all, so after
a refusal the members are read, and only they decide. Groups that an identity provider owns refuse every change.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pfjira.connectors.http import Api
from pfjira.connectors.jira import codec
from pfjira.connectors.jira.paging import rows
from pfjira.errors import ConnectorError, Missing, Rejected, Unauthorized, Unavailable

PAGE = 50
"""Members in one answer, the most there is (reference section 8)."""
RIGHT = "site administration, and a group that no identity provider owns"

_LOOK = "browse users and groups"


class Groups:
    """Group membership."""

    def __init__(self, api: Api) -> None:
        """Read and write through this interface."""
        self._api = api

    def id_of(self, name: str) -> str:
        """Return the id of a group by name or id. Raise Rejected when there is none."""
        for member in ("groupName", "groupId"):
            try:
                found = list(self._listed({member: name}))
            except (Missing, Rejected):  # what is no id at all may be refused as one
                continue
            for row in found:
                if name in (row.get("name"), row.get("groupId")) and row.get("groupId"):
                    return str(row["groupId"])
        hint = "see the group's name in Jira"
        raise Rejected(f"jira: the site has no group {name}", status=0, hint=hint, system="jira")

    def names(self) -> list[str]:
        """Return the names of all groups that this login sees."""
        return [str(row.get("name")) for row in self._listed({})]

    def add(self, group_id: str, account_id: str) -> None:
        """Put an account into a group; nothing when it is in already. Raise Rejected, Forbidden."""
        said, body = "group/user", {"accountId": account_id}
        params = {"groupId": group_id}
        answer = self._api.write(
            "POST", said, body, params=params, repeatable=True, accept=(400, 404), any_body=True, right=RIGHT
        )
        if answer.status >= 400 and not self._is_in(group_id, account_id):
            raise self._api.rejected(f"POST {said}", answer.status, answer.json, [body, group_id])

    def remove(self, group_id: str, account_id: str) -> None:
        """Take an account out of a group; nothing when it is not in. Raise Rejected, Forbidden."""
        said, params = "group/user", {"groupId": group_id, "accountId": account_id}
        answer = self._api.write(
            "DELETE", said, params=params, repeatable=True, accept=(400, 404), any_body=True, right=RIGHT
        )
        if answer.status >= 400 and self._is_in(group_id, account_id) is not False:
            raise self._api.rejected(f"DELETE {said}", answer.status, answer.json, [group_id, account_id])

    def _is_in(self, group_id: str, account_id: str) -> bool | None:
        """Say whether an account is a member; None where that cannot be told."""
        params = {"groupId": group_id, "includeInactiveUsers": "true"}
        said = "group/member"
        try:
            members = rows(self._api, said, said, size=PAGE, params=params, right=_LOOK)
            return any(row.get("accountId") == account_id for row in members)
        except (Unavailable, Unauthorized):
            raise
        except ConnectorError:
            return None

    def _listed(self, params: dict[str, str]) -> Iterator[dict[str, Any]]:
        return (
            row
            for row in rows(self._api, "group/bulk", "group/bulk", size=PAGE, params=params, right=_LOOK)
            if codec.member(row, "name") is not None
        )
