"""Every version of the rules that was ever in force, which one is now, and which rules are switched off.

A version is the text of a file and is named by the hash of that text. Nothing here reads a rule: texts in, texts out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pfjira.state.store import Store

NOTED_EACH = timedelta(hours=1)
"""How exactly `last_used_at` is kept: a run that has nothing to do must not write for its sake."""
SHORT = 12
"""Digits of a version's name as people see it."""
_COLUMNS = "hash, rules, file, text, first_used_at, last_used_at, activated, activated_at, activated_by"


@dataclass(frozen=True, slots=True)
class Version:
    """One text of the rules file that was in force at some time."""

    hash: str
    rules: str
    """Hash of what the rules do: two versions that differ in comments only have the same."""
    file: str
    text: str
    first_used_at: datetime
    last_used_at: datetime
    activated: int
    """Place in the order of activations; the largest is the file that was taken over last."""
    activated_at: datetime
    activated_by: str

    @property
    def short(self) -> str:
        """The name that people see."""
        return self.hash[:SHORT]


@dataclass(frozen=True, slots=True)
class InForce:
    """Which version is in force, and why the file is not."""

    hash: str
    aside: str = ""
    """Hash of the file that a rollback sets aside until it changes; empty without a rollback."""
    aside_by: str = ""
    aside_at: str = ""
    complaint: str = ""
    """Why the newest file could not be used; empty when it is well."""
    asked: str = ""
    """Hash of the rules about which the site was asked last, all of them."""


@dataclass(frozen=True, slots=True)
class Override:
    """A rule that is switched off: by an operator, or by what the site shows."""

    rule: str
    source: str
    """`operator` or `site`; both at once are possible."""
    who: str
    why: str
    at: str


def text_hash(text: str) -> str:
    """Return the name of a text."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:40]


def in_force(store: Store) -> InForce | None:
    """Return what is in force; None before the first run."""
    row = store.one("SELECT hash, aside, aside_by, aside_at, complaint, asked FROM rules_in_force")
    return InForce(*row) if row else None


def version(store: Store, digest: str) -> Version | None:
    """Return one version."""
    row = store.one(f"SELECT {_COLUMNS} FROM rule_versions WHERE hash = ?", (digest,))
    return _version(row) if row else None


def versions(store: Store) -> list[Version]:
    """Return all versions, the one that was activated last first."""
    return [_version(row) for row in store.rows(f"SELECT {_COLUMNS} FROM rule_versions ORDER BY activated DESC")]


def activate(store: Store, digest: str, text: str, *, rules: str, file: str, who: str, now: datetime) -> None:
    """Let a version be in force from now on, and remember it; a rollback ends with it; inside `write()`."""
    at = now.isoformat()
    store.run(
        "INSERT INTO rule_versions (hash, rules, file, text, first_used_at, last_used_at, activated, activated_at, "
        "activated_by) VALUES (?,?,?,?,?,?, (SELECT COALESCE(MAX(activated), 0) + 1 FROM rule_versions), ?, ?) "
        "ON CONFLICT (hash) DO UPDATE SET rules = excluded.rules, file = excluded.file, "
        "last_used_at = excluded.last_used_at, activated = excluded.activated, activated_at = excluded.activated_at, "
        "activated_by = excluded.activated_by",
        (digest, rules, file, text, at, at, at, who),
    )
    store.run(
        "INSERT INTO rules_in_force (only, hash) VALUES (1, ?) ON CONFLICT (only) DO UPDATE SET hash = excluded.hash, "
        "aside = '', aside_by = '', aside_at = '', complaint = ''",
        (digest,),
    )


def note_use(store: Store, digest: str, now: datetime) -> None:
    """Remember that a version was used; inside `write()`."""
    store.run("UPDATE rule_versions SET last_used_at = ? WHERE hash = ?", (now.isoformat(), digest))


def note_complaint(store: Store, complaint: str) -> None:
    """Remember why the newest file is not in force, or that it is well; inside `write()`."""
    store.run("UPDATE rules_in_force SET complaint = ?", (complaint,))


def go_back(store: Store, digest: str, *, aside: str, who: str, now: datetime) -> None:
    """Let an older version be in force, and set the file of this hash aside until it changes; inside `write()`."""
    store.run(
        "UPDATE rules_in_force SET hash = ?, aside = ?, aside_by = ?, aside_at = ?, complaint = ''",
        (digest, aside, who, now.isoformat()),
    )


def end_rollback(store: Store) -> None:
    """Let the file count again; inside `write()`."""
    store.run("UPDATE rules_in_force SET aside = '', aside_by = '', aside_at = ''")


def overrides(store: Store) -> list[Override]:
    """Return every rule that is switched off, an operator's word first."""
    return [
        Override(*row)
        for row in store.rows("SELECT rule, source, who, why, at FROM rule_overrides ORDER BY source, rule")
    ]


def switch_off(store: Store, rule: str, source: str, *, who: str, why: str, now: datetime) -> None:
    """Switch a rule off, or give another reason; since when stays; inside `write()`."""
    store.run(
        "INSERT INTO rule_overrides (rule, source, who, why, at) VALUES (?,?,?,?,?) "
        "ON CONFLICT (rule, source) DO UPDATE SET who = excluded.who, why = excluded.why",
        (rule, source, who, why, now.isoformat()),
    )


def switch_on(store: Store, rule: str, source: str) -> bool:
    """Take one reason back for which a rule is off; return whether there was one; inside `write()`."""
    return bool(store.run("DELETE FROM rule_overrides WHERE rule = ? AND source = ?", (rule, source)))


def note_answer(
    store: Store, answer: Mapping[str, str], about: Collection[str], *, whole: str, system: str, now: datetime
) -> None:
    """Remember what the site said about these rules; inside `write()`.

    `whole`: hash of the rules when all of them were asked about, so that no other rule stays switched off.
    """
    for held in overrides(store):
        if held.source == "site" and held.rule not in answer and (whole or held.rule in about):
            switch_on(store, held.rule, "site")
    for rule, why in answer.items():
        switch_off(store, rule, "site", who=system, why=why, now=now)
    if whole:
        store.run("UPDATE rules_in_force SET asked = ?", (whole,))


def ask_again(store: Store) -> None:
    """Let the next run ask the site about all rules; inside `write()`."""
    store.run("UPDATE rules_in_force SET asked = ''")


def _version(row: tuple[str, str, str, str, str, str, int, str, str]) -> Version:
    digest, rules, file, text, first, last, number, at, who = row
    moments = datetime.fromisoformat(first), datetime.fromisoformat(last)
    return Version(digest, rules, file, text, *moments, number, datetime.fromisoformat(at), who)
