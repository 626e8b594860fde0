"""Fingerprints: the bytes of RFC 8785 within the domain, exactly the fields named, one salt for each installation."""

from __future__ import annotations

from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from pfjira.engine.fingerprint import PREFIX, Fingerprinter, canonical, op_id

SAFE = 2**53 - 1
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
NAMES = st.text(st.characters(max_codepoint=0xD7FF))
NUMBERS = (
    st.integers(-SAFE, SAFE)
    | st.floats(1e-5, SAFE, allow_nan=False)
    | st.floats(-SAFE, -1e-5, allow_nan=False)
    | st.sampled_from([0.0, -0.0, 1.0, 0.5, 1e15, 0.1 + 0.2])
)
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)

PATHS = ("title", "assigned_to.email", "description", "ends_on")
RECORD: dict[str, Any] = {
    "id": 7001,
    "title": "Prepare laptop",
    "description": {"a": [1, 2.0]},
    "ends_on": None,
    "assigned_to": {"id": 9101, "full_name": "T F", "email": "tf@it.example.com"},
    "updated_at": "2026-03-02T10:00:00Z",
}
HERE = Fingerprinter(b"here")


@given(JSON)
def test_canonical_json_is_that_of_the_standard(value: Any) -> None:
    """Another program can work out the same bytes: RFC 8785, held against its reference implementation."""
    assert rfc8785.dumps(value) == canonical(value)


@given(JSON)
def test_a_fingerprint_says_only_whether_two_values_are_equal(value: Any) -> None:
    """Equal values have equal fingerprints of one form, whatever they are."""
    first, second = HERE.of(value), Fingerprinter(b"here").of(value)

    assert (first, True, len(PREFIX) + 64) == (second, first.startswith(PREFIX), len(first))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("around", [lambda x: x, lambda x: [x], lambda x: {"a": {"b": x}}])
def test_numbers_that_json_cannot_hold_are_refused(number: float, around: Any) -> None:
    """Encoders disagree about them, hence nothing with one has a fingerprint."""
    with pytest.raises(ValueError, match="finite"):
        canonical(around(number))


def test_a_whole_number_has_one_form() -> None:
    """3 and 3.0 are the same thing in two systems."""
    assert canonical([3, {"a": 0}]) == canonical((3.0, {"a": -0.0}))


def test_a_fingerprint_depends_on_the_installation() -> None:
    """Fingerprints in a log cannot be matched against a table of names made elsewhere."""
    other = Fingerprinter(b"elsewhere")

    assert HERE.of("Ann") != other.of("Ann")
    assert HERE.projection(PATHS)(RECORD) != other.projection(PATHS)(RECORD)


CHANGED = [
    ("title", "Prepare desk"),
    ("title", None),
    ("description", {"a": [1, 3]}),
    ("ends_on", "2026-07-20"),
    ("assigned_to", {**RECORD["assigned_to"], "email": "other@it.example.com"}),
    ("assigned_to", None),
]
UNCHANGED = [
    ("id", 7002),
    ("updated_at", None),
    ("added", "by a newer API"),
    ("assigned_to", {**RECORD["assigned_to"], "full_name": "Renamed", "id": 1}),
    ("description", {"a": (1.0, 2)}),
]


@pytest.mark.parametrize(("field", "value"), CHANGED)
def test_a_change_of_a_field_that_rules_read_is_seen(field: str, value: Any) -> None:
    """The record is looked at again."""
    fingerprint = HERE.projection(PATHS)

    assert fingerprint(RECORD) != fingerprint({**RECORD, field: value})


@pytest.mark.parametrize(("field", "value"), UNCHANGED)
def test_a_change_of_any_other_field_is_not_seen(field: str, value: Any) -> None:
    """What no rule reads costs nothing."""
    fingerprint = HERE.projection(PATHS)

    assert fingerprint(RECORD) == fingerprint({**RECORD, field: value})


def test_the_order_in_which_fields_are_named_does_not_matter() -> None:
    """Rules may be rearranged without looking at everything again."""
    paths = (*PATHS, "assigned_to.id")

    assert HERE.projection(paths)(RECORD) == HERE.projection(paths[::-1])(RECORD)


def test_an_absent_person_is_a_person_without_anything() -> None:
    """PeopleForce shows either, and means the same."""
    fingerprint = HERE.projection(["assigned_to.id", "assigned_to.email"])

    assert fingerprint({"assigned_to": None}) == fingerprint({"assigned_to": {"id": None, "email": None}})


def test_other_fields_make_another_fingerprint_though_the_values_are_the_same() -> None:
    """The names are part of it: two empty fields are not one another."""
    record = {"starts_on": None, "ends_on": None}

    assert HERE.projection(["starts_on"])(record) != HERE.projection(["ends_on"])(record)


def test_values_do_not_flow_into_their_neighbours() -> None:
    """Where one field ends and the next begins is part of the fingerprint."""
    fingerprint = HERE.projection(["a", "b"])

    assert 4 == len(
        {fingerprint({"a": a, "b": b}) for a, b in (("xy", "z"), ("x", "yz"), ("xyz", None), (None, "xyz"))}
    )


def test_a_field_that_is_missing_is_our_mistake() -> None:
    """The codec fills every documented field; reading one that is not there must not pass for an empty one."""
    with pytest.raises(KeyError):
        HERE.projection(["title"])({})


def test_an_operation_id_is_the_same_for_ever() -> None:
    """It is stored in Jira with every issue: another value would make every issue a stranger."""
    expected = "a72ce4f35871155d4462"

    assert expected == op_id("test", "peopleforce", "task", 7001, "it-tasks", "7001", "create", 0)


@given(st.lists(TEXT.filter(lambda part: "\x1f" not in part), min_size=1, max_size=4))
def test_an_operation_id_keeps_its_parts_apart(parts: list[str]) -> None:
    """Neither order nor borders are lost, and it always has 20 hexadecimal digits."""
    together = "".join(parts)

    assert (20, True) == (len(op_id(*parts)), set(op_id(*parts)) <= set("0123456789abcdef"))
    assert op_id(*parts) != op_id(*parts, "")
    assert (len(parts) == 1) == (op_id(*parts) == op_id(together))


FEW = st.sampled_from([None, 1, 1.0, True, "1", "", [], [1], {"k": 1.0}])
RECORDS = st.fixed_dictionaries(
    {"a": FEW, "b": FEW, "c": st.none() | st.fixed_dictionaries({"x": FEW, "y": FEW}), "d": FEW}
)


@given(RECORDS, RECORDS, st.sets(st.sampled_from(["a", "b", "c.x", "c.y", "d"])))
def test_two_records_have_one_fingerprint_when_they_show_the_same(
    one: dict[str, Any], other: dict[str, Any], paths: set[str]
) -> None:
    """Exactly then: however quickly it is worked out, it is the comparison of the fields that were named."""

    def shown(record: dict[str, Any]) -> bytes:
        members = {f"c.{name}": value for name, value in (record["c"] or {"x": None, "y": None}).items()}
        return canonical({path: {**record, **members}[path] for path in sorted(paths)})

    fingerprint = HERE.projection(sorted(paths))
    assert (shown(one) == shown(other)) == (fingerprint(one) == fingerprint(other))
