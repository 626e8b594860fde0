"""The `tests:` of a rules file: what a trial of the rules says, and how it says what differs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pfjira.config.rules_yaml import load_rules, parse_rules
from pfjira.engine.doors import RulesTest
from pfjira.engine.rules import RuleSet
from pfjira.engine.rules_tests import Result, lines, record_of, run_tests

RULES = load_rules(Path(__file__).parents[2] / "rules.yaml")
IT = {"id": 7, "title": "Laptop", "ends_on": "2026-04-01", "assigned_to": {"id": 3, "email": "a@it.example.com"}}
DONE = {**IT, "completed": True}


def trial(given: dict[str, Any], existing: dict[str, str] | None = None, before: Any = None) -> list[str]:
    """Return what the delivered rules would do for a task."""
    before = None if before is None else {"task": before}
    return lines(RULES, RulesTest("one", "2026-03-01", {"task": given}, before, existing or {}, ()))


@pytest.mark.parametrize(
    ("given", "existing", "before", "expected"),
    [
        (IT, {}, None, ["it-tasks: create"]),
        (DONE, {}, None, []),
        ({**IT, "title": "[draft] Laptop"}, {}, None, []),
        (IT, {"it-tasks": "open"}, None, []),
        (IT, {"it-tasks": "open"}, {"ends_on": "2026-03-30", "title": "x"}, ["it-tasks: update duedate, summary"]),
        (DONE, {"it-tasks": "open"}, {"completed": False}, ["it-tasks: close"]),
        (IT, {"it-tasks": "done"}, {"completed": True}, ["it-tasks: reopen"]),
        (IT, {"it-tasks": "done"}, None, ["it-tasks: complete task"]),
        (DONE, {"it-tasks": "open"}, None, ["it-tasks: reopen task"]),
        ({**IT, "gone": True}, {"it-tasks": "open"}, {"gone": False}, ["it-tasks: cancel"]),
        ({**IT, "gone": True}, {"it-tasks": "cancelled"}, {"gone": False}, []),
        (IT, {"it-tasks": "cancelled"}, {"gone": True}, ["it-tasks: reopen"]),
    ],
)
def test_a_trial_does_what_a_run_would_do(
    given: dict[str, Any], existing: dict[str, str], before: Any, expected: list[str]
) -> None:
    """Each kind of work of the main job, from what a record was, what its issue is, and what the record is now."""
    assert expected == trial(given, existing, before)


def test_an_issue_of_another_rule_is_said_to_be_none() -> None:
    """A test that names a rule which cannot keep an issue for the record fails with a suggestion."""
    assert ["it-task: has no issue for this record, did you mean 'it-tasks'?", "it-tasks: create"] == trial(
        IT, {"it-task": "open"}
    )


def test_what_cannot_be_evaluated_is_a_line() -> None:
    """A test never passes because a rule failed."""
    assert [] != trial({**IT, "title": ["a", "list"]})


def test_a_result_names_what_is_missing_and_what_is_extra() -> None:
    """Order does not matter, number does."""
    result = Result("two", 9, ("a: create", "b: close", "b: close"), ("b: close", "c: cancel"))

    assert (("a: create", "b: close"), ("c: cancel",), False) == (result.missing, result.extra, result.passed)
    assert 'the test \'two\' fails: missing "a: create", "b: close", not expected "c: cancel"' == result.sentence


def test_all_tests_of_a_file_are_carried_out() -> None:
    """One result each, in the order of the file."""
    good = RulesTest("good", "2026-03-01", {"task": IT}, None, {}, ("it-tasks: create",), line=70)
    rules: RuleSet = replace(RULES, tests=(good, replace(good, name="bad", expect=(), line=75)))

    assert [("good", 70, True), ("bad", 75, False)] == [(one.name, one.line, one.passed) for one in run_tests(rules)]


def test_a_record_about_a_person_holds_him_wherever_he_is_given() -> None:
    """Inside or beside; what is not given is empty."""
    inside = record_of(RULES, {"leave": {"id": 5, "employee": {"email": "x@y.example"}}}, "leave")
    beside = record_of(RULES, {"leave": {"id": 5}, "employee": {"email": "x@y.example"}}, "leave")

    assert inside == beside
    assert ("5", None, False, None) == (
        inside.ref.id,
        inside.fields["state"],
        inside.fields["gone"],
        inside.fields["employee"]["full_name"],
    )


WHOLE = parse_rules(
    """
version: 1
rules:
  - id: onboarding
    for: employee
    when: employee.status == "hired"
    make: issue
    in: { project: HR, type: Task }
    set: { summary: "Onboard {{ employee.full_name }}", duedate: "{{ employee.hired_on }}" }
    children:
      - { key: accounts, set: { summary: Accounts, duedate: "{{ employee.hired_on }}" } }
  - { id: moved, for: position, make: comment, on: onboarding, text: "From {{ position.effective_on }}" }
  - id: leaver
    for: termination
    make: issue
    in: { project: HR, type: Task }
    set: { summary: "Leaves {{ termination.effective_on }}" }
"""
)


@pytest.mark.parametrize(
    ("given", "existing", "before", "expected"),
    [
        ({"employee": {"status": "hired"}}, {}, None, ["onboarding/accounts: create", "onboarding: create"]),
        (
            {"employee": {"status": "hired", "hired_on": "2026-04-10"}},
            {"onboarding": "open", "onboarding/accounts": "open"},
            {"employee": {"hired_on": "2026-04-03"}},
            ["onboarding/accounts: update duedate", "onboarding: update duedate"],
        ),
        ({"employee": {"status": "hired"}}, {"onboarding": "done"}, None, []),
        ({"termination": {"id": 7, "effective_on": "2026-04-10"}}, {}, None, ["leaver: create"]),
        ({"termination": {"id": 7}}, {}, None, []),
    ],
)
def test_children_and_dated_rows_are_tried_too(
    given: dict[str, Any], existing: dict[str, str], before: Any, expected: list[str]
) -> None:
    """Children follow their parent; one kind is looked at, though a person's record holds several."""
    assert expected == lines(WHOLE, RulesTest("one", "2026-03-01", given, before, existing, ()))


EPISODES = parse_rules(
    """
version: 1
rules:
  - id: onboarding
    for: employee
    when: employee.status == "hired"
    key: "{{ employee.id }}/{{ employee.episode }}"
    make: issue
    in: { project: HR, type: Task }
    set: { summary: Onboard }
    children:
      - { key: accounts, set: { summary: Accounts } }
"""
)


def test_children_of_another_key_have_a_parent_of_their_own() -> None:
    """The issue of an earlier employment is done: the children of the new one open all the same."""
    given, before = {"employee": {"status": "hired", "episode": 2}}, {"employee": {"episode": 1}}
    existing = {"onboarding": "done", "onboarding/accounts": "done"}

    assert ["onboarding/accounts: create", "onboarding: create"] == lines(
        EPISODES, RulesTest("one", "2026-03-01", given, before, existing, ())
    )
