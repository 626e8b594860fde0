"""The invented company: the same for the same seed, believable, and cheap to build."""

from __future__ import annotations

import time
from collections import Counter
from itertools import pairwise

import pytest

from pfjira.sandbox.company import Company, build_company, is_it


@pytest.fixture(scope="module")
def company() -> Company:
    """Build a company of the usual size."""
    return build_company(200, 300, 60, 7)


def test_a_seed_gives_one_company() -> None:
    """Equal seeds are equal to the letter, others differ."""
    assert build_company(50, 40, 10, 7) == build_company(50, 40, 10, 7)
    assert build_company(50, 40, 10, 7) != build_company(50, 40, 10, 8)


def test_a_seventh_of_the_people_is_in_it(company: Company) -> None:
    """By address, as the default rule looks at it."""
    share = sum(map(is_it, company.people)) / len(company.people)

    assert 0.12 < share < 0.18
    assert {"it.example.com", "example.com"} == {(person.email or "").split("@")[1] for person in company.people}


def test_addresses_and_ids_are_unique(company: Company) -> None:
    """Namesakes get different addresses."""
    assert 200 == len({person.email for person in company.people}) == len({person.id for person in company.people})
    assert len(company.accounts) == len({account.account_id for account in company.accounts})


def test_most_open_tasks_are_for_it(company: Company) -> None:
    """The default rule takes most tasks, and leaves some of every other sort."""
    tasks = [task for task in company.tasks if not task["completed"]]
    addresses = [str(task["assigned_to"]["email"]) for task in tasks if isinstance(task["assigned_to"], dict)]

    assert (300, 60) == (len(tasks), len(company.tasks) - len(tasks))
    assert 0.75 < sum(address.endswith("@it.example.com") for address in addresses) / len(tasks) < 0.92
    assert len(addresses) < len(tasks)
    assert any(task["ends_on"] is None for task in tasks)
    assert any(task["description"] is None for task in tasks)
    assert any(str(task["title"]).startswith("[draft] ") for task in tasks)


def test_tasks_look_lived_in(company: Company) -> None:
    """Ids and times ascend together; the texts vary."""
    assert all(str(a["created_at"]) < str(b["created_at"]) for a, b in pairwise(company.tasks))
    assert len({task["description"] for task in company.tasks}) > 50
    subjects = {
        task["associated_to"]["type"] if isinstance(task["associated_to"], dict) else None for task in company.tasks
    }
    assert {"Employee", "Candidate", None} == subjects


def test_some_it_people_cannot_be_found_or_assigned(company: Company) -> None:
    """One at least of each awkward sort, among people with open tasks, and few in all."""
    accounts = Counter(account.email for account in company.accounts)
    by_email = {account.email: account for account in company.accounts}
    people = {person.id: person for person in company.people}
    found = {kind: [by_email.get(people[one].email or "") for one in ids] for kind, ids in company.irregular.items()}

    assert [None] == found["no_account"]
    assert [True] == [account is not None and account.email_hidden for account in found["hidden_email"]]
    assert [False] == [account is None or account.active for account in found["inactive"]]
    assert [False] == [account is None or account.assignable for account in found["not_assignable"]]
    assert [2] == [accounts[people[one].email or ""] for one in company.irregular["twice"]]
    assert sum(map(len, company.irregular.values())) <= 0.03 * len(company.people)


def test_our_own_account_is_there(company: Company) -> None:
    """The program's login is a person's account, active and assignable."""
    own = next(account for account in company.accounts if account.email == "sync@example.com")

    assert ("atlassian", True, True) == (own.account_type, own.active, own.assignable)


@pytest.mark.parametrize("people", [0, 1, 2, 3, 10])
def test_small_companies_exist(people: int) -> None:
    """A company without people has no tasks; any other has the number asked for."""
    company = build_company(people, 5, 1, 7)

    assert (people, 6 if people else 0) == (len(company.people), len(company.tasks))


def test_a_large_company_is_built_in_seconds() -> None:
    """A fifth of the largest size; the cost is linear."""
    started = time.perf_counter()
    company = build_company(10_000, 10_000, 0, 7)

    assert time.perf_counter() - started < 3
    assert max(Counter(account.email for account in company.accounts if account.email).values()) == 2
