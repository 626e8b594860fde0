"""Finding what moved, what is named, and single records; and what happens to those that are gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from peopleforce_fake import FakePeopleForce, absences, asset, assignment, company, leave, read

from pfjira.connectors.base import Page
from pfjira.engine.model import Ref
from pfjira.errors import BadReply, Forbidden, Missing, Rejected, Unavailable

SINCE = datetime(2026, 5, 4, 11, 22, 33, 456000, tzinfo=UTC)


def answering(status: int, payload: Any = None) -> Callable[[httpx.Request], httpx.Response]:
    """Answer alike, whatever is asked."""
    return lambda request: httpx.Response(status, json=payload)


def rows_of(pages: Any) -> list[Page]:
    """Return the pages that something yields, which must not be None."""
    assert pages is not None
    return list(pages)


@pytest.mark.parametrize("kind", ["employee", "position", "termination"])
def test_people_who_moved_are_asked_for(kind: str) -> None:
    """In one listing of all; rows have no status, so whoever's rules read it gets no whole one."""
    fake = company(2)
    peopleforce = fake.connect()
    status = "status" if kind == "employee" else "employee.status"

    [page] = rows_of(peopleforce.moved(kind, SINCE, {status}))

    assert ([False, False], ["GET employees?status=all&updated_at[gte]=2026-05-04T11%3A22%3A33Z"]) == (
        [record.whole for record in page.records],
        fake.asked,
    )


@pytest.mark.parametrize("status", [400, 422])
def test_the_form_of_a_moment_that_is_taken_is_remembered(status: int) -> None:
    """ISO first, then the date (a day early), then Unix seconds; what was refused is not tried again."""
    fake = company(1)
    fake.answers["GET employees"] = lambda request: httpx.Response(
        200 if request.url.params["updated_at[gte]"].isdecimal() else status, json={"data": []}
    )
    peopleforce = fake.connect()

    for _ in range(2):
        rows_of(peopleforce.moved("employee", SINCE))

    forms = [asked.rpartition("=")[2] for asked in fake.asked]
    assert ["2026-05-04T11%3A22%3A33Z", "2026-05-03", "1777893753", "1777893753"] == forms


def test_a_moment_that_no_form_satisfies_is_refused() -> None:
    """And another refusal is not mistaken for one of the form."""
    fake = company(1)
    peopleforce = fake.connect()
    for status, error in ((422, Rejected), (403, Forbidden)):
        fake.answers["GET employees"] = answering(status)
        with pytest.raises(error):
            rows_of(peopleforce.moved("employee", SINCE))

    assert 4 == len(fake.asked)


def test_leave_that_moved_is_asked_for_in_seconds() -> None:
    """One earlier, since the bound is a strict one."""
    fake = absences(1, 1)

    pages = rows_of(fake.connect().moved("leave", SINCE))

    assert (1, [f"GET leave_requests?updated_at[gt]={int(SINCE.timestamp()) - 1}"]) == (len(pages), fake.asked)


def test_what_has_no_filter_for_changes_says_so() -> None:
    """Tasks, teams and assignments need a sweep; nothing is asked."""
    fake = FakePeopleForce()
    peopleforce = fake.connect()

    assert ([None] * 3, []) == ([peopleforce.moved(kind, SINCE) for kind in ("task", "team", "assignment")], fake.asked)


@pytest.mark.parametrize(
    ("kind", "listing"), [("leave", "leave_requests"), ("candidate", "recruitment/candidates"), ("team", "teams")]
)
def test_named_records_are_found(kind: str, listing: str) -> None:
    """Absent ones are absent, impossible ids too; where there is no read by id the listing is sifted."""
    fake = company(1)
    fake.lists[listing] = [leave(number, 1) if kind == "leave" else {"id": number} for number in (1, 2, 3)]

    pages = list(fake.connect().named(kind, ["3", "8", "1", "a/b"]))

    found = {record.ref.id for page in pages for record in page.records}
    assert ({"1", "3"}, 1 if kind == "team" else 3) == (found, len(fake.asked))


def test_named_people_come_fifty_at_a_time() -> None:
    """120 people are three requests; somebody else in the answer is left out."""
    fake = company(130)
    peopleforce = fake.connect()

    pages = list(peopleforce.named("employee", [str(number) for number in range(1, 121)]))

    assert ([50, 50, 20], 3) == ([len(page.records) for page in pages], len(fake.asked))


def test_a_filter_that_is_ignored_misleads_nobody() -> None:
    """Everybody comes, only those named are shown."""
    fake = company(3)
    rows = {"data": list(fake.people.values())}
    fake.answers["GET employees"] = answering(200, rows)

    pages = list(fake.connect().named("employee", ["2"]))

    assert ["2"] == [record.ref.id for page in pages for record in page.records]


@pytest.mark.parametrize("kind", ["employee", "position", "termination", "leave", "candidate", "team", "assignment"])
def test_one_record_is_read_by_id_or_is_missing(kind: str) -> None:
    """By a read of its own, or by a sweep that adds up."""
    fake = absences(1, 1)
    fake.lists |= {
        "employees/1/positions": [{"id": 5, "effective_on": "2024-03-01"}],
        "recruitment/candidates": [{"id": 1}],
        "teams": [{"id": 1}],
        "assets": [asset(3, assignment(1, 3, 1))],
    }
    fake.lists["leave_requests"][0]["id"] = 1
    peopleforce = fake.connect()

    record = peopleforce.fetch(Ref("peopleforce", kind, "1"))

    assert (Ref("peopleforce", kind, "1"), True, False) == (record.ref, record.whole, record.fields["gone"])
    for number in ("404", "no-number/../7"):
        with pytest.raises(Missing):
            peopleforce.fetch(Ref("peopleforce", kind, number))


def test_a_position_of_somebody_unknown_so_far_reads_him_when_asked() -> None:
    """By id there is no row yet: the person is read only when a rule reads him."""
    fake = company(1)
    fake.lists["employees/1/positions"] = [{"id": 5, "effective_on": "2024-03-01"}]
    peopleforce = fake.connect()
    ref = Ref("peopleforce", "position", "1")

    emails = [peopleforce.fetch(ref, paths).fields["employee"]["email"] for paths in ((), ("employee.email",))]

    assert ([None, "p1@example.invalid"], 1) == (emails, fake.asked.count("GET employees/1"))


def test_who_is_gone_does_not_spoil_the_others() -> None:
    """Joined, he is an empty shell; alone, he is Missing."""
    fake = company(3)
    peopleforce = fake.connect()
    rows = read(peopleforce, "employee", {"updated_at"})
    del fake.people[2]

    assert [False, True, False] == [record.fields["gone"] for record in peopleforce.join(rows, {"updated_at"})]
    with pytest.raises(Missing):
        peopleforce.whole(rows[1], {"updated_at"})


def test_no_value_is_in_an_error() -> None:
    """Neither of a misshapen row nor of a refusal that quotes it."""
    fake = company(1)
    peopleforce = fake.connect()
    quoted = {"message": "Secretname secret@example.invalid is wrong", "data": [{"email": "secret@example.invalid"}]}
    for status in (200, 500, 404):
        fake.answers["GET employees"] = answering(status, quoted)
        with pytest.raises((BadReply, Unavailable, Missing)) as caught:
            read(peopleforce, "employee")
        assert "secret" not in f"{caught.value} {caught.value.hint}".casefold()
