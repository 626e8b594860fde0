"""Health in one value, read from the state alone: no system is asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pfjira.ops import notices
from pfjira.ops.refusals import grouped
from pfjira.ops.wording import written
from pfjira.state import alerts, deliveries, doubles, letters, links, outbox, people, rule_versions, runs
from pfjira.state.store import Store

UNREAD = "deliveries that no rule reads"
"""Name of a fact, which is there where there are any."""


@dataclass(frozen=True, slots=True)
class Health:
    """How things stand."""

    verdict: str
    """ok, warning or critical."""
    because: str
    facts: dict[str, Any]
    dead_letters: list[dict[str, Any]]
    dead_letter_causes: list[dict[str, Any]]
    people_in_review: list[dict[str, Any]]
    conflicts: list[dict[str, Any]]
    rules_off: list[dict[str, Any]]
    alerts: list[dict[str, Any]]

    def document(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {name: getattr(self, name) for name in self.__slots__}


def look(store: Store, now: datetime, *, stale: timedelta) -> Health:
    """Read how things stand."""
    last, good = runs.last(store), runs.last(store, only="exit_code IN (0, 1)")
    buried = letters.every(store)
    conflicts = letters.conflicts(store)
    rows = outbox.unfinished(store)
    review = people.in_review(store)
    calls = alerts.open_now(store)
    in_force, off = rule_versions.in_force(store), rule_versions.overrides(store)
    duplicates = doubles.every(store).values()
    labelled = [one.issue_key for one in duplicates if one.stage is doubles.Stage.LABELLED]
    counts = {
        ("dead letter", "dead letters"): len(buried),
        ("conflict", "conflicts"): len(conflicts),
        ("write to finish", "writes to finish"): len(rows),
        ("person in review", "people in review"): len(review),
        ("duplicate to settle", "duplicates to settle"): doubles.count_asking(store),
        ("rule contradicted", "rules contradicted"): len([one for one in off if one.source == "site"]),
    }
    if unread := deliveries.tally(store)["unwanted"]:
        counts["delivery that no rule reads", UNREAD] = unread
    left = {many: count for (_, many), count in counts.items()}
    since = now - good.started_at if good else None
    if since is None:
        verdict, because = "critical", "no run has come to its end yet"
        if last is not None and runs.last(store, only="ended_at IS NOT NULL") is None:
            because = "the first run is going on, or was killed"
    elif since < -stale:
        verdict, because = "critical", f"the last good run is dated {_age(-since)} ahead of this machine's clock"
    elif since > stale:
        verdict, because = "critical", f"the last good run was {_age(since)} ago"
    elif last is not None and last.ended_at is not None and last.exit_code is None:
        verdict, because = "warning", f"the last run stopped: {last.error}"
    elif in_force is not None and in_force.complaint:
        verdict, because = "warning", f"the rules file is not used: {in_force.complaint}"
    elif any(left.values()):
        verdict = "warning"
        because = ", ".join(f"{count} {one if count == 1 else many}" for (one, many), count in counts.items() if count)
    elif calls:
        verdict, because = "warning", calls[0].sentence
    else:
        verdict, because = "ok", "both sides agree"
    facts: dict[str, Any] = {
        "last good run": f"{_age(since)} ago, {written(good.counts)}" if good and since is not None else "none",
        "last run": _run(last, now),
        "last full sweep": _run(runs.last(store, only="full = 1 AND exit_code IN (0, 1)"), now),
        "issues kept": links.count(store),
        "issues gone from Jira": ", ".join(links.lost(store)[:20]) or "none",
        "duplicates labelled": ", ".join(labelled[:20]) or "none",
        "rules in force": _rules(in_force),
        **left,
        "alerts": len(calls),
        **notices.shown(store, now),
    }
    return Health(
        verdict,
        because,
        facts,
        [
            {"ref": str(b.ref), "rule": b.rule, "action": b.action, "reason": b.reason, "attempts": b.attempts}
            | {"number": b.number, "status": b.status, "field": b.field, "since": b.first_seen}
            for b in buried
        ],
        [
            {"rule": one.rule, "action": one.action, "status": one.status, "field": one.field, "reason": one.reason}
            | {"count": len(one.letters), "refs": [str(letter.ref) for letter in one.letters]}
            for one in grouped(buried)
        ],
        [{"person": hr_id, "reason": reason} for hr_id, reason in review],
        [{"rule": one.rule, "record": one.ref.id, "issue": one.issue_key, "field": one.field} for one in conflicts],
        [{"rule": one.rule, "by": one.source, "who": one.who, "why": one.why, "since": one.at} for one in off],
        [
            {
                "cause": one.cause.value,
                "subject": one.subject,
                "sentence": one.sentence,
                "since": one.first_at.isoformat(),
                "last": one.last_at.isoformat(),
                "times": one.times,
            }
            for one in calls
        ],
    )


def _rules(held: rule_versions.InForce | None) -> str:
    if held is None:
        return "none yet"
    words = f"version {held.hash[: rule_versions.SHORT]}"
    if held.aside:
        return f"{words}; {held.aside_by} set the file aside on {held.aside_at[:10]} until it changes"
    return f"{words}, since the newest file cannot be used" if held.complaint else words


def _run(run: runs.Run | None, now: datetime) -> str:
    if run is None:
        return "none"
    ended = "is going on, or was killed" if run.ended_at is None else run.error or "came to its end"
    return f"{_age(now - run.started_at)} ago, {ended}"


def _age(span: timedelta) -> str:
    seconds = max(0, int(span.total_seconds()))
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
