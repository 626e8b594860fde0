"""Who is who on the site: accounts by address, and who may be assigned.

It hands back all that the site offers and decides nothing: which account is a person's is a matter of the rules for
people, and a wrong guess assigns work to a stranger.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import TypeVar

from pfjira.connectors.crew import side_by_side
from pfjira.connectors.http import Api
from pfjira.connectors.jira import codec
from pfjira.engine.model import Account, Finding
from pfjira.errors import ConnectorError, Missing, Rejected

T = TypeVar("T")


class Accounts:
    """User search, one request a person, several at once."""

    def __init__(self, api: Api, concurrency: int) -> None:
        """Search through this interface with so many threads."""
        self._api = api
        self._concurrency = concurrency

    def find(self, emails: Collection[str]) -> dict[str, list[Account]]:
        """Return all accounts that the site offers for each full address.

        A hidden address still matches when it is complete, and is then not shown (reference section 8).
        """
        addresses = sorted({email for email in emails if email.strip()})
        return dict(zip(addresses, self._all(self._offered, addresses), strict=True))

    def one(self, account_id: str) -> Account | None:
        """Return an account by id, whether active or not; None where the site knows none (reference section 8)."""
        try:
            row = self._api.get("user", {"accountId": account_id}, right="browse users and groups")
        except (Missing, Rejected):  # no such account, or nothing that the site takes as an id
            return None
        account = self._read([row], "user")[0]
        return account if account.account_id == account_id else None

    def assignable(self, project: str, account_ids: Collection[str]) -> frozenset[str]:
        """Return those of the accounts that may be assigned issues of the project (reference 4.2)."""
        asked = sorted(set(account_ids))
        answers = self._all(lambda account_id: self._may_be_assigned(project, account_id), asked)
        return frozenset(account_id for account_id, yes in zip(asked, answers, strict=True) if yes)

    def check(self, own_email: str) -> Iterator[Finding]:
        """Look whether people can be found at all: without the right, Jira shows nobody instead of refusing."""
        try:
            found = bool(self._offered(own_email))
        except ConnectorError as error:
            yield Finding("Jira people", False, str(error), error.hint)
            return
        detail = "can be found" if found else "the user search finds nobody, not even the login's own account"
        yield Finding("Jira people", found, detail, "" if found else "grant it the right Browse users and groups")

    def _offered(self, email: str) -> list[Account]:
        said = "user/search"
        rows = self._api.get(said, {"query": email, "maxResults": 50}, right="browse users and groups")
        return self._read(rows, said)

    def _may_be_assigned(self, project: str, account_id: str) -> bool:
        said = "user/assignable/search"
        try:
            rows = self._api.get(said, {"project": project, "accountId": account_id})
        except (Missing, Rejected):  # an account that is gone, or that the site does not take as one
            return False
        return any(account.account_id == account_id for account in self._read(rows, said))

    def _read(self, rows: object, said: str) -> list[Account]:
        if not isinstance(rows, list):
            raise self._api.unexpected(f"GET {said}", "an answer that is no list")
        try:
            return [codec.account(row) for row in rows]
        except codec.Misshapen as error:
            raise self._api.unexpected(f"GET {said}", str(error)) from None

    def _all(self, ask: Callable[[str], T], names: Collection[str]) -> Iterable[T]:
        # The first error ends it: a login that was withdrawn gets no second knock.
        return side_by_side(ask, list(names), crew=self._concurrency)
