"""Dead letters in words and as JSON data, as `replay` and `status` show them. The field names are a promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pfjira.cli.output import counted, say, visible
from pfjira.cli.reports import moment
from pfjira.ops import wording
from pfjira.ops.refusals import Cause, next_attempt
from pfjira.state import rule_versions, runs

if TYPE_CHECKING:
    from pfjira.engine.model import Ref
    from pfjira.ops.replay import Chosen, Replayed
    from pfjira.state.letters import DeadLetter
    from pfjira.state.store import Store


@dataclass(frozen=True, slots=True)
class Known:
    """What the state tells of the next attempts."""

    off: frozenset[str]
    """Rules that are switched off."""
    swept: str
    """When the last full sweep began, ISO 8601; '' before the first."""

    @classmethod
    def read(cls, store: Store) -> Known:
        """Read it."""
        last = runs.last(store, only="full = 1 AND exit_code IN (0, 1)")
        off = frozenset(one.rule for one in rule_versions.overrides(store))
        return cls(off, last.started_at.isoformat() if last else "")


def list_document(causes: Sequence[Cause], known: Known) -> dict[str, Any]:
    """Return dead letters as JSON data."""
    return {
        "count": sum(len(cause.letters) for cause in causes),
        "last_full_sweep": known.swept or None,
        "causes": [
            {
                **_cause_document(cause),
                "letters": [
                    {
                        "number": one.number,
                        "ref": str(one.ref),
                        "reason": one.reason,
                        "attempts": one.attempts,
                        "since": one.first_seen,
                        "last": one.last_seen,
                        "next": next_attempt(one, known.off),
                    }
                    for one in cause.letters
                ],
            }
            for cause in causes
        ],
    }


def cleared_document(one: DeadLetter) -> dict[str, Any]:
    """Return a letter that was cleared as JSON data."""
    return {
        "number": one.number,
        "ref": str(one.ref),
        "rule": one.rule,
        "action": one.action,
        "status": one.status,
        "field": one.field,
        "reason": one.reason,
        "attempts": one.attempts,
        "since": one.first_seen,
        "last": one.last_seen,
        "cleared_at": one.cleared_at,
        "why": one.why,
    }


def numbers(chosen: Chosen) -> list[int]:
    """Return the numbers of the letters that were chosen."""
    return sorted(letter.number for letter in chosen.letters)


def replay_document(chosen: Chosen, done: Replayed) -> dict[str, Any]:
    """Return a replay as JSON data."""
    return {
        "differs": done.differs,
        "letters": numbers(chosen),
        "gone": [str(ref) for ref in done.gone],
        "not_found": [str(ref) for ref in done.lost],
        "recreated": [{"was": was, "issue": now or None} for was, now in done.remade],
    }


def say_list(causes: Sequence[Cause], known: Known) -> None:
    """Print dead letters, grouped by cause."""
    for cause in causes:
        say(f"{counted(len(cause.letters), 'letter')}: {visible(cause.words)}  [{cause.rule}]", "red")
        say(f"    {visible(cause.reason)}")
        for one in cause.letters:
            last = f", last {moment(one.last_seen)}" if one.attempts > 1 else ""
            tries = counted(one.attempts, "attempt")
            say(f"    #{one.number:<4} {wording.record(one.ref)}: {tries} since {moment(one.first_seen)}{last}")
        for when in dict.fromkeys(next_attempt(one, known.off) for one in cause.letters):
            say(f"    next attempt: {when}")
        which = str(cause.letters[0].number) if len(cause.letters) == 1 else f"--rule {cause.rule}"
        say(f"    → `pfjira replay {which} --diff` shows what would be done now; without --diff it is done.")
    total = sum(len(cause.letters) for cause in causes)
    swept = f" The last full sweep began {moment(known.swept)}." if known.swept else " There was no full sweep yet."
    say(f"{counted(total, 'dead letter')}.{swept if total else ''}", "bold")


def say_cleared(found: Sequence[DeadLetter]) -> None:
    """Print the letters that were cleared, and why."""
    for one in found:
        field = f" because of {one.field}" if one.field else ""
        said = visible(f"{one.action} refused{field} ({one.status})")
        over = f"cleared {moment(one.cleared_at)}: {visible(one.why)}"
        say(f"#{one.number:<4} {wording.record(one.ref)}: {said}; {over}  [{one.rule}]")
    say(f"{counted(len(found), 'letter')} cleared in the last 30 days.", "bold")


def say_not_found(refs: Sequence[Ref]) -> None:
    """Print which records nobody found."""
    for ref in refs:
        say(f"missing  {wording.record(ref)} is not in PeopleForce, or not for this key", "red")


def say_replayed(done: Replayed) -> None:
    """Print what a replay found besides what the run says."""
    for ref in done.gone:
        say(
            f"gone     {wording.record(ref)} is gone from PeopleForce for certain: its dead letters are cleared",
            "yellow",
        )
    for ref in done.lost:
        say(f"missing  {wording.record(ref)} was not found in PeopleForce; what is known of it stays", "red")
    for was, now in done.remade:
        if now:
            say(f"remade   {was} is {now} now", "green")
        else:
            say(f"remade   {was}: nothing is in its place yet; `pfjira explain` of its record tells why", "red")


def _cause_document(cause: Cause) -> dict[str, Any]:
    return {
        "rule": cause.rule,
        "action": cause.action,
        "status": cause.status,
        "field": cause.field,
        "reason": cause.reason,
        "count": len(cause.letters),
    }


def said_of(cause: Mapping[str, Any]) -> str:
    """Return what a cause in `status` is, in one line."""
    return f"{cause['action']}: {visible(cause['reason'])}  [{cause['rule']}]"
