"""Every trace of one person in the state: found from one HR id, and erased in one transaction.

What belongs to others stays: a task about the person keeps its issue, a list of several loses one entry. Ids and keyed
fingerprints are all that was ever kept; what an act was about is erased from the audit, whose chain holds all the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pfjira.engine.kinds import ABOUT_A_PERSON, PER_PERSON
from pfjira.state import audit, outbox
from pfjira.state.people import LONG_AGO
from pfjira.state.store import Row, Store

OF_A_PERSON = PER_PERSON | ABOUT_A_PERSON | {"candidate"}
"""Kinds whose records are one person's; tasks and teams are not."""
_HELD = (
    "SELECT 1 FROM snapshots WHERE kind = ?1 AND id = ?2",
    "SELECT 1 FROM links WHERE kind = ?1 AND id = ?2",
    "SELECT 1 FROM outbox WHERE kind = ?1 AND id = ?2",
)
_HELD_OF_EMPLOYEE = (
    "SELECT 1 FROM people WHERE hr_id = ?1",
    "SELECT 1 FROM snapshots WHERE waiting LIKE '%' || ?1 || '%'",
)


@dataclass(frozen=True, slots=True)
class Traces:
    """What the state knows of one person, by id."""

    hr_id: str
    """The id as an employee; empty for somebody who is only a candidate."""
    records: frozenset[tuple[str, str]]
    """(kind, id) of each record that is about the person alone."""
    accounts: frozenset[str]
    """Atlassian accounts that nobody else in HR is linked to."""
    prints: frozenset[str]
    """Fingerprints of the person's address and employee number."""
    issues: tuple[tuple[str, str], ...]
    """(id, key) of the issues that are kept for these records."""

    @property
    def pattern(self) -> re.Pattern[str]:
        """Matches a text of ours that names a record, an account or an issue of the person."""
        names = [rf"{re.escape(kind)}[/ ]{re.escape(number)}" for kind, number in sorted(self.records)]
        names += [re.escape(name) for name in (*sorted(self.accounts), *(key for _, key in self.issues))]
        return re.compile(rf"(?<![\w-])(?:{'|'.join(names)})(?![\w-])")


def trace(store: Store, kind: str, number: str) -> Traces:
    """Find what is known of a person: an employee with what he was as a candidate, or a candidate."""
    if kind == "candidate":
        records, hr_id = {(kind, number)}, ""
    else:
        records, hr_id = {(one, number) for one in PER_PERSON}, number
        records |= {
            ("candidate", row[0]) for row in store.rows("SELECT id FROM candidates WHERE employee = ?", (number,))
        }
        about = store.rows("SELECT kind, id FROM links WHERE person = ?", (number,))
        records |= {(one, record) for one, record in about if one in OF_A_PERSON or one.startswith("hook.")}
    others = "(SELECT account_id FROM people WHERE hr_id <> ?1 AND account_id IS NOT NULL)"
    known = store.rows(
        f"SELECT iif(account_id IN {others}, NULL, account_id), email, number FROM people WHERE hr_id = ?1", (hr_id,)
    )
    kept = [row for one in sorted(records) for row in store.rows(
        "SELECT issue_id, issue_key FROM links WHERE kind = ? AND id = ?", one
    )]  # fmt: skip
    return Traces(
        hr_id,
        frozenset(records),
        frozenset(row[0] for row in known if row[0]),
        frozenset(print_ for row in known for print_ in row[1:] if print_),
        tuple(sorted((row[0], row[1]) for row in kept)),
    )


def unfinished(store: Store, traces: Traces) -> int:
    """Return how many writes about the person have not come to their end."""
    return sum((row.ref.kind, row.ref.id) in traces.records for row in outbox.unfinished(store))


def erase(store: Store, traces: Traces) -> Counter[str]:
    """Erase all of it; inside `write()`. Return table to rows that were erased or changed."""
    done: Counter[str] = Counter()

    def run(table: str, sql: str, rows: Iterable[Iterable[Any]]) -> None:
        done[table] += sum(store.run(sql, tuple(row)) for row in rows)

    for table in ("snapshots", "links", "outbox", "dead_letters", "conflicts", "deeds"):
        run(table, f"DELETE FROM {table} WHERE kind = ? AND id = ?", traces.records)
    hooks = [(kind.removeprefix("hook."), number) for kind, number in traces.records if kind.startswith("hook.")]
    run("deliveries", "DELETE FROM deliveries WHERE source = ? AND id = ?", hooks)
    run("doubles", "DELETE FROM doubles WHERE issue_id = ?1 OR kept = ?2", traces.issues)
    run(
        "candidates", "DELETE FROM candidates WHERE id = ?", ((n,) for kind, n in traces.records if kind == "candidate")
    )
    for table, column in (("deeds", "target"), ("outbox", "target")):
        gone = f"DELETE FROM {table} WHERE instr({column}, ?)"
        run(table, gone, ((account,) for account in traces.accounts))
    run("assignable", "DELETE FROM assignable WHERE account_id = ?", ((one,) for one in traces.accounts))
    run("people_stated", "DELETE FROM people_stated WHERE account_id = ?", ((one,) for one in traces.accounts))
    run("people_stated", "DELETE FROM people_stated WHERE print = ?", ((one,) for one in traces.prints))
    if traces.hr_id:
        _erase_employee(store, traces, done)
    _erase_from_lists(store, traces, done)
    _erase_from_texts(store, traces, done)
    done["audit"] += sum(audit.erase(store, act.subject) for act in _acts_about(store, traces))
    return +done


def is_held(ask: Callable[..., list[Row]], kind: str, number: str) -> bool:
    """Say whether a copy of the state, of whatever schema, knows the person; `ask` runs a query. May raise."""
    found = any(ask(f"{sql} LIMIT 1", (kind, number)) for sql in _HELD)
    return found or (kind == "employee" and any(ask(f"{sql} LIMIT 1", (number,)) for sql in _HELD_OF_EMPLOYEE))


def named_in_rules(store: Store, traces: Traces) -> bool:
    """Say whether a text of the rules, which belongs to its author, names the person."""
    return any(traces.pattern.search(text) for (text,) in store.each("SELECT text FROM rule_versions"))


def _erase_employee(store: Store, traces: Traces, done: Counter[str]) -> None:
    """Erase what is kept under the HR id, and the id where it says of whom another record's issue is about."""
    done["people"] += store.run("DELETE FROM people WHERE hr_id = ?", (traces.hr_id,))
    done["episodes"] += store.run("DELETE FROM episodes WHERE hr_id = ?", (traces.hr_id,))
    for rule, key in store.rows("SELECT rule, key FROM links WHERE person = ?", (traces.hr_id,)):
        named = traces.hr_id in key.split("/")
        how = "DELETE FROM links" if named else "UPDATE links SET person = NULL"
        done["links"] += store.run(f"{how} WHERE rule = ? AND key = ?", (rule, key))


def _erase_from_lists(store: Store, traces: Traces, done: Counter[str]) -> None:
    """Take the person out of lists of several: who waits for whom, whom a doubt speaks of, what a delivery named."""
    for kind, number, waiting in store.rows("SELECT kind, id, waiting FROM snapshots WHERE waiting <> ''"):
        left = [one for one in waiting.split(",") if one != traces.hr_id]
        if ",".join(left) != waiting:
            sql = "UPDATE snapshots SET waiting = ? WHERE kind = ? AND id = ?"
            done["snapshots"] += store.run(sql, (",".join(left), kind, number))
    for hr_id, others, suggested in store.rows("SELECT hr_id, others, suggested FROM people"):
        left = [one for one in others.split() if one != traces.hr_id]
        meant = [one for one in suggested.split() if one not in traces.accounts]
        if (" ".join(left), " ".join(meant)) != (others, suggested):
            # A doubt that spoke of the person is judged anew.
            sql = "UPDATE people SET others = ?, suggested = ?, checked_at = ? WHERE hr_id = ?"
            done["people"] += store.run(sql, (" ".join(left), " ".join(meant), LONG_AGO.isoformat(), hr_id))
    refs = {f"{kind}/{number}" for kind, number in traces.records}
    for number, named in store.rows("SELECT number, refs FROM inbox WHERE refs <> ''"):
        if refs & set(named.split()):
            done["inbox"] += store.run("DELETE FROM inbox WHERE number = ?", (number,))


def _erase_from_texts(store: Store, traces: Traces, done: Counter[str]) -> None:
    """Erase sentences of ours that name the person's record, account or issue."""
    pattern = traces.pattern
    for cause, subject, day, sentence in store.rows("SELECT cause, subject, day, sentence FROM alerts"):
        if pattern.search(subject) or pattern.search(sentence):
            sql = "DELETE FROM alerts WHERE cause = ? AND subject = ? AND day = ?"
            done["alerts"] += store.run(sql, (cause, subject, day))
    for table, column in (("runs", "error"), ("dead_letters", "reason")):
        for number, text in store.rows(f"SELECT number, {column} FROM {table} WHERE {column} <> ''"):
            if pattern.search(text):
                sql = f"UPDATE {table} SET {column} = ? WHERE number = ?"
                done[table] += store.run(sql, (audit.ERASED, number))
    for name, value in store.rows("SELECT name, value FROM meta"):
        if pattern.search(value):
            store.set_meta(name, "")  # a plan that was offered for this record alone
            done["meta"] += 1


def _acts_about(store: Store, traces: Traces) -> list[audit.Act]:
    pattern = traces.pattern
    return [
        act
        for act in audit.every(store)
        if pattern.search(act.subject) or (act.act.startswith("people ") and traces.hr_id in act.subject.split())
    ]
