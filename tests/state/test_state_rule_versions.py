"""Versions of the rules and switches in the state file: what was in force, what is, and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pfjira.state import rule_versions
from pfjira.state.store import Store

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def activate(store: Store, text: str, minutes: int) -> str:
    """Let a text be in force, and return its name."""
    digest = rule_versions.text_hash(text)
    with store.write():
        now = NOW + timedelta(minutes=minutes)
        rule_versions.activate(store, digest, text, rules="r" * 16, file="rules.yaml", who="ann", now=now)
    return digest


def test_the_newest_activation_is_in_force(store: Store) -> None:
    """A text that comes back moves to the front; its first use stays what it was."""
    first, second = activate(store, "one", 0), activate(store, "two", 5)
    again = activate(store, "one", 9)
    held = rule_versions.in_force(store)
    newest = rule_versions.versions(store)[0]

    assert (first, [first, second]) == (again, [version.hash for version in rule_versions.versions(store)])
    assert held is not None
    assert (first, "") == (held.hash, held.aside)
    assert (NOW, NOW + timedelta(minutes=9), "one") == (newest.first_used_at, newest.activated_at, newest.text)


def test_a_new_text_ends_a_rollback(store: Store) -> None:
    """What a rollback set aside counts until something else is activated."""
    old, new = activate(store, "old", 0), activate(store, "new", 1)
    with store.write():
        rule_versions.go_back(store, old, aside=new, who="bob", now=NOW)
    pinned = rule_versions.in_force(store)
    activate(store, "newer", 2)
    after = rule_versions.in_force(store)

    assert pinned is not None
    assert after is not None
    assert (old, new, "bob") == (pinned.hash, pinned.aside, pinned.aside_by)
    assert (rule_versions.text_hash("newer"), "", "") == (after.hash, after.aside, after.aside_by)


def test_nothing_is_in_force_before_the_first_run(store: Store) -> None:
    """An empty state says so instead of guessing."""
    assert (None, [], []) == (
        rule_versions.in_force(store),
        rule_versions.versions(store),
        rule_versions.overrides(store),
    )


def test_an_operator_and_the_site_switch_apart(store: Store) -> None:
    """One reason ends without the other; since when a rule is off outlives a new wording."""
    activate(store, "one", 0)
    later = NOW + timedelta(hours=1)
    with store.write():
        rule_versions.switch_off(store, "a", "operator", who="ann", why="holiday", now=NOW)
        rule_versions.note_answer(
            store, {"a": "no type", "b": "no field"}, {"a", "b"}, whole="h", system="jira", now=NOW
        )
        rule_versions.note_answer(store, {"b": "no such field"}, {"b"}, whole="", system="jira", now=later)
        ended = rule_versions.switch_on(store, "a", "operator")
    held = rule_versions.in_force(store)

    assert held is not None
    assert (True, "h") == (ended, held.asked)
    assert [("a", "site", "no type", NOW.isoformat()), ("b", "site", "no such field", NOW.isoformat())] == [
        (one.rule, one.source, one.why, one.at) for one in rule_versions.overrides(store)
    ]


def test_an_answer_about_all_rules_forgets_the_others(store: Store) -> None:
    """A rule that was deleted from the file does not stay switched off by the site."""
    activate(store, "one", 0)
    with store.write():
        rule_versions.note_answer(store, {"deleted": "no type"}, {"deleted"}, whole="h", system="jira", now=NOW)
        rule_versions.switch_off(store, "deleted", "operator", who="ann", why="", now=NOW)
        rule_versions.note_answer(store, {}, {"kept"}, whole="i", system="jira", now=NOW)

    assert [("deleted", "operator")] == [(one.rule, one.source) for one in rule_versions.overrides(store)]
