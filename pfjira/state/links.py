"""Which issue is kept for which situation, and what both sides last agreed on, as fingerprints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import orjson

from pfjira.engine.model import Ref
from pfjira.engine.reconcile import FieldBase, Link, LinkState
from pfjira.state.snapshots import chunks
from pfjira.state.store import Row, Store

COLUMNS = "rule, key, kind, id, issue_id, issue_key, state, generation, base, completed, again"
KNOWN = "issue_id, issue_key, kind, id, state, issue_updated"


@dataclass(frozen=True, slots=True)
class Known:
    """What the state knows of an issue, for judging a hint."""

    key: str
    """The issue's key."""
    ref: Ref
    state: LinkState
    updated: datetime | None
    """Jira's `updated` when the issue was last settled: our own echo, and nothing newer."""

    def is_news(self, updated: datetime | None) -> bool:
        """Whether this `updated` tells of a change after the last settlement."""
        return updated is None or self.updated is None or updated > self.updated


@dataclass(frozen=True, slots=True)
class Saved:
    """A link that is to be remembered; see `save`."""

    link: Link
    op: str
    updated: datetime | None = None
    person: str | None = None


def of_records(store: Store, kind: str, ids: Collection[str]) -> dict[str, list[Link]]:
    """Return record id to its links."""
    found: dict[str, list[Link]] = {}
    for piece in chunks(sorted(ids)):
        marks = ",".join("?" * len(piece))
        rows = store.each(f"SELECT {COLUMNS} FROM links WHERE kind = ? AND id IN ({marks})", (kind, *piece))
        for link in map(_link, rows):
            found.setdefault(link.ref.id, []).append(link)
    return found


def of_people(store: Store, people: Collection[str], rules: Collection[str]) -> dict[str, list[Link]]:
    """Return HR id to the links of these rules that are about the person."""
    found: dict[str, list[Link]] = {}
    names = sorted(rules)
    for piece in chunks(sorted(people)):
        marks, ours = ",".join("?" * len(piece)), ",".join("?" * len(names))
        rows = store.each(
            f"SELECT person, {COLUMNS} FROM links WHERE person IN ({marks}) AND rule IN ({ours}) ORDER BY rule, key",
            (*piece, *names),
        )
        for person, *row in rows:
            found.setdefault(person, []).append(_link(tuple(row)))
    return found


def holders(store: Store, kind: str) -> dict[str, set[str]]:
    """Return record id to the rules that keep an issue, or did something, for records of a kind."""
    found: dict[str, set[str]] = {}
    for table in ("links", "deeds"):
        for row_id, rule in store.each(f"SELECT id, rule FROM {table} WHERE kind = ?", (kind,)):
            found.setdefault(row_id, set()).add(rule)
    return found


def by_key(store: Store, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], Link]:
    """Return (rule, key) to its link."""
    wanted, found = set(pairs), {}
    for piece in chunks(sorted({key for _, key in wanted})):
        marks = ",".join("?" * len(piece))
        for link in map(_link, store.each(f"SELECT {COLUMNS} FROM links WHERE key IN ({marks})", piece)):
            if (link.rule, link.key) in wanted:
                found[link.rule, link.key] = link
    return found


def by_issue(store: Store, issue_ids: Collection[str]) -> dict[str, Known]:
    """Return issue id to what is known of it."""
    found: dict[str, Known] = {}
    for piece in chunks(sorted(issue_ids)):
        marks = ",".join("?" * len(piece))
        rows = store.each(f"SELECT {KNOWN} FROM links WHERE issue_id IN ({marks})", piece)
        found.update(map(_known, rows))
    return found


def followed(store: Store) -> dict[str, Known]:
    """Return issue id to what is known of it, for every issue that was not withdrawn."""
    return dict(map(_known, store.each(f"SELECT {KNOWN} FROM links WHERE state <> 'cancelled'")))


def record_of(store: Store, issue_key: str) -> Ref | None:
    """Return the HR record behind an issue key."""
    row = store.one("SELECT kind, id FROM links WHERE issue_key = ?", (issue_key,))
    return Ref("peopleforce", row[0], row[1]) if row else None


def of_issue(store: Store, issue_id: str) -> Link | None:
    """Return the link to an issue."""
    row = store.one(f"SELECT {COLUMNS} FROM links WHERE issue_id = ?", (issue_id,))
    return _link(row) if row else None


def of_key(store: Store, issue_key: str) -> list[Link]:
    """Return the links to issues of this key: usually one."""
    return [_link(row) for row in store.rows(f"SELECT {COLUMNS} FROM links WHERE issue_key = ?", (issue_key,))]


def open_pairs(store: Store) -> list[tuple[str, str]]:
    """Return (record id, issue key) of every issue that is kept and not closed, in key order."""
    rows = store.rows("SELECT id, issue_key FROM links WHERE state = 'live' ORDER BY length(issue_key), issue_key")
    return [(row[0], row[1]) for row in rows]


def count(store: Store) -> int:
    """Return how many issues are kept now."""
    row = store.one("SELECT count(*) FROM links WHERE state IN ('live', 'closed')")
    return row[0] if row else 0


def count_by(store: Store, column: Literal["kind", "rule"]) -> Counter[str]:
    """Return how many issues are kept now, per kind of the record behind them or per rule."""
    rows = store.each(f"SELECT {column}, count(*) FROM links WHERE state IN ('live', 'closed') GROUP BY 1")
    return Counter(dict(rows))


def any_kept(store: Store) -> bool:
    """Say whether any issue is kept now."""
    return store.one("SELECT 1 FROM links WHERE state IN ('live', 'closed') LIMIT 1") is not None


def lost(store: Store) -> list[str]:
    """Return the keys of issues that Jira does not show any more, and that nobody wants once more."""
    return [
        row[0]
        for row in store.rows("SELECT issue_key FROM links WHERE state = 'gone' AND again = 0 ORDER BY issue_key")
    ]


def gone(store: Store) -> list[Link]:
    """Return the links whose issue Jira does not show any more."""
    return [_link(row) for row in store.rows(f"SELECT {COLUMNS} FROM links WHERE state = 'gone'")]


def made_again(store: Store) -> list[Link]:
    """Return the links whose issue was made more than once."""
    return [_link(row) for row in store.rows(f"SELECT {COLUMNS} FROM links WHERE generation > 0 AND again = 0")]


def ops(store: Store, wanted: Collection[str]) -> set[str]:
    """Return which of these operation ids belong to a link."""
    found: set[str] = set()
    for piece in chunks(sorted(wanted)):
        marks = ",".join("?" * len(piece))
        found.update(row[0] for row in store.each(f"SELECT op FROM links WHERE op IN ({marks})", piece))
    return found


def of_ops(store: Store, wanted: Collection[str]) -> dict[str, Link]:
    """Return operation id to the link that was made by it."""
    found: dict[str, Link] = {}
    for piece in chunks(sorted(wanted)):
        marks = ",".join("?" * len(piece))
        for op, *row in store.each(f"SELECT op, {COLUMNS} FROM links WHERE op IN ({marks})", piece):
            found[op] = _link(tuple(row))
    return found


def owners(store: Store, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], Ref]:
    """Return (rule, key) to the record that holds a link under it."""
    found: dict[tuple[str, str], Ref] = {}
    wanted = set(pairs)
    for piece in chunks(sorted({key for _, key in wanted})):
        marks = ",".join("?" * len(piece))
        rows = store.each(f"SELECT rule, key, kind, id FROM links WHERE key IN ({marks})", piece)
        for rule, key, kind, row_id in rows:
            if (rule, key) in wanted:
                found[rule, key] = Ref("peopleforce", kind, row_id)
    return found


def rename(store: Store, old: tuple[str, str], new: tuple[str, str], ref: Ref) -> None:
    """Keep a link under another rule and key, because the rules call it so now; inside `write()`.

    `ref` is the record behind it from now on: a candidate's issue may become an employee's.
    """
    store.run(
        "UPDATE links SET rule = ?, key = ?, kind = ?, id = ? WHERE rule = ? AND key = ?",
        (*new, ref.kind, ref.id, *old),
    )


def save(store: Store, saved: Iterable[Saved]) -> None:
    """Remember links; inside `write()`.

    An issue that was to be made once more is there now; the generation never falls.
    """
    saved = list(saved)
    store.run_many(
        f"INSERT INTO links (op, issue_updated, person, {COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,0) "
        "ON CONFLICT (rule, key) DO UPDATE SET issue_id = excluded.issue_id, issue_key = excluded.issue_key, "
        "op = excluded.op, state = excluded.state, generation = max(generation, excluded.generation), "
        "base = excluded.base, again = 0, "
        "completed = excluded.completed, issue_updated = coalesce(excluded.issue_updated, issue_updated), "
        "person = coalesce(excluded.person, person)",
        map(_row, saved),
    )
    # A kept record counts from now on, though it was never seen settled: else its end would pass unnoticed.
    store.run_many(
        "INSERT OR IGNORE INTO snapshots (kind, id, fingerprint, rules, day, section) VALUES (?,?,'','','','')",
        ((one.link.ref.kind, one.link.ref.id) for one in saved),
    )


def agree(store: Store, link: Link) -> None:
    """Move what both sides agreed on, and nothing else of a link; inside `write()`."""
    completed = None if link.completed is None else int(link.completed)
    store.run(
        "UPDATE links SET base = ?, completed = ? WHERE issue_id = ?", (_dumped(link.base), completed, link.issue_id)
    )


def mark(store: Store, issue_ids: Iterable[str], state: LinkState) -> None:
    """Set the state of some links; inside `write()`."""
    store.run_many("UPDATE links SET state = ? WHERE issue_id = ?", ((state.value, issue_id) for issue_id in issue_ids))


def make_again(store: Store, wanted: Iterable[tuple[str, str, int]]) -> None:
    """Remember which issues that are gone are to be made once more: rule, key, generation; inside `write()`.

    Nothing is agreed about the new ones yet.
    """
    store.run_many(
        "UPDATE links SET again = 1, generation = ?, base = '{}', completed = NULL, issue_updated = NULL "
        "WHERE rule = ? AND key = ? AND state = 'gone'",
        ((generation, rule, key) for rule, key, generation in wanted),
    )


def _known(row: Row) -> tuple[str, Known]:
    issue_id, issue_key, kind, row_id, state, updated = row
    moment = datetime.fromisoformat(updated) if updated else None
    return issue_id, Known(issue_key, Ref("peopleforce", kind, row_id), LinkState(state), moment)


def _row(saved: Saved) -> Row:
    link, updated = saved.link, saved.updated
    return (
        saved.op,
        updated.isoformat() if updated else None,
        saved.person,
        link.rule,
        link.key,
        link.ref.kind,
        link.ref.id,
        link.issue_id,
        link.issue_key,
        link.state.value,
        link.generation,
        _dumped(link.base),
        None if link.completed is None else int(link.completed),
    )


def _dumped(base: Mapping[str, FieldBase]) -> str:
    entries = {name: [entry.ours, entry.theirs, entry.refused] for name, entry in base.items()}
    return orjson.dumps(entries, option=orjson.OPT_SORT_KEYS).decode()


def _link(row: Row) -> Link:
    rule, key, kind, row_id, issue_id, issue_key, state, generation, base, completed, again = row
    return Link(
        rule=rule,
        key=key,
        ref=Ref("peopleforce", kind, row_id),
        issue_id=issue_id,
        issue_key=issue_key,
        state=LinkState(state),
        generation=generation,
        base={name: FieldBase(*entry) for name, entry in orjson.loads(base).items()},
        completed=None if completed is None else bool(completed),
        again=bool(again),
    )
