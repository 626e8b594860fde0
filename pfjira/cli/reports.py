"""Plans and runs in words and in JSON. The field names of the documents are a promise."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from pfjira.cli.output import say, short, visible
from pfjira.engine.plan import Action, Change, Plan
from pfjira.errors import ConfigError
from pfjira.ops.sync import Report

PLAN_FORMAT = "pfjira-plan-1"
MOST_CREATIONS = 20
"""Creations shown one by one; a first sync would otherwise scroll everything else away."""

_WORDS = {
    "create": ("issue created", "issues created"),
    "update": ("issue updated", "issues updated"),
    "close": ("issue closed", "issues closed"),
    "reopen": ("issue reopened", "issues reopened"),
    "cancel": ("issue cancelled", "issues cancelled"),
    "complete task": ("task completed", "tasks completed"),
    "reopen task": ("task reopened", "tasks reopened"),
}


def plan_document(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON data. It holds the values it would write: keep it as private as the systems are."""
    return {
        "format": PLAN_FORMAT,
        "digest": plan.digest,
        "rules": plan.rules_hash,
        "generation": plan.generation,
        "looked_at": plan.looked_at,
        "counts": dict(plan.counts()),
        "changes": [_change(change) for change in plan.changes],
        "conflicts": [
            {
                "rule": c.rule,
                "ref": str(c.ref),
                "issue": c.issue_key,
                "field": c.field,
                "ours": c.ours,
                "theirs": c.theirs,
            }
            for c in plan.conflicts
        ],
        "kept": [
            {
                "rule": k.rule,
                "ref": str(k.ref),
                "issue": k.issue_key,
                "field": k.field,
                "ours": k.ours,
                "theirs": k.theirs,
            }
            for k in plan.kept
        ],
        "parked": [{"rule": p.rule, "ref": str(p.ref), "op": p.op, "since": p.since} for p in plan.parked],
        "failures": [{"rule": f.rule, "ref": str(f.ref), "field": f.field, "reason": f.message} for f in plan.failures],
        "reviews": [{"person": review.hr_id, "reason": review.reason} for review in plan.reviews],
        "missing": [{"issue": key, "ref": str(ref)} for key, ref in plan.missing],
        "doubles": [{"op": op, "issue_id": issue_id} for op, issue_id in plan.doubles],
        "adopted": plan.adopted,
    }


def sync_document(report: Report) -> dict[str, Any]:
    """Return a run as JSON data; ids, names of fields and counts, no values."""
    return {
        "run": report.run,
        "differs": report.differs,
        "digest": report.plan.digest,
        "looked_at": report.plan.looked_at,
        "done": dict(report.done),
        "recovered": {"found": report.recovered.found, "parked": report.recovered.parked},
        "dead_letters": report.letters,
        "buried": [
            {"rule": b.rule, "ref": str(b.ref), "action": b.action, "status": b.status, "reason": b.reason}
            for b in report.buried
        ],
        "conflicts": report.conflicts,
        "open": report.open_rows,
        "reviews": [{"person": review.hr_id, "reason": review.reason} for review in report.plan.reviews],
        "missing": [key for key, _ in report.plan.missing],
        "elapsed_s": round(report.elapsed_s, 3),
    }


def say_plan(plan: Plan) -> None:
    """Print a plan: what would be done, what is left open, and its digest."""
    creations = [change for change in plan.changes if change.action is Action.CREATE]
    for change in creations[:MOST_CREATIONS]:
        say(f"create   {_where(change)}  [{change.rule}]", "green")
        say(f"         {', '.join(f'{d.field}: {short(d.after)}' for d in change.deltas[:3])}")
    if len(creations) > MOST_CREATIONS:
        say(
            f"         … and {len(creations) - MOST_CREATIONS} more issues to create (all of them with --json)", "green"
        )
    for change in plan.changes:
        if change.action is not Action.CREATE:
            say(f"{change.action.value:8} {_where(change)}  [{change.rule}]", "yellow")
            for delta in change.deltas:
                before = "" if delta.field == "labels" else f"{short(delta.before)} → "
                say(f"         {delta.field}: {before}{short(delta.after)}  ({delta.why.value})")
    say_questions(plan)
    if plan.changes:
        words = ", ".join(f"{count} to {action}" for action, count in plan.counts().items())
        say(f"\n{len(plan.changes)} changes: {words}. Digest {plan.digest}; `pfjira sync` carries them out.")
    elif plan.is_empty:
        say(f"Both sides agree ({plan.looked_at} tasks looked at).")


def say_questions(plan: Plan) -> None:
    """Print what a plan leaves to people."""
    for c in plan.conflicts:
        say(
            f"conflict {c.issue_key} {c.field}: PeopleForce: {short(c.ours)}, Jira: {short(c.theirs)}  [{c.rule}]",
            "red",
        )
    for k in plan.kept:
        say(f"kept     {k.issue_key} {k.field}: {short(k.theirs)}, as edited in Jira  [{k.rule}]")
    for p in plan.parked:
        say(f"parked   task {p.ref.id}: sent {p.since}, the answer was lost; it is looked up again  [{p.rule}]", "red")
    for f in plan.failures:
        say(f"failed   task {f.ref.id}: {f.field}: {f.message}  [{f.rule}]", "red")
    for key, ref in plan.missing:
        say(f"missing  {key} (task {ref.id}) is not in Jira any more; it is not created again by itself", "red")
    for op, issue_id in plan.doubles:
        say(f"double   issue {issue_id} carries the mark {op} of another kept issue; close one by hand", "red")
    for reason, people in _grouped(plan).items():
        some = ", ".join(people[:8]) + (", …" if len(people) > 8 else "")
        say(f"review   {len(people)} {'person' if len(people) == 1 else 'people'} ({some}): {reason}", "magenta")


def say_sync(report: Report) -> None:
    """Print a run in a few lines."""
    done = [f"{count} {_WORDS[name][count != 1]}" for name, count in report.done.items() if count]
    say_questions(report.plan)
    for letter in report.buried:
        say(f"refused  task {letter.ref.id}: {letter.action}: {visible(letter.reason)}  [{letter.rule}]", "red")
    what = ", ".join(done) if done else "nothing to write"
    say(f"{report.plan.looked_at} tasks looked at: {what} ({report.elapsed_s:.1f} s).", "bold")
    left = [
        (report.letters, "dead letter", "dead letters"),
        (report.conflicts, "conflict", "conflicts"),
        (report.open_rows, "write to finish", "writes to finish"),
    ]
    if words := [f"{count} {one if count == 1 else many}" for count, one, many in left if count]:
        say(f"Left for you or for the next run: {', '.join(words)}.", "bold")


def save_plan(path: Path, text: str) -> None:
    """Write a plan for its owner's eyes only. Raise ConfigError when the place cannot be written."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(text + "\n")
    except OSError as error:
        raise ConfigError(
            f"The plan cannot be saved to {path}: {error.strerror}.", hint="Choose another file."
        ) from error


def saved_digest(path: Path) -> str:
    """Return the digest of a saved plan. Raise ConfigError when the file is none."""
    try:
        document = json.loads(path.read_bytes())
        if document["format"] == PLAN_FORMAT:
            return str(document["digest"])
    except OSError as error:
        raise ConfigError(
            f"The plan {path} cannot be read: {error.strerror}.", hint="`pfjira diff -o FILE` makes one."
        ) from error
    except (ValueError, KeyError, TypeError):
        pass
    raise ConfigError(f"{path} is not a saved plan of this version.", hint="`pfjira diff -o FILE` makes one.")


def _change(change: Change) -> dict[str, Any]:
    return {
        "action": change.action.value,
        "rule": change.rule,
        "ref": str(change.ref),
        "key": change.situation.key,
        "issue": change.issue_key,
        "project": change.situation.project,
        "op": change.op if change.action is Action.CREATE else None,
        "fields": [
            {"field": delta.field, "before": delta.before, "after": delta.after, "why": delta.why.value}
            for delta in change.deltas
        ],
    }


def _where(change: Change) -> str:
    place = change.issue_key or f"{change.situation.project} {change.situation.issue_type}"
    return f"{place} for task {change.ref.id}"


def _grouped(plan: Plan) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for review in plan.reviews:
        found.setdefault(review.reason, []).append(review.hr_id)
    return found
