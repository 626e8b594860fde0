"""Lists of the state as a person pages through them: how many rows, and the few that fit on a screen.

Each question is one short statement, so that a reader never keeps SQLite's log from being folded in. A list may have
a hundred thousand rows; nothing here ever holds more than the window that is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass

from pfjira.state import deliveries
from pfjira.state.store import Row, Store


@dataclass(frozen=True, slots=True)
class Listing:
    """One list: where its rows are, in which order, and which columns a search looks into."""

    table: str
    """Or what stands for one, in parentheses."""
    columns: tuple[str, ...]
    order: tuple[str, ...]
    searched: tuple[str, ...]
    where: str = "1"


RUNS = Listing(
    "runs",
    ("number", "started_at", "ended_at", "kind", "exit_code", "counts", "error"),
    ("number DESC",),
    ("number", "started_at", "kind", "error", "counts"),
)
_SHUT_OUT = "ifnull(account_id IN (SELECT account_id FROM assignable WHERE allowed = 0), 0)"
"""A person whose account may not be assigned issues somewhere."""
PEOPLE = Listing(
    "people",
    ("hr_id", "account_id", "doubt", "others", "matched_by", "linked_by", "since", "checked_at", "suggested"),
    (f"(doubt <> '' OR {_SHUT_OUT}) DESC", "length(hr_id)", "hr_id"),
    ("hr_id", "account_id", "matched_by", "linked_by", "suggested", "doubt"),
)
REVIEW = Listing(
    PEOPLE.table, PEOPLE.columns, ("length(hr_id)", "hr_id"), PEOPLE.searched, f"doubt <> '' OR {_SHUT_OUT}"
)
CONFLICTS = Listing(
    "conflicts",
    ("issue_key", "field", "kind", "id", "rule", "first_seen", "key"),
    ("first_seen", "issue_key", "field"),
    ("issue_key", "field", "kind", "id", "rule"),
)
LETTERS = Listing(
    "dead_letters",
    ("last_seen", "rule", "kind", "id", "action", "status", "reason", "attempts", "first_seen", "number"),
    ("last_seen DESC", "kind", "id", "rule", "action"),
    ("number", "rule", "kind", "id", "action", "status", "reason"),
    "cleared_at IS NULL",
)
DELIVERIES = Listing(
    "(SELECT 'document' AS sort, source, id, '' AS topic, '' AS refs, '' AS sweep, received_at, settled_at, "
    f"{deliveries.STATE} AS state FROM deliveries UNION ALL "
    "SELECT 'webhook', hook, identifier, topic, refs, sweep, received_at, settled_at, state FROM inbox)",
    ("sort", "source", "id", "topic", "refs", "sweep", "received_at", "settled_at", "state"),
    ("received_at DESC", "source", "id", "sort"),
    ("source", "id", "topic", "refs", "sweep", "received_at", "state"),
)
"""Documents of generic hooks, which are kept themselves, and webhooks, which only say where to look."""
VERSIONS = Listing(
    "rule_versions",
    ("hash", "file", "first_used_at", "last_used_at", "activated", "activated_at", "activated_by"),
    ("activated DESC",),
    ("hash", "file", "activated_by"),
)
AUDIT = Listing("audit", ("number", "at", "who", "act", "subject"), ("number DESC",), ("at", "who", "act", "subject"))


def count(store: Store, listing: Listing, text: str = "") -> int:
    """Return how many rows a list has, or how many of them hold a text."""
    where, values = _narrowed(listing, text)
    row = store.one(f"SELECT count(*) FROM {listing.table} WHERE {where}", values)
    return int(row[0]) if row else 0


def window(store: Store, listing: Listing, text: str, first: int, many: int, total: int) -> list[Row]:
    """Return some rows of a list of so many, beginning with the row of this place; the far half is read backwards."""
    where, values = _narrowed(listing, text)
    columns = ", ".join(listing.columns)
    backwards = 2 * first > total
    begin, most = (max(0, total - first - many), min(many, total - first)) if backwards else (first, many)
    order = ", ".join(map(_turned, listing.order) if backwards else listing.order)
    rows = store.rows(
        f"SELECT {columns} FROM {listing.table} WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",
        (*values, most, begin),
    )
    return rows[::-1] if backwards else rows


def _turned(term: str) -> str:
    return term.removesuffix(" DESC") if term.endswith(" DESC") else f"{term} DESC"


def _narrowed(listing: Listing, text: str) -> tuple[str, tuple[str, ...]]:
    """Return the condition of a list and its values; each word of the text must be somewhere in the row."""
    words = text.split()
    either = " OR ".join(f"{column} LIKE ? ESCAPE '!'" for column in listing.searched)
    where = " AND ".join([f"({listing.where})", *[f"({either})"] * len(words)])
    return where, tuple(_like(word) for word in words for _ in listing.searched)


def _like(word: str) -> str:
    for special in "!%_":
        word = word.replace(special, "!" + special)
    return f"%{word}%"
