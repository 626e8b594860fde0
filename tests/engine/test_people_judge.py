"""Who is who: only one active account with the same visible address is a person."""

from __future__ import annotations

import pytest

from pfjira.engine.model import Account
from pfjira.engine.people import Doubt, Match, judge

MAIL = "ann@example.com"
ANN = Account("a1", active=True, kind="atlassian", email=MAIL)
TWIN = Account("a2", active=True, kind="atlassian", email=MAIL)
LEFT = Account("a3", active=False, kind="atlassian", email=MAIL)
SHY = Account("a4", active=True, kind="atlassian", email=None)
SHY_LEFT = Account("a5", active=False, kind="atlassian", email=None)
OTHER = Account("a6", active=True, kind="atlassian", email="anna@example.com")
ROBOT = Account("a7", active=True, kind="app", email=MAIL)
CUSTOMER = Account("a8", active=True, kind="customer", email=MAIL)
SHY_CUSTOMER = Account("a9", active=True, kind="customer", email=None)


@pytest.mark.parametrize(
    "offered",
    [(ANN,), (ANN, LEFT), (LEFT, ANN), (ANN, SHY), (OTHER, ANN), (ANN, ROBOT), (CUSTOMER, ANN, SHY_LEFT)],
)
def test_the_one_active_account_with_the_address_is_the_person(offered: tuple[Account, ...]) -> None:
    """Whatever else a search offers, and in whatever order."""
    assert Match("a1") == judge(MAIL, offered)


@pytest.mark.parametrize("email", ["ANN@example.com", "ann@Example.COM"])
def test_the_case_of_an_address_does_not_matter(email: str) -> None:
    """Two systems write the same address as they like."""
    assert Match("a1") == judge(email, (ANN,))


@pytest.mark.parametrize(
    ("email", "offered", "doubt"),
    [
        (None, (ANN,), Doubt.NO_EMAIL),
        ("", (SHY,), Doubt.NO_EMAIL),
        (MAIL, (), Doubt.NO_ACCOUNT),
        (MAIL, (OTHER,), Doubt.NO_ACCOUNT),
        (MAIL, (ROBOT, CUSTOMER), Doubt.NO_ACCOUNT),
        (MAIL, (SHY_CUSTOMER,), Doubt.NO_ACCOUNT),
        (MAIL, (SHY_LEFT,), Doubt.NO_ACCOUNT),
        (MAIL, (SHY,), Doubt.HIDDEN),
        (MAIL, (OTHER, SHY), Doubt.HIDDEN),
        (MAIL, (LEFT,), Doubt.INACTIVE),
        (MAIL, (LEFT, SHY), Doubt.INACTIVE),
        (MAIL, (ANN, TWIN), Doubt.SEVERAL),
        (MAIL, (ANN, LEFT, TWIN), Doubt.SEVERAL),
    ],
)
def test_whatever_is_not_certain_is_a_doubt(email: str | None, offered: tuple[Account, ...], doubt: Doubt) -> None:
    """Never the first hit, never a guess: no account, and the reason for the review list."""
    match = judge(email, offered)

    assert (None, doubt) == (match.account_id, match.doubt)


def test_a_doubt_suggests_the_accounts_that_may_be_meant() -> None:
    """Those whose address fits, or that hide it; robots and customers never."""
    offers = ((ANN, TWIN, ROBOT), (LEFT, SHY), (OTHER, SHY, SHY_CUSTOMER), (OTHER, ROBOT))

    assert [("a1", "a2"), ("a3",), ("a4",), ()] == [judge(MAIL, offered).suggested for offered in offers]
