"""What is remembered of people's lives: which employment this is, and which candidate somebody was.

Dates and addresses are kept as fingerprints only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pfjira.state.snapshots import chunks
from pfjira.state.store import Store


@dataclass(frozen=True, slots=True)
class Episode:
    """The newest employment of one person, counted from 1."""

    hr_id: str
    number: int
    hired: str
    """Fingerprint of its first day."""
    ended: bool


def episodes(store: Store, hr_ids: Collection[str]) -> dict[str, Episode]:
    """Return HR id to the newest employment that was seen."""
    found: dict[str, Episode] = {}
    for piece in chunks(sorted(hr_ids)):
        marks = ",".join("?" * len(piece))
        rows = store.each(f"SELECT hr_id, episode, hired, ended FROM episodes WHERE hr_id IN ({marks})", piece)
        found.update((hr_id, Episode(hr_id, number, hired, bool(ended))) for hr_id, number, hired, ended in rows)
    return found


def save_episodes(store: Store, seen: Iterable[Episode]) -> None:
    """Remember employments; inside `write()`."""
    store.run_many(
        "INSERT OR REPLACE INTO episodes (hr_id, episode, hired, ended) VALUES (?,?,?,?)",
        ((one.hr_id, one.number, one.hired, int(one.ended)) for one in seen),
    )


def candidates_by_email(store: Store) -> dict[str, list[str]]:
    """Return the fingerprint of an address to the candidates that have it."""
    found: dict[str, list[str]] = {}
    for candidate, email in store.each("SELECT id, email FROM candidates ORDER BY length(id), id"):
        found.setdefault(email, []).append(candidate)
    return found


def employees_of_candidates(store: Store) -> dict[str, str]:
    """Return candidate id to the HR id of the employee that the candidate became."""
    return dict(store.each("SELECT id, employee FROM candidates WHERE employee IS NOT NULL"))


def save_candidates(store: Store, seen: Iterable[tuple[str, str]]) -> None:
    """Remember candidates with the fingerprint of their address; inside `write()`."""
    store.run_many(
        "INSERT INTO candidates (id, email) VALUES (?,?) ON CONFLICT (id) DO UPDATE SET email = excluded.email", seen
    )


def hire_candidates(store: Store, pairs: Iterable[tuple[str, str]]) -> None:
    """Remember which employee a candidate became: (candidate id, HR id), for good; inside `write()`."""
    store.run_many(
        "UPDATE candidates SET employee = coalesce(employee, ?) WHERE id = ?",
        ((hr_id, candidate) for candidate, hr_id in pairs),
    )
