"""Which rules are in force: a good file at once, the last good version while the file is broken or set aside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pfjira.config.rules_yaml import parse_rules
from pfjira.engine.doors import RulesTest
from pfjira.engine.rules import RuleSet
from pfjira.errors import ConfigError, RulesError
from pfjira.ops.ruleset import Candidate, Choice, choose, go_back, record, undo
from pfjira.state import rule_versions
from pfjira.state.store import Store

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
TEXT = (Path(__file__).parents[2] / "rules.yaml").read_text()
SECOND = TEXT.replace("it-tasks", "help-tasks")
THIRD = TEXT.replace("ITOPS", "HR")
BROKEN = TEXT.replace("ends_on", "ends_onn")
WRONG = TEXT + "# a test of its own fails\n"


def load(text: str, file: str) -> RuleSet:
    """Load a file; one that says so brings a test along that fails."""
    rules = parse_rules(text, file)
    failing = RulesTest(
        "nothing becomes something", "2026-03-01", {"task": {}}, None, {}, ("it-tasks: close",), line=80
    )
    return replace(rules, tests=(failing,)) if text == WRONG else rules


def run(store: Store, text: str) -> Choice:
    """Choose as a run does, and remember it."""
    choice = choose(store, Candidate("rules.yaml", text), load)
    record(store, choice, who="timer", now=NOW)
    return choice


def ids(choice: Choice) -> str:
    """Return what tells the three texts apart."""
    rule = choice.rules.rules[1]
    return f"{rule.id} {rule.project}"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a state in which the delivered rules are in force."""
    with Store.open(tmp_path / "state.db") as opened:
        run(opened, TEXT)
        yield opened


def test_a_good_file_is_in_force_at_once(store: Store) -> None:
    """And what was before it is kept, with who took it over."""
    choice = run(store, SECOND)

    assert ("help-tasks ITOPS", (), False) == (ids(choice), choice.notes, choice.broken)
    assert [(SECOND, "timer"), (TEXT, "timer")] == [
        (one.text, one.activated_by) for one in rule_versions.versions(store)
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BROKEN, r"rules\.yaml:\d+:\d+: .*ends_onn"),
        (WRONG, r"rules\.yaml:80:1: the test 'nothing becomes something' fails: missing \"it-tasks: close\""),
    ],
)
def test_a_broken_file_leaves_the_last_good_version_in_force(store: Store, text: str, said: str) -> None:
    """The choice says why, with the place; the state keeps it until the file is well again."""
    choice = run(store, text)
    during = rule_versions.in_force(store)
    run(store, TEXT)
    after = rule_versions.in_force(store)

    assert (True, "it-tasks ITOPS", 1) == (choice.broken, ids(choice), len(choice.notes))
    assert re.search(said, choice.notes[0]) is not None, choice.notes
    assert during is not None
    assert after is not None
    assert (choice.complaint, "") == (during.complaint, after.complaint)


@pytest.mark.parametrize("text", [BROKEN, WRONG])
def test_a_broken_file_without_a_good_version_is_an_error(tmp_path: Path, text: str) -> None:
    """There is nothing to go on with."""
    with Store.open(tmp_path / "new.db") as new, pytest.raises(RulesError):
        run(new, text)


def test_a_file_that_is_no_text_is_a_broken_file(store: Store) -> None:
    """Its own error is what is said of it."""
    error = RulesError("the file is not UTF-8 text", file="rules.yaml")
    choice = choose(store, Candidate("rules.yaml", None, error), load)

    assert ("rules.yaml: the file is not UTF-8 text", "it-tasks ITOPS") == (choice.complaint, ids(choice))


def test_a_rollback_sets_the_file_aside_until_it_changes(store: Store) -> None:
    """It is no fault, each run says it in one sentence, and the next edit ends it."""
    run(store, SECOND)
    target = go_back(store, Candidate("rules.yaml", SECOND), None, who="ann", now=NOW)
    pinned, again = run(store, SECOND), run(store, SECOND)
    edited = run(store, THIRD)

    assert (TEXT, "it-tasks ITOPS", False, 1) == (target.text, ids(pinned), pinned.broken, len(pinned.notes))
    assert pinned.notes == again.notes
    assert "ann went back to version" in pinned.notes[0]
    assert ("it-tasks HR", ()) == (ids(edited), edited.notes)


def test_a_rollback_can_be_undone(store: Store) -> None:
    """Then the file counts again; a second time there is nothing to undo."""
    run(store, SECOND)
    go_back(store, Candidate("rules.yaml", SECOND), None, who="ann", now=NOW)
    lifted = [undo(store, who="ann", now=NOW) for _ in range(2)]

    assert ([True, False], "help-tasks ITOPS") == (lifted, ids(run(store, SECOND)))


def test_each_rollback_goes_one_version_further_back(store: Store) -> None:
    """Not to and fro between two; before the first version there is none."""
    run(store, SECOND)
    run(store, THIRD)
    file = Candidate("rules.yaml", THIRD)
    steps = [go_back(store, file, None, who="ann", now=NOW).text for _ in range(2)]

    assert [SECOND, TEXT] == steps
    with pytest.raises(ConfigError, match="no version before"):
        go_back(store, file, None, who="ann", now=NOW)


def test_a_broken_file_can_be_set_aside_deliberately(store: Store) -> None:
    """After that it is a rollback, and no fault any more."""
    run(store, SECOND)
    run(store, BROKEN)
    go_back(store, Candidate("rules.yaml", BROKEN), None, who="ann", now=NOW)

    assert ("it-tasks ITOPS", False) == (ids(run(store, BROKEN)), run(store, BROKEN).broken)


@pytest.mark.parametrize(("name", "said"), [("0123456789", "no version"), ("", "more than one")])
def test_an_unknown_version_is_refused(store: Store, name: str, said: str) -> None:
    """By a sentence, and nothing changes."""
    run(store, SECOND)
    before = rule_versions.in_force(store)
    with pytest.raises(ConfigError, match=said):
        go_back(store, Candidate("rules.yaml", SECOND), name, who="ann", now=NOW)

    assert before == rule_versions.in_force(store)


def test_what_people_did_is_in_the_audit(store: Store) -> None:
    """Activation, rollback and its end, each with who did it."""
    run(store, SECOND)
    go_back(store, Candidate("rules.yaml", SECOND), None, who="ann", now=NOW)
    undo(store, who="bob", now=NOW)

    acts = ["rules activate", "rules activate", "rules rollback", "rules rollback undone"]
    assert list(zip(["timer", "timer", "ann", "bob"], acts, strict=True)) == store.rows(
        "SELECT who, act FROM audit ORDER BY number"
    )


def test_choosing_writes_nothing(store: Store) -> None:
    """`diff` chooses as `sync` does, and leaves no trace."""
    before = (rule_versions.in_force(store), rule_versions.versions(store))
    chosen = [choose(store, Candidate("rules.yaml", text), load).broken for text in (SECOND, BROKEN, WRONG)]

    assert ([False, True, True], before) == (chosen, (rule_versions.in_force(store), rule_versions.versions(store)))


def test_a_run_that_changes_nothing_writes_nothing(store: Store) -> None:
    """When a version was used last is kept to the hour."""
    before = store.rows("SELECT total_changes()")
    run(store, TEXT)
    after = store.rows("SELECT total_changes()")

    assert before == after
