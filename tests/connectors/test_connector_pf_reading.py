"""What each reading costs: only the kinds and names that are asked for cause requests."""

from __future__ import annotations

from collections.abc import Collection

import httpx
import pytest
from peopleforce_fake import FakePeopleForce, absences, asset, assignment, company, employee, leave, read

from pfjira.connectors.peopleforce.connector import PeopleForce
from pfjira.engine.model import Record, Ref
from pfjira.errors import BadReply, Missing, Unavailable

LISTED = {"full_name", "email", "department.name", "reporting_to.email", "gender", "hired_on", "episode", "gone"}
DETAIL = {"fields.github", "employee_number", "mobile_number", "updated_at", "termination_effective_on"}


def made_whole(peopleforce: PeopleForce, kind: str, paths: Collection[str]) -> list[Record]:
    """Return all records of a kind, completed one by one where they must be."""
    return [record if record.whole else peopleforce.whole(record, paths) for record in read(peopleforce, kind, paths)]


def test_listed_names_cost_list_pages_only() -> None:
    """120 people are three pages, whatever is read of what rows show."""
    fake = company(120)

    records = made_whole(fake.connect(), "employee", LISTED)

    assert (120, {True}, ["GET employees?status=all"] * 3) == (
        len(records),
        {record.whole for record in records},
        fake.asked,
    )


@pytest.mark.parametrize("path", sorted(DETAIL))
def test_a_name_that_rows_lack_costs_a_read_for_each_person(path: str) -> None:
    """And no more than one."""
    fake = company(4)

    records = made_whole(fake.connect(), "employee", {*LISTED, path})

    assert (4, 5) == (fake.count("GET employees/"), len(fake.asked))
    assert "not-a-real-user" == records[0].fields["fields"]["github"]


def test_the_status_comes_from_the_listing() -> None:
    """Four listings, no single read; the leavers' full rows tell who never began."""
    fake = company(3)
    fake.people[4] = employee(4, status="terminated", termination_effective_on="2024-03-01")

    records = made_whole(fake.connect(), "employee", {"status"})

    assert ["hired", "employed", "terminated", "withdrawn"] == [record.fields["status"] for record in records]
    assert [
        "GET employees?status=hired",
        "GET employees?status=probation",
        "GET employees?status=employed",
        "GET employees/terminated",
    ] == fake.asked


def test_a_slim_row_of_a_leaver_does_not_tell_the_status() -> None:
    """Without the date he may as well be withdrawn, so he is read."""
    fake = company(2)
    slim = {"data": [{"id": 2, "full_name": "T", "hired_on": "2024-03-01"}]}
    fake.answers["GET employees/terminated"] = lambda request: httpx.Response(200, json=slim)
    peopleforce = fake.connect()

    [page] = [page for page in peopleforce.scan("employee", "terminated", {"status"}) if page.records]

    assert (False, "terminated") == (
        page.records[0].whole,
        peopleforce.whole(page.records[0], {"status"}).fields["status"],
    )


def test_leavers_rows_are_full() -> None:
    """Whoever left takes no single read, even for what slim rows lack."""
    fake = company(3)

    whole = [record.whole for record in read(fake.connect(), "employee", {"status", "fields.github"})]

    assert [False, False, True] == whole


@pytest.mark.parametrize(
    ("kind", "shown", "others"),
    [
        ("employee", "full_name status position gender episode", "fields.x created_at mobile_number employee_number"),
        ("position", "employee.email employee.status", "effective_on employee employee.fields.x"),
        ("termination", "gone employee.full_name", "effective_on reason.name employee.updated_at"),
        ("leave", "state policy.name employee.email employee.episode", "employee employee.status employee.hired_on"),
        ("assignment", "asset.name employee.id", "employee.email"),
        ("candidate", "application.stage employee_id", ""),
        ("team", "member.email", ""),
        ("task", "title assigned_to.email", ""),
    ],
)
def test_what_listings_show_is_known_beforehand(kind: str, shown: str, others: str) -> None:
    """The others take a read for each record."""
    fake = FakePeopleForce()

    listed = fake.connect().listed(kind, {*shown.split(), *others.split()})

    assert (frozenset(shown.split()), 0) == (listed, len(fake.asked))


@pytest.mark.parametrize(
    ("paths", "single_reads"),
    [({"effective_on"}, 0), ({"department.name", "employee.email"}, 0), ({"employee.fields.github"}, 1)],
)
def test_positions_are_read_person_by_person(paths: set[str], single_reads: int) -> None:
    """One read of the history, and one of the person only for what rows lack."""
    fake = company(1)
    fake.lists["employees/1/positions"] = [
        {"id": 5002, "effective_on": "2026-08-01"},
        {"id": 5001, "effective_on": "2024-03-01"},
    ]
    peopleforce = fake.connect()

    [row] = [record for page in peopleforce.scan("position", "all", paths) for record in page.records]
    whole = peopleforce.whole(row, paths)

    assert (Ref("peopleforce", "position", "1"), False, None) == (row.ref, row.whole, row.fields["rows"])
    assert (True, [5001, 5002], "p1@example.invalid") == (
        whole.whole,
        [one["id"] for one in whole.fields["rows"]],
        whole.fields["employee"]["email"],
    )
    assert (1, single_reads, 2 + single_reads) == (
        fake.count("GET employees/1/positions"),
        fake.asked.count("GET employees/1"),
        len(fake.asked),
    )


def test_a_person_without_a_history_is_a_contradiction() -> None:
    """404 of the history says that somebody is gone only when he is himself."""
    fake = company(2)
    peopleforce = fake.connect()
    rows = read(peopleforce, "position")

    with pytest.raises(BadReply):
        peopleforce.whole(rows[0], ())
    del fake.people[2]
    with pytest.raises(Missing):
        peopleforce.whole(rows[1], ())


def test_terminations_take_a_read_for_those_who_have_not_left() -> None:
    """Leavers' rows say it all; that there is none is a fact as well."""
    fake = company(3)
    fake.people[2].update(termination_effective_on="2026-12-31", termination_reason={"id": 62, "name": "Better offer"})

    records = made_whole(fake.connect(), "termination", {"effective_on", "reason.name", "comment"})

    assert [(None, None), ("2026-12-31", "Better offer"), ("2026-06-30", None)] == [
        (record.fields["effective_on"], record.fields["reason"]["name"]) for record in records
    ]
    assert (2, 1, {False}) == (
        fake.count("GET employees/") - 1,
        fake.count("GET employees/terminated"),
        {record.fields["gone"] for record in records},
    )


def test_leave_shows_the_names_of_its_person() -> None:
    """Which therefore cost nothing."""
    fake = absences(3, 6)

    records = made_whole(fake.connect(), "leave", {"state", "employee.full_name", "employee.email"})

    assert (6, ["GET leave_requests"]) == (len(records), fake.asked)


@pytest.mark.parametrize(
    ("paths", "lists", "singles"),
    [({"employee.department.name"}, 3, 0), ({"employee.department.name", "employee.status"}, 0, 120)],
)
def test_the_people_of_many_records_are_read_together(paths: set[str], lists: int, singles: int) -> None:
    """50 in one list request, or each once where only a full record shows it; never both."""
    fake = absences(120, 200)
    peopleforce = fake.connect()
    rows = read(peopleforce, "leave", paths)
    fake.asked.clear()

    records = peopleforce.join(rows, paths)

    assert [row.ref for row in rows] == [record.ref for record in records]
    assert {(True, "Sandbox Squad")} == {
        (record.whole, record.fields["employee"]["department"]["name"]) for record in records
    }
    assert (lists, singles) == (fake.count("GET employees?status=all&ids[]="), fake.count("GET employees/"))


def test_brackets_go_out_as_they_are_and_names_repeat() -> None:
    """As the reference has it: `ids[]=1&ids[]=2`."""
    fake = company(3)

    list(fake.connect().named("employee", ["1", "3", "1"]))

    assert ["GET employees?status=all&ids[]=1&ids[]=3"] == fake.asked


def test_whole_records_are_not_read_again() -> None:
    """Joining what is whole already costs nothing."""
    fake = absences(2, 2)
    peopleforce = fake.connect()
    rows = read(peopleforce, "leave", {"state"})
    fake.asked.clear()

    assert (rows, []) == (peopleforce.join(rows, {"state"}), fake.asked)


def test_a_person_whom_no_list_shows_is_read_by_id() -> None:
    """Absence from a list proves nothing; 404 by id does, and what the record showed of him stays."""
    fake = absences(2, 2)
    fake.lists["leave_requests"].append(leave(7000, 99))
    peopleforce = fake.connect()
    paths = {"employee.department.name"}

    gone = peopleforce.join(read(peopleforce, "leave", paths), paths)[-1].fields["employee"]

    assert (True, "Fakename 99", None, 1) == (
        gone["gone"],
        gone["last_name"],
        gone["department"]["name"],
        fake.count("GET employees/99"),
    )


def test_a_leave_without_its_person_is_no_whole_one() -> None:
    """When the row shows an id only, the names take a read."""
    fake = absences(1, 1)
    fake.lists["leave_requests"][0]["employee"] = None
    peopleforce = fake.connect()

    [record] = read(peopleforce, "leave", {"employee.full_name"})

    assert (False, "Testina Fakename 1") == (
        record.whole,
        peopleforce.whole(record, {"employee.full_name"}).fields["employee"]["full_name"],
    )


def test_assignments_are_found_inside_their_assets() -> None:
    """One record each; their total is told at the end, since the API counts assets."""
    fake = company(2)
    held = [asset(number, assignment(number * 10, number, 1)) for number in range(1, 61)]
    fake.lists["assets"] = [*held, asset(99), asset(100, assignment(8, 100, 1, "2026-01-01"), assignment(9, 100, 2))]
    peopleforce = fake.connect()

    pages = list(peopleforce.scan("assignment", "all", {"asset.code", "employee.id"}))
    records = [record for page in pages for record in page.records]

    assert ([(50, None), (12, 62)], True) == (
        [(len(page.records), page.count) for page in pages],
        all(record.whole for record in records),
    )
    assert ("FAKE-LT-100", 2, None) == (
        records[-1].fields["asset"]["code"],
        records[-1].fields["employee"]["id"],
        records[-1].fields["returned_on"],
    )
    assert "p2@example.invalid" == peopleforce.fetch(records[-1].ref, {"employee.email"}).fields["employee"]["email"]


def test_assets_that_do_not_add_up_prove_no_absence() -> None:
    """One is missing from the listing, perhaps with the assignment that is looked for."""
    fake = company(1)
    short = {"data": [asset(1)], "metadata": {"pages": 1, "count": 2}}
    fake.answers["GET assets"] = lambda request: httpx.Response(200, json=short)

    with pytest.raises(Unavailable):
        fake.connect().fetch(Ref("peopleforce", "assignment", "7"))


@pytest.mark.parametrize("past_end", ["first", "empty"])
def test_assets_without_counters_are_read_to_their_end(past_end: str) -> None:
    """Pages are told apart by their assets, though none of them is with anybody."""
    fake = company(1)
    pages = [[asset(number) for number in range(1, 51)], [asset(number) for number in range(51, 101)]]
    pages.append([asset(101, assignment(7, 101, 1))])

    def answer(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params["page"])
        rows = pages[number - 1] if number <= len(pages) else pages[0] if past_end == "first" else []
        return httpx.Response(200, json=rows)

    fake.answers["GET assets"] = answer

    assert (["7"], 4) == ([record.ref.id for record in read(fake.connect(), "assignment")], len(fake.asked))


@pytest.mark.parametrize("ignored", [True, False])
def test_a_history_that_has_pages_is_read_to_its_end(ignored: bool) -> None:
    """By its schema it has none; if it does, each row comes once, even where the page is ignored."""
    fake = company(1)

    def answer(request: httpx.Request) -> httpx.Response:
        number = 1 if ignored else int(request.url.params.get("page", 1))
        rows = [{"id": number, "effective_on": f"2024-03-0{number}"}]
        return httpx.Response(200, json={"data": rows, "metadata": {"pages": 2}})

    fake.answers["GET employees/1/positions"] = answer
    peopleforce = fake.connect()

    history = peopleforce.fetch(Ref("peopleforce", "position", "1")).fields["rows"]

    assert ([1] if ignored else [1, 2]) == [row["id"] for row in history]
