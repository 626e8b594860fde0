"""rules.yaml: what a good file becomes, and where exactly a bad one is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfjira.config.rules_yaml import check_rules, load_rules, parse_rules
from pfjira.engine.model import Owner, ValueKind
from pfjira.engine.rules import BackAction, Limit, Make, RuleSet
from pfjira.errors import RulesError

DEFAULT = Path(__file__).parents[2] / "rules.yaml"

FULL = """\
version: 1
timezone: Europe/Kyiv
label: hr-sync
maps:
  lead_days: { Engineering: 14, NO: 2, "*": 10 }
people:
  match: [email]
guards:
  cancel: { max: 7 }
rules:
  - id: it-tasks
    for: task
    slot: tasks
    when:
      - task.assigned_to.email is endingwith("@it.example.com")
      - task.ends_on is within(-14, lookup("lead_days", task.type))
    key: "{{ task.id }}/x"
    make: issue
    in: { project: ITOPS, type: Task }
    fallback: 42
    set:
      summary: "{{ task.title }}"
      description: { html: "{{ task.description }}" }
      Due Date: "{{ task.ends_on }}"
      assignee: { person: "{{ task.assigned_to.id }}", own: once }
      labels: { add: [onboarding, "{{ task.type }}"], remove: [draft] }
      priority: High
      Team Name: { option: "{{ task.type }}", own: ask }
      customfield_10051: { value: "{{ task.id }}", own: jira }
    done_when: task.completed
    cancel_when: task.gone
    cancel: { to: Cancelled, resolution: NO, comment: "Gone: {{ task.title }}", fields: { customfield_1: 5 } }
    back:
      - { when: issue.status.category == "done", do: complete }
      - { when: issue.status.category != "done", do: reopen }
"""


def test_the_default_file_is_well_written() -> None:
    """What a newcomer gets works as it stands: drafts are left alone, tasks of the IT people are kept."""
    rules = load_rules(DEFAULT)

    assert [("ignore-drafts", Make.NOTHING, "tasks"), ("it-tasks", Make.ISSUE, "tasks")] == [
        (rule.id, rule.make, rule.slot) for rule in rules.rules
    ]


def test_a_full_file_becomes_a_rule_set() -> None:
    """Every word of this version arrives where the engine looks for it."""
    rules = parse_rules(FULL)
    rule = rules.rules[0]

    assert (
        ("Europe/Kyiv", "hr-sync", ("email",), Limit(7, 5), Limit(25, 10), "42"),
        ("it-tasks", "task", "tasks", 2, "{{ task.id }}/x", "ITOPS", "Task", 11),
        [BackAction.COMPLETE, BackAction.REOPEN],
        {"Engineering": 14, "NO": 2, "*": 10},
        [
            ("summary", ValueKind.TEXT, Owner.HR),
            ("description", ValueKind.HTML, Owner.HR),
            ("duedate", ValueKind.TEXT, Owner.HR),
            ("assignee", ValueKind.PERSON, Owner.ONCE),
            ("labels", ValueKind.LABELS, Owner.HR),
            ("priority", ValueKind.OPTION, Owner.HR),
            ("Team Name", ValueKind.OPTION, Owner.ASK),
            ("customfield_10051", ValueKind.TEXT, Owner.JIRA),
        ],
    ) == (
        (rules.timezone, rules.label, rules.match, rules.limits["cancel"], rules.limits["create"], rule.fallback),
        (rule.id, rule.kind, rule.slot, len(rule.when), rule.key.source, rule.project, rule.issue_type, rule.line),
        [line.do for line in rule.back],
        rules.maps["lead_days"],
        [(line.field, line.kind, line.own) for line in rule.fields],
    )


def test_closing_needs_no_words_and_no_stays_text() -> None:
    """`done_when` alone moves to any done status; YAML 1.1's NO is not false here."""
    rule = parse_rules(FULL).rules[0]
    assert rule.close is not None
    assert rule.cancel is not None

    assert ("done", "NO", {"customfield_1": 5}) == (rule.close.to, rule.cancel.resolution, rule.cancel.fields)


def test_the_rule_set_knows_what_it_reads() -> None:
    """The connectors fetch exactly that; a person's address is needed to find the account."""
    reads = parse_rules(FULL).reads("task")

    assert (
        "assigned_to.email", "assigned_to.id", "completed", "description", "ends_on", "gone", "id", "title", "type",
    ) == reads  # fmt: skip


def _hash(text: str) -> str:
    return parse_rules(text).hash


def test_the_hash_follows_behaviour_only() -> None:
    """Comments, layout and the order of keys are no change; a value, a map or the order of rules is."""
    block = "\n      type: 'Task'\n      project: ITOPS"
    laid_out_differently = "# hello\n" + FULL.replace("{ project: ITOPS, type: Task }", block)

    assert (True, False, False, False) == (
        _hash(FULL) == _hash(laid_out_differently),
        _hash(FULL) == _hash(FULL.replace("High", "Low")),
        _hash(FULL) == _hash(FULL.replace("Engineering: 14", "Engineering: 15")),
        _hash(FULL) == _hash(FULL.replace("own: jira", "own: empty")),
    )


def test_the_order_of_rules_is_behaviour() -> None:
    """File order is priority, so it is part of the hash."""

    def rules(*ids: str) -> RuleSet:
        lines = [f"  - {{ id: {i}, for: task, slot: s, make: nothing }}\n" for i in ids]
        return parse_rules("version: 1\nrules:\n" + "".join(lines))

    assert rules("a", "b").hash != rules("b", "a").hash


def test_an_error_shows_file_line_column_and_the_place() -> None:
    """The sentence of the design, word for word in form, with the line and a caret."""
    text = FULL.replace("      assignee: {", "      assigne: {")
    with pytest.raises(RulesError) as caught:
        parse_rules(text, "rules.yaml")

    error = caught.value
    assert ("rules.yaml:25:7: unknown field 'assigne', did you mean 'assignee'?", 25, 7) == (
        str(error), error.line, error.column,
    )  # fmt: skip
    assert error.excerpt.splitlines()[1] == "      ^"


def test_lint_reports_everything_in_file_order() -> None:
    """One run of `rules lint` is enough to see all that is wrong."""
    text = FULL.replace("      assignee: {", "      assigne: {").replace("own: ask", "own: asks")
    text = text.replace("task.gone", "task.gonee")
    found = [str(error) for error in check_rules(text, "r.yaml")]

    assert [
        "r.yaml:25:7: unknown field 'assigne', did you mean 'assignee'?",
        "r.yaml:28:52: own: unknown 'asks', did you mean 'ask'?",
        "r.yaml:31:18: unknown name 'task.gonee', did you mean 'task.gone'?",
    ] == found


def test_a_good_file_has_nothing_to_report() -> None:
    """An empty list is the only sign of health."""
    assert [] == check_rules(FULL)


@pytest.mark.parametrize(
    "condition",
    [
        "task.id == 7",
        "task.title | length == 5",
        '"a7" == "a" ~ task.id',
        'task.ends_on > "2026-01-01"',
        "5 < task.id + 1",
    ],
)
def test_a_comparison_that_can_hold_is_left_alone(condition: str) -> None:
    """The check of kinds never refuses what filters and sums make right."""
    assert [] == check_rules(
        FULL.replace("task.gone", condition, 1).replace("cancel_when: ", "cancel_when: >-\n      ")
    )


def test_a_missing_or_unreadable_file_is_a_rules_error(tmp_path: Path) -> None:
    """The person is told the file, not a traceback."""
    odd = tmp_path / "odd.yaml"
    odd.write_bytes(b"\xff\xfe\x00")
    messages = []
    for path in (tmp_path / "none.yaml", odd, tmp_path):
        with pytest.raises(RulesError) as caught:
            load_rules(path)
        messages.append(str(caught.value).removeprefix(f"{path}: "))

    assert ["there is no such file", "the file is not UTF-8 text", "cannot be read: Is a directory"] == messages


@given(st.text(max_size=200), st.integers(0, len(FULL)), st.integers(0, 40))
def test_any_damage_to_a_file_is_a_rules_error_or_nothing(noise: str, place: int, gap: int) -> None:
    """No edit, however unlucky, makes the loader fall over."""
    for error in check_rules(FULL[:place] + noise[:20] + FULL[place + gap :]) + check_rules(noise):
        assert isinstance(error, RulesError)


def test_what_back_writes_is_what_done_when_reads() -> None:
    """A rule that closes on one thing and completes another would follow itself in circles."""
    (error,) = check_rules(FULL.replace("done_when: task.completed", 'done_when: task.title is endingwith("DONE")'))

    assert "done_when is task.completed and nothing else" in str(error)
