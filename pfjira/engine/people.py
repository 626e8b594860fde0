"""Who is who: whether the accounts a site offers for an e-mail address prove that a person is one of them.

E-mail only discovers; the pair is stored for good afterwards. Never the first hit, never a guess: whatever is not
certain goes to the review list with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pfjira.engine.model import Account


class Doubt(StrEnum):
    """Why a person could not be matched; the text is the sentence that the review list shows."""

    NO_EMAIL = "PeopleForce shows no e-mail address for this person"
    NO_ACCOUNT = "no Atlassian account with this e-mail address"
    HIDDEN = "an account was offered, but it hides its e-mail address, so it cannot be confirmed"
    INACTIVE = "the only account with this e-mail address is deactivated"
    SEVERAL = "several active accounts share this e-mail address"
    NOT_ASSIGNABLE = "the account may not be assigned issues in this project"
    NO_RIGHT = "the login may not look people up in Jira (Browse users and groups)"
    NOT_ASKED = "not looked up yet"


@dataclass(frozen=True, slots=True)
class Match:
    """The outcome of a look-up: an account, or a doubt."""

    account_id: str | None
    doubt: Doubt | None = None


def judge(email: str | None, offered: Sequence[Account]) -> Match:
    """Return the one active account of a person whose visible address equals the e-mail, or the doubt."""
    if not email:
        return Match(None, Doubt.NO_EMAIL)
    people = [account for account in offered if account.kind == "atlassian"]
    exact = [
        account for account in people if account.email is not None and account.email.casefold() == email.casefold()
    ]
    active = [account for account in exact if account.active]
    if len(active) == 1:
        return Match(active[0].account_id)
    if active:
        return Match(None, Doubt.SEVERAL)
    if exact:
        return Match(None, Doubt.INACTIVE)
    if any(account.email is None and account.active for account in people):
        return Match(None, Doubt.HIDDEN)
    return Match(None, Doubt.NO_ACCOUNT)
