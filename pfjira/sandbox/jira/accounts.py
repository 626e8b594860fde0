"""People of the simulated site: who they are, who may be assigned, and what user searches answer.

A hidden e-mail address must never appear in an answer, though the server itself matches on it.
"""

from __future__ import annotations

import re
from typing import Any

from pfjira.sandbox.company import Account, Company
from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.jira.refusal import Refusal
from pfjira.sandbox.wire import Reply, Request

_SCANNED = 1000
"""A user search looks at the first so many matching accounts only."""


class Accounts:
    """The accounts of the company, read anew when the list changes."""

    def __init__(self, company: Company, options: JiraOptions) -> None:
        self._company = company
        self._options = options
        self._by_id: dict[str, Account] = {}
        self._seen = -1
        found = next((a for a in company.accounts if a.email.casefold() == options.login.casefold()), None)
        self.myself = found or Account(
            "557058:5a9d0b0c-0000-4000-8000-000000000001", "HR sync", options.login, assignable=False
        )

    def get(self, account_id: object) -> Account | None:
        """Return an account by id."""
        if self._seen != len(self._company.accounts):
            self._by_id = {a.account_id: a for a in self.everyone()}
            self._seen = len(self._company.accounts)
        return self._by_id.get(account_id) if isinstance(account_id, str) else None

    def forget(self) -> None:
        """Read the list anew: somebody left it."""
        self._seen = -1

    def everyone(self) -> list[Account]:
        """Return all accounts of the site, inactive ones included."""
        others = self._company.accounts
        return list(others) if self.myself in others else [self.myself, *others]

    def may_be_assigned(self, account: Account) -> bool:
        """Say whether issues can be assigned to this account."""
        return account.active and account.assignable and account.account_type == "atlassian"

    def show(self, account_id: str | None) -> dict[str, Any] | None:
        """Return the user object of an account id, as it stands inside issues."""
        if account_id is None:
            return None
        account = self.get(account_id)
        return (
            self.user(account) if account else {"accountId": account_id, "active": False, "displayName": "Former user"}
        )

    def user(self, account: Account, locale: bool = False) -> dict[str, Any]:
        """Return the user object; without `emailAddress` when the person hides it."""
        base = self._options.base_url
        shown: dict[str, Any] = {
            "self": f"{base}/rest/api/3/user?accountId={account.account_id}",
            "accountId": account.account_id,
            "accountType": account.account_type,
            "avatarUrls": {f"{n}x{n}": f"{base}/avatar/{n}x{n}.png" for n in (16, 24, 32, 48)},
            "displayName": account.display_name,
            "active": account.active,
            "timeZone": account.time_zone,
        }
        if not account.email_hidden or account is self.myself:
            shown["emailAddress"] = account.email
        if locale:
            shown["locale"] = "en_US"
        return shown

    def search(self, request: Request) -> Reply:
        """Answer GET /user/search: active accounts whose name or e-mail words begin with `query`."""
        query, account_id = request.first("query"), request.first("accountId")
        if query is None and account_id is None and request.first("property") is None:
            raise Refusal(400, "The username or property query parameter must be provided")
        if not self._options.may_browse_users:
            return Reply(200, [])
        found = [a for a in self.everyone() if a.active and self._matches(a, query, account_id)][:_SCANNED]
        return Reply(200, self._page(request, found))

    def assignable(self, request: Request, project_known: bool) -> Reply:
        """Answer the two assignable searches, once the project is known to exist."""
        if not project_known:
            raise Refusal(404, "No project could be found with the key or id given.")
        query, account_id = request.first("query"), request.first("accountId")
        if not self._options.may_browse_users and account_id is None:
            return Reply(200, [])
        found = [a for a in self.everyone() if self.may_be_assigned(a) and self._matches(a, query or None, account_id)][
            :_SCANNED
        ]
        return Reply(200, self._page(request, found))

    def all_users(self, request: Request) -> Reply:
        """Answer GET /users/search: everyone, inactive ones included, at most 1,000 a page."""
        if not self._options.may_browse_users:
            return Reply(200, [])
        return Reply(200, self._page(request, self.everyone()))

    def one(self, request: Request) -> Reply:
        """Answer GET /user."""
        account = self.get(request.first("accountId"))
        if account is None:
            raise Refusal(404, "Specified user does not exist or you do not have required permissions")
        return Reply(200, self.user(account, locale=True))

    def bulk(self, request: Request) -> Reply:
        """Answer GET /user/bulk: pages of 10 unless told otherwise; unknown ids are left out."""
        wanted = request.query.get("accountId", [])
        if not wanted:
            raise Refusal(400, "The accountId query parameter must be provided")
        found = [a for a in (self.get(i) for i in dict.fromkeys(wanted)) if a is not None]
        start, size = page_of(request, 10, 200)
        values = found[start : start + size]
        return Reply(
            200,
            {
                "self": f"{self._options.base_url}/rest/api/3/user/bulk?accountId={wanted[0]}",
                "maxResults": size,
                "startAt": start,
                "total": len(found),
                "isLast": start + size >= len(found),
                "values": [self.user(a) for a in values],
            },
        )

    def _page(self, request: Request, found: list[Account]) -> list[dict[str, Any]]:
        start, size = page_of(request, 50, 1000)
        return [self.user(a, locale=True) for a in found[start : start + size]]

    @staticmethod
    def _matches(account: Account, query: str | None, account_id: str | None) -> bool:
        if account_id is not None:
            return account.account_id == account_id
        if query is None:
            return True
        text = query.casefold().strip()
        email = account.email.casefold()
        if email == text:  # the full address matches even when it is hidden
            return True
        words = re.split(r"[\s]+", account.display_name.casefold())
        starts = [" ".join(words[n:]) for n in range(len(words))]
        if not account.email_hidden:
            starts += [email, *re.split(r"[@.\-_+]", email)]
        return any(start.startswith(text) for start in starts)


def page_of(request: Request, size: int, limit: int) -> tuple[int, int]:
    """Return `startAt` and `maxResults` of a paged request."""
    try:
        start = int(request.first("startAt") or 0)
        wanted = int(request.first("maxResults") or size)
    except ValueError:
        raise Refusal(400, "The startAt and maxResults parameters must be numbers.") from None
    if start < 0 or wanted < 0:
        raise Refusal(400, "The startAt and maxResults parameters must not be negative.")
    return start, min(wanted, limit)
