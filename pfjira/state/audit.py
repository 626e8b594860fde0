"""What people did, as a chain: each row is sealed together with the row before it, so that no row can change unseen.

The seal shows accidents and clumsy hands. Whoever owns the file owns its key too: the head of the chain is told to the
log at the end of each run, and what left the machine cannot be made to fit afterwards. A row is never edited; only the
subject of one may be erased, for a person's sake, and the chain holds all the same.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

import orjson

from pfjira.state.store import Store

HEAD = "audit_head"
"""Name of the fact that holds number and seal of the newest act."""
ERASED = "(forgotten)"
"""In place of a subject that was erased."""
_ROWS = "SELECT number, at, who, act, subject, print, seal FROM audit"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that a person did."""

    number: int
    at: str
    who: str
    act: str
    subject: str
    print: str
    """Keyed fingerprint of the subject, which stays when the subject is erased."""
    seal: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a look at the whole chain found."""

    acts: int
    head: str
    """Seal of the newest act; empty where there is none."""
    broken: int | None = None
    """Number of the first act that does not fit, or that is missing."""


def append(store: Store, who: str, act: str, subject: str, now: datetime) -> None:
    """Write down what a person did; inside `write()`."""
    newest = store.one(f"{_ROWS} ORDER BY number DESC LIMIT 1")
    number, before = (newest[0] + 1, newest[6]) if newest else (1, "")
    if newest and not before:
        for one in every(store):
            before = _seal(store, one.number, one.at, one.who, one.act, _print(store, one.subject), before)
    print_ = _print(store, subject)
    seal = _seal(store, number, now.isoformat(), who, act, print_, before)
    store.run(
        "INSERT INTO audit (number, at, who, act, subject, print, seal) VALUES (?,?,?,?,?,?,?)",
        (number, now.isoformat(), who, act, subject, print_, seal),
    )
    store.set_meta(HEAD, f"{number} {seal}")


def every(store: Store, *, last: int | None = None) -> list[Act]:
    """Return what people did, the oldest first; with `last`, the newest so many."""
    limit = "" if last is None else f" LIMIT {int(last)}"
    rows = store.rows(f"{_ROWS} ORDER BY number DESC{limit}")
    return [Act(*row) for row in reversed(rows)]


def verify(store: Store) -> Verdict:
    """Go through the whole chain; acts of before there was a chain carry no seal and are its foundation."""
    before, count, sealed = "", 0, False
    for row in store.each(f"{_ROWS} ORDER BY number"):
        act = Act(*row)
        count += 1
        if act.number != count:
            return Verdict(count, before, count)
        sealed = sealed or bool(act.seal)
        print_ = act.print if sealed else _print(store, act.subject)
        whole = act.subject == ERASED or hmac.compare_digest(_print(store, act.subject), print_)
        before = _seal(store, act.number, act.at, act.who, act.act, print_, before)
        if sealed and not (whole and hmac.compare_digest(before, act.seal)):
            return Verdict(count, before, act.number)
    if (store.meta(HEAD) or "") != (f"{count} {before}" if sealed else ""):
        return Verdict(count, before, count + 1)
    return Verdict(count, before)


def erase(store: Store, subject: str) -> int:
    """Erase a subject from every act that names it; inside `write()`. Return how many."""
    return store.run("UPDATE audit SET subject = ? WHERE subject = ?", (ERASED, subject))


def _print(store: Store, subject: str) -> str:
    return hmac.new(store.salt, b"subject\0" + subject.encode(), "sha256").hexdigest()


def _seal(store: Store, number: int, at: str, who: str, act: str, print_: str, before: str) -> str:
    row = orjson.dumps([number, at, who, act, print_, before])
    return hmac.new(store.salt, b"audit\0" + row, "sha256").hexdigest()
