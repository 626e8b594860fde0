"""Duplicates: issues that carry the mark of another kept one, a second creation that nobody could prevent.

Ids and keys only. The table has been called `doubles` from its first day, and so is everything named after it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from pfjira.state.store import Store


class Stage(StrEnum):
    """Where such an issue stands."""

    OPEN = "open"
    """Found, and not labelled yet."""
    REFUSED = "refused"
    """Jira refused the label."""
    ORPHAN = "orphan"
    """The kept issue is not there any more: which of the two counts, a person must say."""
    LABELLED = "labelled"
    """A person's to do: close it, delete it, or take the label away."""
    CLOSED = "closed"
    RELEASED = "released"
    """A person took the label away: it is his issue now."""


ASKING = frozenset({Stage.OPEN, Stage.REFUSED, Stage.ORPHAN})
"""Those that are not dealt with."""


@dataclass(frozen=True, slots=True)
class Double:
    """One of them."""

    issue_id: str
    issue_key: str
    op: str
    kept: str
    """Key of the issue whose mark it carries."""
    stage: Stage
    reason: str = ""
    """Why it is not labelled, where it should be."""


def every(store: Store) -> dict[str, Double]:
    """Return issue id to what is known of each, in the order of their ids."""
    rows = store.rows(
        "SELECT issue_id, issue_key, op, kept, stage, reason FROM doubles ORDER BY length(issue_id), issue_id"
    )
    return {row[0]: Double(row[0], row[1], row[2], row[3], Stage(row[4]), row[5]) for row in rows}


def count_asking(store: Store) -> int:
    """Return how many are not dealt with."""
    return sum(one.stage in ASKING for one in every(store).values())


def save(store: Store, found: Iterable[Double]) -> None:
    """Remember what was found; inside `write()`."""
    store.run_many(
        "INSERT OR REPLACE INTO doubles (issue_id, issue_key, op, kept, stage, reason) VALUES (?,?,?,?,?,?)",
        ((one.issue_id, one.issue_key, one.op, one.kept, one.stage.value, one.reason) for one in found),
    )


def settle(store: Store, issue_id: str, stage: Stage, reason: str = "") -> None:
    """Move one to a stage; inside `write()`."""
    store.run("UPDATE doubles SET stage = ?, reason = ? WHERE issue_id = ?", (stage.value, reason, issue_id))


def forget(store: Store, issue_ids: Iterable[str]) -> None:
    """Forget those that are gone, or carry no such mark any more; inside `write()`."""
    store.run_many("DELETE FROM doubles WHERE issue_id = ?", ((issue_id,) for issue_id in issue_ids))
