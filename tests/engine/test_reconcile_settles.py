"""Laws of reconciliation over arbitrary fields: runs settle, owners are obeyed, equal values are never written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from kept_issue import DIGEST, ISSUE, World, agreed, same, text, world

from pfjira.engine.model import Desired, Json, Owner, Target, ValueKind
from pfjira.engine.plan import in_order
from pfjira.engine.reconcile import FieldBase, LinkState, Outcome, comparable

VALUES = st.sampled_from([None, "", "a", "A", "b", " b ", "c", 3, 3.0])
NAMES = ("summary", "duedate", "priority", "customfield_10051")
FORMS: tuple[Callable[[Json], Json], ...] = (
    lambda value: str(value).upper() if value else value,
    lambda value: None,
    lambda value: "always this",
)
"""What a Jira can make of a text: another spelling, nothing at all, a constant."""


@st.composite
def worlds(draw: st.DrawFn, *, owners: tuple[Owner, ...] = tuple(Owner)) -> World:
    """Return some fields with any owners, values and bases, and some labels."""
    desired: list[Desired] = []
    fields: dict[str, Json] = {}
    base: dict[str, FieldBase] = {}
    for name in draw(st.lists(st.sampled_from(NAMES), unique=True)):
        desired.append(text(draw(VALUES), draw(st.sampled_from(owners)), name))
        fields[name] = draw(VALUES)
        if draw(st.booleans()):
            base[name] = agreed(draw(VALUES), draw(VALUES), draw(VALUES))
    some = st.lists(st.sampled_from("xyz"), unique=True)
    wanted, unwanted = draw(some), draw(some)
    labels = {"add": [name for name in wanted if name not in unwanted], "remove": unwanted}
    desired.append(Desired("labels", ValueKind.LABELS, labels))
    return world(*desired, fields=fields, base=base, labels=frozenset(draw(some)))


@st.composite
def whole_worlds(draw: st.DrawFn) -> World:
    """Return any fields together with any completion, past agreement and life of the link."""
    start = draw(worlds())
    situation = replace(
        start.situation,
        done=draw(st.booleans()),
        cancelled=draw(st.booleans()),
        writes_back=draw(st.booleans()),
        close=draw(st.sampled_from([None, Target("Done", "Done")])),
    )
    link = replace(
        start.link, completed=draw(st.sampled_from([True, False, None])), state=draw(st.sampled_from(LinkState))
    )
    issue = replace(start.issue, category=draw(st.sampled_from(["new", "indeterminate", "done"])))
    return replace(start, situation=situation, link=link, issue=issue, looks_at_done=draw(st.booleans()))


def written(outcome: Outcome) -> set[str]:
    """Return the names of the fields that are to be written."""
    return {delta.field for change in outcome.changes for delta in change.deltas}


@given(whole_worlds())
def test_applying_a_plan_leaves_only_its_conflicts(start: World) -> None:
    """A second run finds no work and the same open questions."""
    outcome = start.reconciled()

    again = start.after(outcome).reconciled()

    assert ((), outcome.conflicts, outcome.kept) == (again.changes, again.conflicts, again.kept)


@given(worlds(), st.sampled_from(FORMS))
def test_whatever_jira_makes_of_a_value_two_writes_are_enough(start: World, form: Callable[[Json], Json]) -> None:
    """A site that rewrites or drops what it is sent is not written to for ever."""
    running = replace(start, store=form)
    for _ in range(2):
        running = running.after(running.reconciled())

    assert set() == written(running.reconciled())


@given(whole_worlds())
def test_looking_again_without_writing_finds_the_same(start: World) -> None:
    """A run that stops before its writes loses nothing: the next one wants the same."""
    outcome = start.reconciled()

    again = replace(start, link=outcome.link).reconciled()

    assert (outcome.changes, outcome.conflicts, outcome.link) == (again.changes, again.conflicts, again.link)


@given(worlds(owners=(Owner.HR,)))
def test_drift_in_a_field_of_hr_is_always_undone(start: World) -> None:
    """After one run Jira shows HR's value, wherever they differed and Jira takes values as they are sent."""
    settled = start.after(start.reconciled())
    for desired in start.situation.desired:
        if desired.kind is ValueKind.LABELS:
            continue
        ours, theirs = (
            comparable(desired.kind, value) for value in (desired.value, settled.issue.fields.get(desired.field))
        )
        before = start.link.base.get(desired.field)
        accepted = before is not None and (before.ours, before.theirs) == (DIGEST(ours), DIGEST(theirs))
        assert ours == theirs or accepted


@given(worlds(owners=(Owner.JIRA,)))
def test_a_field_of_jira_is_never_written(start: World) -> None:
    """Set at creation, then Jira's alone."""
    outcome = start.reconciled()

    assert (set(), ()) == (written(outcome) - {"labels"}, outcome.conflicts)


@given(worlds(owners=(Owner.ONCE, Owner.EMPTY)))
def test_a_value_in_jira_is_never_overwritten_by_once_or_empty(start: World) -> None:
    """They fill what is empty, and nothing else."""
    outcome = start.reconciled()
    filled = [d for change in outcome.changes for d in change.deltas if d.field != "labels"]

    assert [] == [delta for delta in filled if delta.before is not None or delta.after in (None, "")]


@given(worlds())
def test_equal_values_are_never_written(start: World) -> None:
    """With both sides showing the same, no owner and no base leads to a write or a question."""
    shown = {d.field: d.value for d in start.situation.desired if d.kind is not ValueKind.LABELS}
    equal = replace(start, issue=replace(start.issue, fields=shown), store=same)
    outcome = equal.reconciled()

    assert (set(), (), ()) == (written(outcome) - {"labels"}, outcome.conflicts, outcome.kept)


@given(worlds())
def test_a_field_is_written_or_asked_about_but_never_both(start: World) -> None:
    """A question is left to a person; nothing decides it meanwhile."""
    outcome = start.reconciled()

    left_alone = {entry.field for entry in outcome.conflicts} | {entry.field for entry in outcome.kept}
    assert set() == written(outcome) & left_alone


@given(whole_worlds())
def test_a_plan_names_the_issue_and_edits_come_before_moves(start: World) -> None:
    """Every change is of this issue and this situation; a closed issue may refuse the edits that came too late."""
    changes = start.reconciled().changes

    assert list(in_order(changes)) == list(changes)
    assert all((start.situation, ISSUE.id, ISSUE.key) == (c.situation, c.issue_id, c.issue_key) for c in changes)
