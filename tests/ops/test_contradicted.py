"""Rules that the live site contradicts are off, alone, and come back by themselves; the site is asked only when due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pfjira.config.rules_yaml import parse_rules
from pfjira.connectors.base import Demand
from pfjira.engine.expressions import Template
from pfjira.engine.model import Owner, ValueKind
from pfjira.engine.rules import Deed, FieldRule, Make, Move, Rule, RuleSet
from pfjira.errors import Unavailable
from pfjira.ops.contradicted import contradicted, demands, disabled, refresh
from pfjira.ops.ruleset import Candidate, choose, record
from pfjira.ops.switches import switch_off, switch_on
from pfjira.ops.workspace import Workspace
from pfjira.state import rule_versions
from pfjira.state.store import Store

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
TEXT = (Path(__file__).parents[2] / "rules.yaml").read_text()


def a_field(name: str, text: str, kind: ValueKind = ValueKind.OPTION) -> FieldRule:
    """Return one line under `set`."""
    return FieldRule(name, kind, Template(text), Owner.HR)


CHILD = Rule(
    "joiner/laptop", "task", "joiner", (), Template("1"), Make.ISSUE, "OPS", "Sub", parent="joiner",
    fields=(a_field("priority", "High"), a_field("customfield_1", "{{ task.title }}")),
)  # fmt: skip
JOINER = Rule("joiner", "task", "joiner", (), Template("1"), Make.ISSUE, "HR", "Task", children=(CHILD,))
TOLD = Rule(
    "told",
    "task",
    "told",
    (),
    Template("1"),
    Make.COMMENT,
    deed=Deed(on=("joiner", "joiner/laptop"), text=Template("x")),
)
GROUP = Rule("vpn", "task", "vpn", (), Template("1"), Make.MEMBER, deed=Deed(group=Template("vpn-users")))


@dataclass
class Site:
    """A ticket system that contradicts what it is told to, and remembers what it was asked."""

    against: dict[str, list[str]] = field(default_factory=dict)
    down: bool = False
    asked: list[list[str]] = field(default_factory=list)
    name: str = "jira"
    server_time: datetime | None = None

    def contradictions(self, wanted: Sequence[Demand]) -> dict[str, list[str]]:
        """Answer, or fail."""
        self.asked.append([demand.rule for demand in wanted])
        if self.down:
            raise Unavailable("down")
        return {one.rule: self.against[one.rule] for one in wanted if one.rule in self.against}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a state in which some rules are in force."""
    with Store.open(tmp_path / "state.db") as opened:
        record(opened, choose(opened, Candidate("rules.yaml", TEXT), parse_rules), who="timer", now=NOW)
        yield opened


def workspace(store: Store, site: Site, *, rules: RuleSet | None = None, **more: Any) -> Workspace:
    """Return what one run works with."""
    rules = rules or RuleSet((JOINER, TOLD), hash="a" * 16)
    system: Any = site
    return Workspace(store, system, system, rules, "i", clock=lambda: NOW, **more)


def test_the_site_is_asked_once_for_the_same_rules(store: Store) -> None:
    """The next runs make no request, whether anything is off or not; a new rule set is asked about."""
    site = Site()
    for _ in range(3):
        refresh(workspace(store, site), full=False)
    refresh(workspace(store, site, rules=RuleSet((JOINER,), hash="b" * 16)), full=False)

    every = ["joiner", "joiner/laptop", "told", "told"]
    assert [every, ["joiner", "joiner/laptop"]] == site.asked


def test_a_contradicted_rule_is_off_until_the_site_agrees(store: Store) -> None:
    """In every run it alone is asked about again; its children are off with it, the others are not."""
    site = Site({"joiner": ["There is no type 'Task'."]})
    first = refresh(workspace(store, site), full=False)
    later = refresh(workspace(store, site), full=False)
    site.against.clear()
    mended = refresh(workspace(store, site), full=False)
    refresh(workspace(store, site), full=False)

    assert ["joiner", "joiner/laptop"] == list(first) == list(later)
    assert ("jira contradicts it: There is no type 'Task'.", "its parent joiner is off") == tuple(
        off.reason for off in first.values()
    )
    assert (True, {}) == (contradicted(first), mended)
    assert [["joiner"], ["joiner"]] == site.asked[1:]


def test_a_full_sweep_asks_about_everything(store: Store) -> None:
    """What changed at the site since then is found by the night run."""
    site = Site()
    refresh(workspace(store, site), full=False)
    site.against["told"] = ["No right to comment."]
    unseen, seen = refresh(workspace(store, site), full=False), refresh(workspace(store, site), full=True)

    assert ([], ["told"]) == (list(unseen), list(seen))


def test_a_refusal_lets_the_next_run_ask(store: Store) -> None:
    """`ask_again` is what the drain says after Jira refused a write."""
    site = Site()
    refresh(workspace(store, site), full=False)
    with store.write():
        rule_versions.ask_again(store)
    refresh(workspace(store, site), full=False)

    assert 2 == len(site.asked)


def test_a_system_that_cannot_be_asked_changes_nothing(store: Store) -> None:
    """What was off stays off, nothing else is switched off, and the question is asked again."""
    site = Site({"told": ["No right."]})
    refresh(workspace(store, site), full=False)
    site.down, site.against = True, {}
    kept = refresh(workspace(store, site), full=True)
    site.down = False
    mended = refresh(workspace(store, site, rules=RuleSet((JOINER, TOLD), hash="c" * 16)), full=False)

    assert (["told"], {}) == (list(kept), mended)


def test_an_unknown_field_name_switches_off_its_rule(store: Store) -> None:
    """Known without a request; the rule comes back once the name is known."""
    site = Site()
    refresh(workspace(store, site), full=False)
    off = refresh(workspace(store, site, unnamed={"told": "There is no field 'Team'."}), full=False)
    known = disabled(store, RuleSet((JOINER, TOLD), hash="a" * 16))
    back = refresh(workspace(store, site), full=False)

    assert ("jira contradicts it: There is no field 'Team'.", ["told"], {}) == (off["told"].reason, list(known), back)


def test_an_operator_has_the_first_word(store: Store) -> None:
    """His reason is shown, it is no fault, and enabling leaves what the site says."""
    site = Site({"told": ["No right."]})
    switch_off(store, "told", who="ann", why="too noisy", now=NOW)
    both = refresh(workspace(store, site), full=False)
    site.against.clear()
    mine = refresh(workspace(store, site), full=False)
    site.against["told"] = ["No right."]
    changed = switch_on(store, "told", who="ann", now=NOW)
    theirs = refresh(workspace(store, site), full=False)

    assert ("disabled by ann: too noisy", False) == (mine["told"].reason, contradicted(mine))
    assert ("disabled by ann: too noisy", True) == (both["told"].reason, changed)
    assert "jira contradicts it: No right." == theirs["told"].reason


def test_a_reading_command_asks_and_writes_nothing(store: Store, tmp_path: Path) -> None:
    """`diff` sees what `sync` would see."""
    with Store.open(tmp_path / "state.db", read_only=True) as reading:
        off = refresh(workspace(reading, Site({"told": ["No right."]})), full=False)

    assert (["told"], []) == (list(off), rule_versions.overrides(store))


def test_the_workspace_tells_what_is_off(store: Store) -> None:
    """So that what was settled meanwhile is looked at again; asking twice is the same as once."""
    lent = workspace(store, Site({"joiner": ["No type."]}))
    before = lent.rules_hash
    refresh(lent, full=False)
    once = lent.rules_hash
    refresh(lent, full=False)

    assert ({"joiner", "joiner/laptop"}, True, False) == ({*lent.off}, "joiner" in lent.off, "told" in lent.off)
    assert (once, True) == (lent.rules_hash, once != before)


def test_a_demand_names_what_the_rule_writes_out() -> None:
    """Options that are literal, moves with their usual target, permissions, the parent's place, and groups."""
    closing = replace(JOINER, close=Move("Done", "Fixed", Template("bye")), children=())
    joiner, laptop, *told, vpn = demands(RuleSet((JOINER, TOLD, GROUP), hash=""))
    (closed,) = demands(RuleSet((closing,), hash=""))

    assert (("HR", "Task"), {"priority": ("High",), "customfield_1": ()}) == (laptop.parent, laptop.fields)
    assert (("CREATE_ISSUES", "EDIT_ISSUES"), ()) == (joiner.permissions, joiner.moves)
    assert [("HR", ("ADD_COMMENTS",)), ("OPS", ("ADD_COMMENTS",))] == [(one.project, one.permissions) for one in told]
    assert ("", ("vpn-users",)) == (vpn.project, vpn.groups)
    assert ((("Done", "Fixed"),), {"TRANSITION_ISSUES", "ADD_COMMENTS"}) == (
        closed.moves,
        {*closed.permissions} - {"CREATE_ISSUES", "EDIT_ISSUES"},
    )


def test_the_delivered_rules_demand_what_they_use() -> None:
    """Both ends of an issue's life, and the right to assign."""
    (demand,) = demands(parse_rules(TEXT))

    assert (("ITOPS", "Task"), {("Done", "Done"), ("Cancelled", "Won't Do")}, True) == (
        (demand.project, demand.issue_type),
        {*demand.moves},
        "ASSIGN_ISSUES" in demand.permissions,
    )
