"""Links: what is saved comes back the same, and Jira's own clock is remembered until a newer word of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfjira.engine.model import Ref
from pfjira.engine.reconcile import FieldBase, Link, LinkState
from pfjira.state import links, snapshots
from pfjira.state.links import Known, Saved
from pfjira.state.sqlite import sqlite3
from pfjira.state.store import Store

NOW = datetime(2026, 3, 2, 10, 0, 0, 123000, tzinfo=UTC)
OP = "0" * 20
NUMBERS = count(1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
BASES = st.builds(FieldBase, TEXT, TEXT, st.none() | TEXT)


def link(number: int = 1, state: LinkState = LinkState.LIVE, record: str = "7001") -> Link:
    """Return a link of the usual rule."""
    ref = Ref("peopleforce", "task", record)
    return Link("it-tasks", str(number), ref, f"1000{number}", f"ITOPS-{number}", state)


def saved(store: Store, *entries: Link, updated: datetime | None = None, op: str = OP) -> None:
    """Save links in a transaction of their own."""
    with store.write():
        links.save(store, [Saved(entry, op, updated) for entry in entries])


@pytest.fixture(scope="module")
def roomy() -> Iterator[Store]:
    """Keep one store for many examples."""
    with Store.memory() as store:
        yield store


@given(
    rule=TEXT,
    key=TEXT,
    record=TEXT,
    state=st.sampled_from(LinkState),
    generation=st.integers(0, 2**40),
    base=st.dictionaries(TEXT, BASES, max_size=3),
    completed=st.sampled_from([True, False, None]),
)
def test_a_link_comes_back_as_it_was_saved(
    roomy: Store,
    rule: str,
    key: str,
    record: str,
    state: LinkState,
    generation: int,
    base: dict[str, FieldBase],
    completed: bool | None,
) -> None:
    """Whatever texts people and systems use for names."""
    number = next(NUMBERS)
    ref = Ref("peopleforce", "task", record)
    wanted = Link(rule, f"{key}{number}", ref, str(number), f"A-{number}", state, generation, base, completed)
    saved(roomy, wanted)

    assert wanted in links.of_records(roomy, "task", [record])[record]


def test_saving_again_replaces_what_is_known(store: Store) -> None:
    """There is one link for a situation; the issue behind it may become another."""
    saved(store, link())
    other = Link("it-tasks", "1", link().ref, "20001", "ITOPS-9", LinkState.CLOSED, 3, {"a": FieldBase("x", "y")}, True)
    saved(store, other, op="1" * 20)

    assert ({"7001": [other]}, {"1" * 20}) == (
        links.of_records(store, "task", ["7001"]),
        links.ops(store, [OP, "1" * 20]),
    )


def test_two_situations_never_share_an_issue(store: Store) -> None:
    """Two rules that write to one issue would undo each other for ever."""
    saved(store, link(1))

    with pytest.raises(sqlite3.IntegrityError):
        saved(store, Link("it-tasks", "2", link().ref, link(1).issue_id, "ITOPS-1"))


def test_jiras_clock_is_kept_until_there_is_a_newer_word(store: Store) -> None:
    """Saving without `updated` says nothing about it: our own echo stays recognisable."""
    known = []
    for updated in (None, NOW, None, NOW + timedelta(minutes=1)):
        saved(store, link(), updated=updated)
        known.append(links.by_issue(store, ["10001"])["10001"].updated)

    assert [None, NOW, NOW, NOW + timedelta(minutes=1)] == known


@pytest.mark.parametrize(
    ("settled", "shown", "news"),
    [
        (NOW, NOW, False),
        (NOW, NOW - timedelta(seconds=1), False),
        (NOW, NOW + timedelta(milliseconds=1), True),
        (None, NOW, True),
        (NOW, None, True),
    ],
)
def test_only_a_later_update_is_news(settled: datetime | None, shown: datetime | None, news: bool) -> None:
    """What is not known for certain to be our echo is looked at."""
    assert news == Known("ITOPS-1", link().ref, LinkState.LIVE, settled).is_news(shown)


def test_links_are_found_by_record_and_kind(store: Store) -> None:
    """A record may have several; a record of another kind with the same id is another record."""
    first, second, other = link(1), link(2), link(3, record="7002")
    leave = Link("leaves", "1", Ref("peopleforce", "leave", "7001"), "10009", "HR-9")
    saved(store, first, second, other, leave)

    found = links.of_records(store, "task", ["7001", "7003"])
    assert ({"7001": {"1", "2"}}, {"7001": [leave]}) == (
        {record: {entry.key for entry in entries} for record, entries in found.items()},
        links.of_records(store, "leave", ["7001"]),
    )


def test_each_question_has_its_own_states(store: Store) -> None:
    """Withdrawn issues are not followed, closed ones are; kept are the live and the closed."""
    states = (LinkState.LIVE, LinkState.CLOSED, LinkState.CANCELLED, LinkState.GONE)
    saved(store, *(link(number, state) for number, state in enumerate(states, 1)))

    assert (2, {"10001", "10002", "10004"}, [("7001", "ITOPS-1")]) == (
        links.count(store),
        set(links.followed(store)),
        links.open_pairs(store),
    )


def test_open_pairs_are_in_the_order_of_keys(store: Store) -> None:
    """ITOPS-9 comes before ITOPS-10, as people count."""
    saved(store, link(10), link(9), link(100))

    assert ["ITOPS-9", "ITOPS-10", "ITOPS-100"] == [key for _, key in links.open_pairs(store)]


def test_marking_moves_only_the_issues_named(store: Store) -> None:
    """A deleted issue is remembered as gone; base and completion stay as they were."""
    saved(store, link(1), link(2))
    with store.write():
        links.mark(store, ["10002"], LinkState.GONE)

    states = {issue: known.state for issue, known in links.by_issue(store, ["10001", "10002", "0"]).items()}
    assert {"10001": LinkState.LIVE, "10002": LinkState.GONE} == states


def test_a_record_is_found_by_its_issue_key(store: Store) -> None:
    """`--only ITOPS-1` names the task behind it; an unknown key names nothing."""
    saved(store, link(1))

    assert (link().ref, None) == (links.record_of(store, "ITOPS-1"), links.record_of(store, "ITOPS-2"))


def test_many_ids_are_asked_for_in_pieces(store: Store) -> None:
    """More ids than one SQL statement takes, by several roads."""
    size = 2 * snapshots.CHUNK + 1
    saved(store, *(link(number, record=str(number)) for number in range(size)))
    ids = [str(number) for number in range(size)]

    assert (size, size) == (
        len(links.of_records(store, "task", ids)),
        len(links.by_issue(store, [f"1000{number}" for number in ids])),
    )


def test_lost_issues_are_named_by_their_keys(store: Store) -> None:
    """A person sees which issues were deleted or hidden in Jira, and only those."""
    saved(store, link(1), link(2, LinkState.GONE), link(3, LinkState.CANCELLED), link(4, LinkState.GONE))

    assert ["ITOPS-2", "ITOPS-4"] == links.lost(store)
