"""The whole language: every word of a rules file arrives where the engine looks for it."""

from __future__ import annotations

import pytest
from whole_language import WHOLE

from pfjira.config.rules_yaml import check_rules, parse_rules
from pfjira.engine.doors import PostTarget, RulesTest, Source
from pfjira.engine.expressions import Template
from pfjira.engine.model import Owner, ValueKind
from pfjira.engine.rules import BackAction, Deed, Rule, RuleSet, expressions

PATHS = ("ticket.title", "ticket.person", "ticket.id")
RULES = parse_rules(WHOLE) if not check_rules(WHOLE) else RuleSet((), "")


def rule(name: str) -> Rule:
    """Return a rule, or child, of the whole file."""
    found = RULES.rule(name)
    assert found is not None, check_rules(WHOLE)
    return found


def deed(name: str) -> Deed:
    """Return what a rule of the whole file does."""
    found = rule(name).deed
    assert found is not None
    return found


def sources(values: tuple[tuple[str, Template], ...]) -> dict[str, str]:
    """Return templates as they are written."""
    return {name: template.source for name, template in values}


def test_every_word_of_the_language_is_read() -> None:
    """Nothing is put off to a later version."""
    assert [] == check_rules(WHOLE)


def test_a_rule_that_keeps_an_issue_has_all_its_parts() -> None:
    """What opens, follows, closes, cancels and takes over."""
    parent = rule("onboarding")
    assert parent.adopt is not None
    assert parent.follow_until is not None
    assert parent.cancel is not None

    assert (
        ("employee", "joiners", True, "9001", "none", "preboarding/{{ employee.candidate_id }}"),
        ("HR", "Onboarding", ["onboarding/accounts", "onboarding/laptop"]),
        ["children.laptop.status.category", "issue.status.category"],
    ) == (
        (parent.kind, parent.slot, parent.shadow, parent.fallback, parent.cancel.children, parent.adopt.source),
        (parent.project, parent.issue_type, [child.id for child in parent.children]),
        sorted(parent.follow_until.reads),
    )


def test_a_value_may_be_markdown_and_may_be_allowed_to_be_sensitive() -> None:
    """Only a value that reads something of the deny list is marked."""
    lines = {line.field: line for line in rule("onboarding").fields}

    assert (ValueKind.MARKDOWN, False, True, Owner.ONCE) == (
        lines["description"].kind,
        lines["description"].sensitive,
        lines["customfield_10052"].sensitive,
        lines["customfield_10052"].own,
    )


def test_a_child_has_what_it_says_and_else_what_its_parent_has() -> None:
    """Kind, slot, key, shadow and fallback come from above; the sub-task type is the site's own."""
    accounts, laptop = rule("onboarding/accounts"), rule("onboarding/laptop")
    assert accounts.cancel is not None

    assert (
        ("onboarding", "employee", "joiners", True, "ITOPS", "Task", "9002", 1, "Cancelled"),
        ("onboarding", "employee", "joiners", True, "HR", "", "9001", 0),
        (rule("onboarding").key, (), None, None),
    ) == (
        (
            accounts.parent, accounts.kind, accounts.slot, accounts.shadow, accounts.project, accounts.issue_type,
            accounts.fallback, len(accounts.when), accounts.cancel.to,
        ),
        (
            laptop.parent, laptop.kind, laptop.slot, laptop.shadow, laptop.project, laptop.issue_type, laptop.fallback,
            len(laptop.when),
        ),
        (laptop.key, laptop.children, laptop.follow_until, laptop.adopt),
    )  # fmt: skip


def test_lines_towards_hr_have_their_values() -> None:
    """The day and the person of a handed asset need not be said."""
    first, second, third = rule("onboarding").back
    assert second.text is not None

    assert (
        (BackAction.SET, {"laptop_ticket": "{{ issue.key }}"}, Owner.ONCE),
        (BackAction.NOTE, "Handed over ({{ issue.key }})", Owner.JIRA),
        (BackAction.ISSUE, {"asset": "{{ issue.key }}", "on": "{{ today }}", "person": "{{ employee.id }}"}),
        (BackAction.RETURN, {"on": "{{ today }}"}),
    ) == (
        (first.do, sources(first.values), first.own),
        (second.do, second.text.source, second.own),
        (third.do, sources(third.values)),
        (rule("asset").back[0].do, sources(rule("asset").back[0].values)),
    )


def test_each_deed_has_its_members() -> None:
    """Which ones follows from what is made."""
    request, task, post = deed("laptop"), deed("tell-manager"), deed("provision")
    assert request.person is not None
    assert task.person is not None

    assert (
        ("HELP", "Laptop", "{{ employee.id }}"),
        (("onboarding",), "New manager from {{ position.effective_on }}"),
        (("onboarding", "laptop"), 5400),
        (("onboarding", "onboarding/accounts"), "assignee", "9003"),
        ("vpn", "{{ employee.id }}", True),
        ("{{ employee.reporting_to.id }}", ["title", "description", "starts_on", "ends_on"]),
        "provisioning",
    ) == (
        (rule("laptop").project, rule("laptop").issue_type, request.person.source),
        (deed("tell").on, getattr(deed("tell").text, "source", None)),
        (deed("log").on, deed("log").spent_s),
        (deed("hand-over").on, rule("hand-over").fields[0].field, rule("hand-over").fallback),
        (
            getattr(deed("vpn").group, "source", None),
            getattr(deed("vpn").person, "source", None),
            rule("vpn").cancel_when is not None,
        ),
        (task.person.source, [name for name, _ in task.values]),
        post.target,
    )


def test_the_texts_of_a_document_are_templates() -> None:
    """Numbers, truths and nothing stay what they are."""
    assert {
        "event": Template("joined"),
        "email": Template("{{ employee.email }}"),
        "level": 3,
        "tags": [Template("a"), Template("{{ employee.id }}")],
        "on": True,
        "none": None,
    } == deed("provision").body


def test_targets_and_sources_are_declared() -> None:
    """What names a delivery may be read, too; a key of its own needs no word."""
    assert (
        (
            PostTarget("provisioning", "https://iam.example.com/hooks/hr", "provisioning", 8),
            PostTarget("here", "http://127.0.0.1:8080/x", "", 9),
        ),
        (
            Source(
                "helpdesk",
                "ticket.id",
                ("ticket.title", "ticket.person", "ticket.id"),
                "standard-webhooks",
                "x-sig",
                11,
            ),
        ),
        "{{ hook.ticket.id }}",
        "{{ team.id }}/{{ team.member.id }}",
    ) == (RULES.targets, RULES.sources, rule("ticket").key.source, rule("crew").key.source)


def test_the_files_own_tests_are_kept() -> None:
    """As plain data; the rules are not asked yet."""
    assert (
        RulesTest(
            "a pushed start date keeps the ticket and moves its dates",
            "2026-03-01",
            {"employee": {"id": 7, "status": "hired", "hired_on": "2026-04-10", "fields": {"nickname": "Bo"}}},
            {"employee": {"hired_on": "2026-04-03"}},
            {"onboarding": "open", "onboarding/accounts": "done"},
            ("onboarding: update duedate", "onboarding/accounts: update duedate"),
            98,
        ),
        3,
    ) == (RULES.tests[0], len(RULES.tests))


def test_what_is_changed_is_read() -> None:
    """Both rows' members by id, and whether there is a row before."""
    read = {path for part in expressions(rule("tell")) for path in part.reads}

    assert {
        "position.department.id", "position.prev.department.id", "position.first", "position.effective_on",
        "position.id",
    } == read  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("follow_until: issue.status.category", "follow_until: issue.resolution"),
        ("made ({{ issue.key }})", "made ({{ issue.resolution }})"),
        ('when: issue.status.category == "done", note: "Acc', 'when: issue.resolution == "done", note: "Acc'),
    ],
)
def test_the_fields_that_expressions_look_at_are_fetched(old: str, new: str) -> None:
    """Wherever a rule or a child looks at the issue: when to stop following, conditions and texts of `back`."""
    assert {"resolution"} == parse_rules(WHOLE.replace(old, new)).issue_fields - RULES.issue_fields


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("shadow: true", "shadow: false"),
        ("summary: Laptop }", "summary: Laptops }"),
        ("hooks/hr", "hooks/hr2"),
        ("ticket.person]", "ticket.owner]"),
        ("children: none", "children: open"),
        ("own: once }\n      - { when: issue", "own: empty }\n      - { when: issue"),
        ("spent: 1h30m", "spent: 1h31m"),
        ("event: joined", "event: left"),
        ("follow_until: issue.status.category ==", "follow_until: issue.status.category !="),
        ("key: laptop, set", "key: laptops, set"),
        ("allow_sensitive: true, own: once", "own: once, value: 1"),
    ],
)
def test_all_that_changes_what_rules_do_changes_the_hash(old: str, new: str) -> None:
    """Children, deeds, targets and sources included."""
    changed = WHOLE.replace(old, new, 1).replace("children.laptop.", "children.laptops.", 2 if "laptops" in new else 0)
    changed = changed.replace('value: "{{ employee.date_of_birth }}", own: once, value: 1', "value: 1, own: once")

    assert (True, False) == (changed != WHOLE, parse_rules(changed).hash == RULES.hash)


def test_tests_and_layout_do_not_change_the_hash() -> None:
    """Else a better test would make every record be looked at again."""
    assert parse_rules("# a comment\n" + WHOLE[: WHOLE.index("tests:")]).hash == RULES.hash


def test_a_file_of_the_old_words_keeps_its_hash() -> None:
    """An upgrade of this program is no change of the rules: the hash is the one of version 0.1."""
    text = (
        "version: 1\nrules:\n  - { id: a, for: task, make: issue, in: { project: A, type: T }, set: { summary: x } }\n"
    )

    assert "be379c93a180d8f4" == parse_rules(text).hash
