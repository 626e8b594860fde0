"""Mapping: which situations a record gives, what their issues should hold, and what a failure takes down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pfjira.config.rules_yaml import parse_rules
from pfjira.engine.mapping import Evaluation, evaluate
from pfjira.engine.model import Desired, Issue, Owner, Record, Ref, Situation, Target, ValueKind
from pfjira.engine.rules import BackAction, RuleSet
from pfjira.engine.sight import Sight, back_action, completion

TODAY = date(2026, 3, 2)
REF = Ref("peopleforce", "task", "7001")
DEFAULT = parse_rules((Path(__file__).parents[2] / "rules.yaml").read_text())
NOBODY = {"id": None, "full_name": None, "email": None}


def task(**fields: Any) -> Record:
    """Return a task of the IT people as the codec gives it."""
    usual: Mapping[str, Any] = {
        "id": 7001,
        "title": "Prepare laptop",
        "type": None,
        "description": "<p>Order <b>one</b></p>",
        "description_plain": "Order one",
        "starts_on": None,
        "ends_on": "2026-07-20",
        "completed": False,
        "completed_at": None,
        "assigned_to": {"id": 9101, "full_name": "T F", "email": "tf@it.example.com"},
        "associated_to": {**NOBODY, "type": None},
        "created_by": NOBODY,
        "created_at": None,
        "updated_at": None,
        "gone": None,
    }
    return Record(REF, {**usual, **fields})


def rules(*bodies: str) -> RuleSet:
    """Return rules for tasks made of the words given, all in one slot."""
    usual = "for: task, slot: s, in: { project: OPS, type: Task }"
    lines = [f"  - {{ id: r{number}, {usual}, {body} }}\n" for number, body in enumerate(bodies)]
    return parse_rules("version: 1\nmaps: { m: { a: 1 } }\nrules:\n" + "".join(lines))


def run(ruleset: RuleSet, record: Record, **options: Any) -> Evaluation:
    """Evaluate with the usual installation and day."""
    return evaluate(ruleset, record, **{"installation": "test", "today": TODAY, **options})


def the_one(ruleset: RuleSet, record: Record, **options: Any) -> Situation:
    """Return the only situation, with no failure beside it."""
    evaluation = run(ruleset, record, **options)
    assert () == evaluation.failures
    (situation,) = evaluation.situations
    return situation


def value(field: str, form: str, record: Record) -> Any:
    """Return what a rule with one more field wants that field to be."""
    ruleset = rules('make: issue, set: { summary: x, "' + field + '": ' + form + " }")
    return the_one(ruleset, record).desired[-1].value


def test_the_default_rules_want_one_issue_for_a_task_of_it() -> None:
    """Project, type, key and values are those of the file; the operation's id depends on nothing that may change."""
    situation = the_one(DEFAULT, task())
    description = {
        "type": "doc",
        "version": 1,
        "content": [
            {
                "type": "paragraph",
                "content": [
                    {"type": "text", "text": "Order "},
                    {"type": "text", "text": "one", "marks": [{"type": "strong"}]},
                ],
            }
        ],
    }

    assert (
        ("it-tasks", "7001", REF, "ITOPS", "Task", True, False, False),
        (
            Desired("summary", ValueKind.TEXT, "Prepare laptop"),
            Desired("description", ValueKind.HTML, description),
            Desired("duedate", ValueKind.TEXT, "2026-07-20"),
            Desired("assignee", ValueKind.PERSON, "9101", Owner.ONCE),
        ),
        20,
    ) == (
        (
            situation.rule, situation.key, situation.ref, situation.project, situation.issue_type, situation.opens,
            situation.done, situation.cancelled,
        ),
        situation.desired,
        len(situation.op),
    )  # fmt: skip
    assert situation.op == the_one(DEFAULT, task(title="Other", ends_on=None)).op


def test_the_operation_changes_with_installation_and_generation_only() -> None:
    """Making an issue anew on purpose is a new operation; doing the same again is not."""
    ops = [
        the_one(DEFAULT, task(), **options).op
        for options in (
            {},
            {"generation_of": lambda rule, key: 0},
            {"generation_of": {("it-tasks", "7001"): 1}},
            {"installation": "other"},
        )
    ]

    assert (True, 3) == (ops[0] == ops[1], len(set(ops)))


@pytest.mark.parametrize(
    "record",
    [
        task(title="[draft] laptop"),
        task(assigned_to={**NOBODY, "email": "x@sales.example.com"}),
        task(assigned_to=NOBODY),
    ],
)
def test_a_record_outside_of_the_rules_gives_nothing(record: Record) -> None:
    """A draft is swallowed by its slot; a task of other people, or of nobody, matches no rule."""
    assert Evaluation((), ()) == run(DEFAULT, record)


def test_what_has_an_issue_is_followed_whatever_when_says() -> None:
    """Leaving `when` is no cancellation, and no other rule of the slot takes the record over."""
    held = {("it-tasks", "7001")}
    elsewhere = {**NOBODY, "email": "x@sales.example.com"}

    drafted = the_one(DEFAULT, task(title="[draft] laptop"), held=held)
    moved = the_one(DEFAULT, task(assigned_to=elsewhere), held=held)

    assert [("it-tasks", True), ("it-tasks", False)] == [(s.rule, s.opens) for s in (drafted, moved)]


def test_the_first_rule_that_holds_gets_the_record() -> None:
    """File order is priority inside of a slot."""
    ruleset = rules(
        "when: task.id == 1, make: issue, set: { summary: a }",
        "make: issue, set: { summary: b }",
        "make: issue, set: { summary: c }",
    )

    assert "r1" == the_one(ruleset, task()).rule


@pytest.mark.parametrize(
    ("when", "fields", "opens", "done"),
    [
        ("task.id == 7001", {"completed": True}, False, True),
        ("task.completed", {"completed": True}, True, True),
        ("task.id == 7001", {"gone": True}, False, False),
        ("task.id == 7001", {}, True, False),
    ],
)
def test_only_an_open_record_opens_an_issue(when: str, fields: dict[str, Any], opens: bool, done: bool) -> None:
    """A completed task that never had an issue opens none, unless its rule asks for completed ones."""
    words = "done_when: task.completed, cancel_when: task.gone, cancel: { to: Cancelled }"
    situation = the_one(rules(f"when: {when}, make: issue, set: {{ summary: a }}, {words}"), task(**fields))

    assert (opens, done, bool(fields.get("gone"))) == (situation.opens, situation.done, situation.cancelled)


@pytest.mark.parametrize(
    ("field", "form", "fields", "expected"),
    [
        ("duedate", '"{{ task.ends_on }}"', {"ends_on": None}, None),
        ("duedate", '"{{ task.created_at }}"', {"created_at": "2026-03-01T10:00:00Z"}, "2026-03-01"),
        ("customfield_1", '"{{ task.id }}"', {}, "7001"),
        ("customfield_1", '" {{ task.title }} "', {"title": " "}, None),
        ("customfield_1", '"{{ task.title }}"', {"title": "a\x00\x1bb\r\nc"}, "ab\nc"),
        ("customfield_1", '"{{ task.completed }}"', {}, "false"),
        ("description", '{ html: "{{ task.description }}" }', {"description": "<p> </p>"}, None),
        ("assignee", '{ person: "{{ task.created_by.id }}" }', {}, None),
        ("priority", '{ option: "{{ task.type }}" }', {"type": "High"}, "High"),
        (
            "labels",
            '{ add: [it, "{{ task.type }}", "{{ task.title }}", it], remove: [x] }',
            {},
            {"add": ["it", "Prepare-laptop"], "remove": ["x"]},
        ),
    ],
)
def test_values_arrive_in_the_form_that_jira_takes(
    field: str, form: str, fields: dict[str, Any], expected: Any
) -> None:
    """Empty is None, days are ISO dates, labels are single words, nothing holds control characters."""
    assert expected == value(field, form, task(**fields))


def test_a_plain_description_becomes_a_document() -> None:
    """Jira takes only documents there, and the angle brackets of a text stay text."""
    document = value("description", '"{{ task.title }}"', task(title="a <b> & c"))

    assert [{"type": "text", "text": "a <b> & c"}] == document["content"][0]["content"]


def test_a_summary_is_one_short_line() -> None:
    """Jira refuses line breaks and more than 255 characters."""
    desired = the_one(DEFAULT, task(title="  long\r\n\ttitle  " + "x" * 300)).desired[0]

    assert ("long title xx", 255, "…") == (desired.value[:13], len(desired.value), desired.value[-1])


def test_a_failing_field_leaves_the_rest_alone() -> None:
    """One bad value is reported by field, and never by value; the other fields are kept."""
    ruleset = rules("""make: issue, set: { summary: a, duedate: "{{ lookup('m', task.title) }}", priority: High }""")

    evaluation = run(ruleset, task())

    assert (["summary", "priority"], [("r0", REF, "duedate", "map 'm' has no entry for the value and no '*'")]) == (
        [line.field for line in evaluation.situations[0].desired],
        [(f.rule, f.ref, f.field, f.message) for f in evaluation.failures],
    )


@pytest.mark.parametrize("word", ["when", "done_when", "cancel_when", "key"])
def test_where_it_is_not_known_whether_an_issue_is_wanted_none_is_touched(word: str) -> None:
    """A failing condition stops its slot: neither a wrong issue nor a wrong reopening may come of it."""
    bad = """'lookup("m", task.title) == 1'""" if word != "key" else """"{{ lookup('m', task.title) }}\""""
    ruleset = rules(
        f"{word}: {bad}, make: issue, set: {{ summary: a }}" + (", cancel: { to: X }" if word == "cancel_when" else ""),
        "make: issue, set: { summary: b }",
    )

    evaluation = run(ruleset, task())

    assert ((), [("r0", word)]) == (evaluation.situations, [(f.rule, f.field) for f in evaluation.failures])


def test_a_failing_when_does_not_lose_a_kept_issue() -> None:
    """What is linked is followed; it only may not be opened anew."""
    ruleset = rules("""when: 'lookup("m", task.title) == 1', make: issue, set: { summary: a }""")

    evaluation = run(ruleset, task(), held={("r0", "7001")})

    assert ([False], ["when"]) == ([s.opens for s in evaluation.situations], [f.field for f in evaluation.failures])


def test_rules_for_other_kinds_say_nothing() -> None:
    """A record is looked at by the rules for its kind only."""
    assert Evaluation((), ()) == run(DEFAULT, Record(Ref("peopleforce", "leave", "1"), {}))


def _seen(category: str) -> Sight:
    return Sight(Issue("10001", "ITOPS-1", "ITOPS", "Any", category, frozenset(), {}, None))


def test_the_first_back_line_that_holds_speaks() -> None:
    """Done completes, anything else reopens, a rule without `back` stays silent."""
    draft, it_tasks = DEFAULT.rules
    situation = the_one(DEFAULT, task())
    actions = [
        back_action(it_tasks, situation, _seen("done")),
        back_action(it_tasks, situation, _seen("new")),
        back_action(draft, situation, _seen("done")),
    ]

    assert [BackAction.COMPLETE, BackAction.REOPEN, None] == actions


def test_completion_is_what_each_side_says() -> None:
    """HR speaks by `done_when`, Jira by `back`, or by its status category where the rule writes nothing back."""
    it_tasks = DEFAULT.rules[1]
    (silent,) = rules("make: issue, set: { summary: a }").rules
    situation = the_one(DEFAULT, task(completed=True), held={("it-tasks", "7001")})

    assert [(True, True), (True, False), (None, True)] == [
        completion(it_tasks, situation, _seen("done")),
        completion(it_tasks, situation, _seen("new")),
        completion(silent, situation, _seen("done")),
    ]


def test_a_move_carries_its_comment_written_out() -> None:
    """The comment is a template over the record; an empty one is none."""
    words = 'make: issue, set: { summary: a }, cancel_when: task.gone, cancel: { to: X, comment: "%s" }'
    texts = ("No {{ task.title }}", "{{ task.type }}")
    moves = [the_one(rules(words % text), task()).cancel for text in texts]

    assert ["No Prepare laptop", None] == [move.comment for move in moves if move]


def test_a_move_whose_comment_fails_goes_without_it_and_says_so() -> None:
    """The issue is withdrawn all the same."""
    words = """make: issue, set: { summary: a }, cancel_when: task.gone,"""
    ruleset = rules(words + """ cancel: { to: X, comment: "{{ lookup('m', task.title) }}" }""")

    evaluation = run(ruleset, task())

    assert ([Target("X")], [("cancel", "map 'm' has no entry for the value and no '*'")]) == (
        [one.cancel for one in evaluation.situations],
        [(f.field, f.message) for f in evaluation.failures],
    )
