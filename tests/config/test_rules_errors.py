"""Each way in which a rules file can be wrong, and the sentence and place that a person gets."""

from __future__ import annotations

import pytest

from pfjira.config.rules_yaml import check_rules
from pfjira.config.yaml_nodes import LARGEST

GOOD = """\
version: 1
maps: { lead: { "*": 1 } }
rules:
  - id: one
    for: task
    when: task.title == "x"
    make: issue
    in: { project: OPS, type: Task }
    set:
      summary: "{{ task.title }}"
      duedate: "{{ task.ends_on }}"
    done_when: task.completed
    close: { to: Done }
    cancel_when: task.gone
    cancel: { to: Cancelled }
    back:
      - { when: issue.key == "x", do: reopen }
"""


def first(text: str) -> str:
    """Return the first complaint about a text, without the file."""
    found = check_rules(text, "r.yaml")
    return str(found[0]).removeprefix("r.yaml:") if found else ""


def test_the_text_that_the_cases_change_is_good() -> None:
    """Otherwise every case below would prove nothing."""
    assert "" == first(GOOD)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("make: issue", "mak: issue", "4:5: the rule needs 'make'"),
        ("    for: task", "    fro: task", "4:5: the rule needs 'for'"),
        ("rules:", "rule:", "1:1: the file needs 'rules'"),
        ("version: 1", "version: 2", "1:10: this program reads rules of version 1 only"),
        ("version: 1\n", "", "1:1: the file needs 'version'"),
        ("for: task", "for: taks", "5:10: for: unknown 'taks', did you mean 'task'?"),
        ("maps:", "rulez: []\nmaps:", "2:1: unknown word 'rulez' in the file, did you mean 'rules'?"),
        ("maps:", "timezone: Europe/Kiyv\nmaps:", "2:11: unknown time zone 'Europe/Kiyv', did you mean 'Europe/Kyiv'?"),
        ("maps:", "label: two words\nmaps:", "2:8: a label is one word of at most 255 characters"),
        (
            "maps:",
            "people: { match: [phone] }\nmaps:",
            "2:19: match: unknown 'phone', use one of: employee_number, email, id",
        ),
        ("maps:", "guards: { cancel: { max: many } }\nmaps:", "2:26: max must be a whole number from 0 to 1000000"),
        (
            "maps:",
            "guards: { cancels: { max: 1 } }\nmaps:",
            "2:11: unknown word 'cancels' in 'guards', did you mean 'cancel'?",
        ),
        ("id: one", "id: One Rule", "4:9: id must be small letters, digits and hyphens, beginning with a letter"),
        ("task.title == ", "task.titel == ", "6:11: unknown name 'task.titel', did you mean 'task.title'?"),
        ("task.title == ", "issue.key == ", "6:11: unknown name 'issue.key'"),
        ('task.title == "x"', "task.title", "6:11: the condition is neither true nor false"),
        ('task.title == "x"', 'task.id == "7"', "6:22: task.id is a number, this is not"),
        ('task.title == "x"', "5 != task.title", "6:11: task.title is a text, this is not"),
        ('task.title == "x"', "task.completed == 1", "6:29: task.completed is true or false, this is not"),
        ('task.title == "x"', '"{{ task.completed }}"', "6:12: when is an expression already"),
        (
            'task.title == "x"',
            'task.title is startwith("x")',
            "6:25: unknown test 'startwith', did you mean 'startingwith'?",
        ),
        ('task.title == "x"', 'lookup("led", task.id) == 1', "6:18: there is no map 'led', did you mean 'lead'?"),
        ('task.title == "x"', "[task.completed, task.nope]", "6:28: unknown name 'task.nope'"),
        ("{{ task.title }}", "{{ task.title | uper }}", "10:33: unknown filter 'uper', did you mean 'upper'?"),
        ("{{ task.title }}", "{% if 1 %}", "10:17: statements ({%) do not belong into rules"),
        (
            "{{ task.title }}",
            "{{ task.assigned_to.mail }}",
            "10:20: unknown name 'task.assigned_to.mail', did you mean",
        ),
        ('"{{ task.title }}"', ">-\n        folded\n        {{ task.nope }}", "12:12: unknown name 'task.nope'"),
        ('"{{ task.title }}"', "{{ task.title }}", "10:17: a key must be a plain word"),
        ("      summary: ", "      x: ", "10:7: 'set' needs 'summary'"),
        ("duedate", "due_date", "11:7: unknown field 'due_date', did you mean 'duedate'?"),
        ("duedate", "customfield_x", "11:7: unknown field 'customfield_x', did you mean 'customfield_10051'?"),
        ("duedate", "Summary", "11:7: the field 'summary' is set twice"),
        ("duedate:", "summary:", "11:7: duplicate key 'summary'"),
        ('duedate: "{{ task.ends_on }}"', "assignee: x", "11:17: assignee is a person"),
        ('duedate: "{{ task.ends_on }}"', "labels: x", "11:15: labels are added and removed, never set"),
        ('duedate: "{{ task.ends_on }}"', "duedate: { add: [x] }", "11:16: 'add' and 'remove' are for labels only"),
        ('duedate: "{{ task.ends_on }}"', "duedate: { own: hr }", "11:16: the value of 'duedate' needs exactly one of"),
        (
            'duedate: "{{ task.ends_on }}"',
            "priority: { value: x, own: her }",
            "11:34: own: unknown 'her', did you mean 'hr'?",
        ),
        (
            'duedate: "{{ task.ends_on }}"',
            "description: { markdown: x, html: y }",
            "11:20: the value of 'description' needs exactly one of",
        ),
        ('duedate: "{{ task.ends_on }}"', "duedate: 2026-02-30", "11:16: duedate is no date"),
        ('duedate: "{{ task.ends_on }}"', 'duedate: { value: "soon" }', "11:25: duedate is no date"),
        ('"{{ task.ends_on }}"', '"{{ task.ends_on }"', "11:33: `}}` is missing"),
        ("done_when: task.completed", "done_when: task.completed = true", "12:31: '=' sets a value"),
        ("project: OPS, ", "", "8:9: 'in' needs 'project'"),
        ("project: OPS", "project: ops", "8:20: project must be a project key in capitals"),
        ("    in: { project: OPS, type: Task }\n", "", "4:5: the rule needs 'in'"),
        ("    done_when: task.completed\n", "", "12:5: 'close' needs 'done_when' beside it"),
        ("    cancel: { to: Cancelled }\n", "", "14:5: 'cancel_when' needs 'cancel' beside it"),
        ("{ to: Done }", "{ resolution: Done }", "13:12: 'close' needs 'to'"),
        ("{ to: Done }", "Done", "13:12: 'close' must be a mapping"),
        ('issue.key == "x"', "children.a.key == '1'", "17:17: unknown name 'children.a.key'"),
        (
            'issue.key == "x"',
            "'lookup(\"lead\", issue.key) == 1'",
            "17:17: when may look at the issue and the record here, not",
        ),
        ("do: reopen", "do: reopn", "17:39: do: unknown 'reopn', did you mean 'reopen'?"),
        ("do: reopen", "own: once", "17:9: a line of 'back' needs exactly one of: do, set, note, issue, return"),
        ("do: reopen", "set: { x: y }", "17:35: 'set' is for rules about assignment or employee or leave"),
        ("make: issue", "make: nothing", "8:5: a rule that makes nothing cannot have 'in'"),
        ("    make: issue", "    key: fixed\n    make: issue", "7:10: the key is the same for every record"),
        ("for: task", "for: &a task", "5:10: anchors and aliases are not supported"),
        ("for: task", "for: *a", "5:10: anchors and aliases are not supported"),
        ("for: task", "for: !!str task", "5:10: tags are not supported"),
        ("for: task", "for: [", "7:9: not valid YAML: "),
        ("for: task", "for: " + "[" * 30 + "]" * 30, "5:27: nested more than 20 levels deep"),
        ("    for: task", "    for: task\n    for: task", "6:5: duplicate key 'for'"),
    ],
)
def test_a_mistake_is_named_at_its_place(old: str, new: str, complaint: str) -> None:
    """Line and column point at the word; near words are suggested."""
    assert old in GOOD
    assert complaint in first(GOOD.replace(old, new, 1))[: len(complaint)]


def test_two_rules_may_not_share_an_id() -> None:
    """Links are kept by rule id: two rules of one name would fight over an issue."""
    twice = GOOD + GOOD[GOOD.index("  - id") :]

    assert "18:9: the rule 'one' exists already in line 4" == first(twice)


def test_a_huge_file_is_refused_unread() -> None:
    """A megabyte bounds memory and time."""
    assert f" the file is larger than {LARGEST} bytes" == first("#" * (LARGEST + 1))


def test_a_second_document_is_refused() -> None:
    """Half of a file must not be ignored."""
    assert "18:1: a second document begins here; a rules file is one document" == first(GOOD + "--- 1\n")


@pytest.mark.parametrize(
    "text", ["", "just text", "- a\n- b", "rules: 5\nversion: 1", "version: 1\nrules: [5]", "\x00"]
)
def test_a_file_of_another_shape_is_refused(text: str) -> None:
    """Nothing that is not a rules file passes for an empty one."""
    assert "" != first(text)
