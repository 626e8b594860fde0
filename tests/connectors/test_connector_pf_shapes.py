"""Every kind's codec: exactly the shape that rules know, whatever PeopleForce shows and however it spells it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from peopleforce_fake import asset, assignment, employee, leave

from pfjira.connectors.peopleforce import codec, codec_leave, codec_people
from pfjira.connectors.peopleforce.codec_recruiting import candidate
from pfjira.engine.kinds import ASSIGNMENT, CANDIDATE, EMPLOYEE, KINDS, LEAVE, OPEN, POSITION, TEAM, TERMINATION, Shape
from pfjira.engine.model import Ref

EMPTY = {"id": "7"}
NO_MEMBER = {name: inner for name, inner in TEAM.items() if name != "member"}
ONE_POSITION = {name: inner for name, inner in POSITION.items() if name != "employee"}


def outline(value: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """Return the names of an object and of those inside it, as far as the shape has objects."""
    inner = {name: shape.get(name) for name in value}
    return {
        name: "open" if below is OPEN else outline(value[name], below) if below else () for name, below in inner.items()
    }


def drawn(shape: Shape) -> dict[str, Any]:
    """Return what `outline` gives for a value of exactly this shape."""
    return {name: "open" if below is OPEN else drawn(below) if below else () for name, below in shape.items()}


def person(row: Any) -> Any:
    """Read a row as an employee."""
    return codec_people.employee(row)


def end(row: Any) -> Any:
    """Read a row as a termination."""
    return codec_people.person_record("termination", codec_people.employee(row)).fields


def first_position(row: Any) -> Any:
    """Read a row as somebody's only position."""
    return codec_people.positions([row])[0]


def only_assignment(row: Any) -> Any:
    """Read the one assignment of an asset that shows nothing else."""
    [record] = codec_leave.assignments({"id": 1, "asset_assignments": [row]})
    return record.fields


def members(row: Any) -> Any:
    """Read a team, its members apart."""
    return {name: value for name, value in codec.team(row).fields.items() if name != "members"}


@pytest.mark.parametrize("row", [EMPTY, {"id": 7, "fields": None, "employee": None, "team_lead": 3, "vacancy": "x"}])
@pytest.mark.parametrize(
    ("read", "shape"),
    [
        (person, EMPLOYEE),
        (end, TERMINATION),
        (first_position, ONE_POSITION),
        (lambda row: codec_leave.leave(row).fields, LEAVE),
        (only_assignment, ASSIGNMENT),
        (lambda row: candidate(row).fields, CANDIDATE),
        (members, NO_MEMBER),
    ],
    ids=["employee", "termination", "position", "leave", "assignment", "candidate", "team"],
)
def test_a_row_that_shows_nothing_fills_the_shape(read: Callable[[Any], Any], shape: Shape, row: Any) -> None:
    """Objects are there with all their members, so that no rule trips over an absent one."""
    fields = read(row)

    assert (drawn(shape), False, str(fields["id"])) == (outline(fields, shape), fields["gone"], "7")


def test_full_rows_fill_the_shape_too() -> None:
    """What the rules do not know is left out."""
    shown = [
        (EMPLOYEE, person(employee(9101))),
        (TERMINATION, end(employee(9101))),
        (LEAVE, codec_leave.leave(leave(6001, 9101)).fields),
        (ASSIGNMENT, next(codec_leave.assignments(asset(101, assignment(111, 101, 9101)))).fields),
    ]

    assert [drawn(shape) for shape, _ in shown] == [outline(fields, shape) for shape, fields in shown]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_shell_of_a_record_that_is_gone_has_the_shape(kind: str) -> None:
    """Its id, `gone`, and nothing else."""
    fields = codec.absent(Ref("peopleforce", kind, "7")).fields

    shape = {"team": NO_MEMBER, "position": {"rows": (), "employee": EMPLOYEE, "gone": ()}}.get(kind, KINDS[kind])
    known = {name: value for name, value in fields.items() if name not in ("members", "rows")}
    assert (True, {name: inner for name, inner in drawn(shape).items() if name != "rows"}) == (
        fields["gone"],
        outline(known, shape),
    )
    assert "7" == (fields["employee"] if kind == "position" else fields)["id"]


@pytest.mark.parametrize(
    ("shown", "plain"),
    [
        ({"value": "x"}, "x"),
        ({"value": None}, None),
        ({"value": None, "name": "Label"}, None),
        ("x", "x"),
        ({"value": 7}, 7),
        ({"value": "2.0"}, "2.0"),
        ({"value": False}, False),
        ({"value": {"id": 5, "name": "Red"}}, "Red"),
        ({"value": {"id": 5, "value": "Red"}}, "Red"),
        ({"value": {"id": 9, "full_name": "Bossy McFake", "email": None}}, "9"),
        ({"value": {"id": 9, "first_name": "Bossy"}}, "9"),
        ({"value": ["a", {"id": 1, "name": "b"}, None, ["c"]]}, ["a", "b"]),
        ([], []),
        ({}, None),
    ],
)
def test_a_custom_field_is_the_plain_value_behind_it(shown: Any, plain: Any) -> None:
    """Text, number, truth or a list of such: unwrapped, a person as id, a choice as its text."""
    assert {"f": plain} == person({"id": 1, "fields": {"f": shown}})["fields"]


@pytest.mark.parametrize(
    ("row", "name", "value"),
    [
        ({"employee_number": "N1"}, "employee_number", "N1"),
        ({"fields": {"employee_number": {"value": "N2"}}}, "employee_number", "N2"),
        ({"mobile_number": None, "fields": {"mobile_number": {"value": "+1"}}}, "mobile_number", "+1"),
        ({"mobile_number": "+2"}, "mobile_number", "+2"),
        ({"gender": "female"}, "gender", "female"),
        ({"gender": {"id": "female", "name": "Female"}}, "gender", "Female"),
        ({"position": "Engineer"}, "position", {"id": None, "name": "Engineer"}),
        ({"position": {"id": "701", "name": ""}}, "position", {"id": "701", "name": ""}),
        ({"first_name": "A", "last_name": "B"}, "full_name", "A B"),
        ({"first_name": "A", "last_name": None}, "full_name", "A"),
        ({"full_name": "A B"}, "first_name", None),
    ],
)
def test_an_employee_is_read_in_every_known_spelling(row: dict[str, Any], name: str, value: Any) -> None:
    """What a full record moves among the custom fields, text for objects, a full name from its parts."""
    assert value == person({"id": 1, **row})[name]


@pytest.mark.parametrize(
    ("ended", "hired", "status"),
    [
        ("2024-03-01", "2024-03-01", "withdrawn"),
        ("2024-02-01", "2024-03-01", "withdrawn"),
        ("2024-03-02", "2024-03-01", "terminated"),
        (None, "2024-03-01", "terminated"),
        ("2024-03-01", None, "terminated"),
    ],
)
def test_who_left_before_he_began_was_withdrawn(ended: Any, hired: Any, status: str) -> None:
    """Told by the two dates; without both he is a leaver."""
    row = {"id": 1, "status": "terminated", "termination_effective_on": ended, "hired_on": hired}

    assert status == person(row)["status"]


def test_a_termination_that_was_only_announced_withdraws_nobody() -> None:
    """PeopleForce's own status counts until it says terminated."""
    row = {"id": 1, "status": "hired", "termination_effective_on": "2024-02-01", "hired_on": "2024-03-01"}

    assert "hired" == person(row)["status"]


def test_positions_come_oldest_first_each_with_the_one_before() -> None:
    """By date, then by id as a number; the first has nothing before it."""
    place = {"department": {"id": 31, "name": "D", "parent_id": 3, "manager_id": 9}}
    rows = [
        {"id": 5010, "effective_on": "2026-08-01"},
        {"id": "502", "effective_on": "2026-08-01", **place},
        {"id": 7, "effective_on": "2024-03-01"},
    ]

    read = codec_people.positions(rows)

    assert [(7, True, None), ("502", False, 7), (5010, False, "502")] == [
        (row["id"], row["first"], row["prev"]["id"]) for row in read
    ]
    assert place["department"] == read[2]["prev"]["department"]


def test_a_leave_request_keeps_what_it_shows_of_the_person() -> None:
    """Id, names and address, the full name put together; of an unset comment nothing is left."""
    fields = codec_leave.leave(leave(6001, 9101)).fields

    known = {name: value for name, value in fields["employee"].items() if isinstance(value, str | int) and value}
    expected = {"id": 9101, "first_name": "Testina", "last_name": "Fakename 9101", "full_name": "Testina Fakename 9101"}
    assert ({**expected, "email": "p9101@example.invalid"}, "", "2.0", "Standard") == (
        known,
        fields["comment"],
        fields["amount"],
        fields["policy"]["name"],
    )


@pytest.mark.parametrize(
    ("row", "leave_type", "person"),
    [
        ({"leave_type": {"id": 81, "name": "Vacation"}, "employee_id": 5}, ("Vacation", 81), 5),
        ({"leave_type": "Vacation", "leave_type_id": 9, "employee": {"id": 6}}, ("Vacation", 9), 6),
        ({"employee": {"id": None}, "employee_id": "5"}, (None, None), "5"),
    ],
)
def test_a_leave_request_is_read_in_both_styles(row: dict[str, Any], leave_type: Any, person: Any) -> None:
    """The type as text or as an object, the person by object or by id."""
    fields = codec_leave.leave({"id": 1, **row}).fields

    assert (leave_type, person) == ((fields["leave_type"], fields["leave_type_id"]), fields["employee"]["id"])


APPLICATIONS: Any = [
    {
        "id": 9,
        "disqualified_at": None,
        "pipeline_state": {"id": 1, "name": "Interview"},
        "vacancy": {"id": 3, "title": "V"},
    },
    {"id": "10", "disqualified_at": None, "pipeline_state": {"id": 2, "name": "Offer accepted"}},
    {"id": 11, "disqualified_at": "2026-01-01", "pipeline_state": {"id": 3, "name": "Screening"}},
]


@pytest.mark.parametrize(
    ("applications", "application", "stages"),
    [
        (APPLICATIONS, ("10", "Offer accepted", False), ["Interview", "Offer accepted"]),
        (APPLICATIONS[:1], (9, "Interview", False), ["Interview"]),
        (APPLICATIONS[2:], (None, None, True), []),
        ([], (None, None, False), []),
        (None, (None, None, False), []),
    ],
)
def test_a_candidate_is_where_the_newest_standing_application_is(
    applications: Any, application: Any, stages: list[str]
) -> None:
    """The disqualified ones count for nothing, unless there are no others."""
    fields = candidate({"id": "8001", "applications": applications, "tags": [{"id": 1, "name": "t"}, "u"]}).fields

    shown = fields["application"]
    assert (application, stages, ["t", "u"]) == (
        (shown["id"], shown["stage"], shown["disqualified"]),
        fields["stages"],
        fields["tags"],
    )


def test_a_teams_members_are_persons() -> None:
    """Taken out of the membership around them; the lead is apart."""
    user = {"id": 9101, "full_name": "T F", "email": None}
    row = {"id": 49, "team_members": [{"id": 57, "user": {**user, "avatar": "x"}}, user, {"id": 58, "user": None}, 3]}

    nobody = {"id": None, "full_name": None, "email": None}
    assert [user, user, nobody] == codec.team(row).fields["members"]


@pytest.mark.parametrize(
    "read", [person, first_position, only_assignment, codec_leave.leave, candidate, codec.team, codec.single]
)
@pytest.mark.parametrize("row", [None, 3, [], "x"])
def test_what_is_no_object_is_misshapen(read: Callable[[Any], object], row: Any) -> None:
    """Never half a record, and the text holds no value."""
    with pytest.raises(codec.Misshapen):
        read(row)


@pytest.mark.parametrize(("shown", "read"), [(None, None), ("", None), ("2026-01-01", "2026-01-01")])
def test_an_asset_is_out_while_no_return_is_shown(shown: Any, read: Any) -> None:
    """Empty text is no date."""
    assert read == only_assignment({"id": 111, "returned_on": shown})["returned_on"]
