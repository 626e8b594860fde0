"""Plans and runs as JSON data, and the file that holds a plan. The field names are a promise."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pfjira.engine.plan import Action, Basis, Change, Plan
from pfjira.errors import ConfigError, PlanRefused
from pfjira.ops.ruleset import Choice, Off
from pfjira.ops.run import Report

PLAN_FORMAT = "pfjira-plan-1"


def plan_document(plan: Plan, refusal: PlanRefused | None = None) -> dict[str, Any]:
    """Return a plan as JSON data. It holds the values it would write: keep it as private as the systems are."""
    return {
        "format": PLAN_FORMAT,
        "digest": plan.digest,
        "rules": plan.rules_hash,
        "generation": plan.generation,
        "scope": plan.scope,
        "looked_at": plan.looked_at,
        "counts": dict(plan.counts()),
        "changes": [_change(change) for change in plan.changes],
        "shadows": [_change(change) for change in plan.shadows],
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
        "doubles": [
            {"op": one.op, "issue_id": one.issue_id, "issue": one.issue_key, "reason": one.reason}
            for one in plan.doubles
        ],
        "withheld": [{"rule": rule, "ref": str(ref), "action": action} for rule, ref, action in plan.withheld],
        "contested": _contested(plan),
        "adopted": plan.adopted,
        "guard": None if refusal is None else {"reason": str(refusal), "digest": refusal.digest},
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
        "overwritten": [{"issue": key, "field": field} for key, field in report.overwritten],
        "buried": [
            {"rule": b.rule, "ref": str(b.ref), "action": b.action, "status": b.status, "reason": b.reason}
            for b in report.buried
        ],
        "conflicts": report.conflicts,
        "open": report.open_rows,
        "doubles": report.doubles,
        "reviews": [{"person": review.hr_id, "reason": review.reason} for review in report.plan.reviews],
        "missing": [key for key, _ in report.plan.missing],
        "contested": _contested(report.plan),
        "adopted": report.plan.adopted,
        "elapsed_s": round(report.elapsed_s, 3),
        **rules_document(report.choice, report.off),
    }


def _contested(plan: Plan) -> list[dict[str, Any]]:
    return [
        {"rule": c.rule, "ref": str(c.ref), "issue": c.issue_key, "fields": list(c.fields), "writes": c.writes}
        for c in plan.contested
    ]


def rules_document(choice: Choice | None, off: Mapping[str, Off]) -> dict[str, Any]:
    """Return what is to be said of the rules in force as JSON data."""
    return {
        "rules_file": {
            "usable": choice is None or not choice.broken,
            "notes": list(choice.notes) if choice else [],
            "hint": choice.error.hint if choice and choice.error else "",
        },
        "rules_off": [off_document(one) for one in off.values()],
    }


def off_document(one: Off) -> dict[str, str]:
    """Return a rule that is off as JSON data."""
    return {"rule": one.rule, "by": one.source, "who": one.who, "why": one.why, "since": one.since}


def check_place(path: Path) -> None:
    """Look whether a plan may be saved there: over nothing but a former plan. Raise ConfigError."""
    if str(path) == "-":
        raise ConfigError("A plan is saved to a file only.", hint="`pfjira diff --json` prints it.")
    try:
        if not path.exists():
            return
        if path.is_file():
            with path.open(encoding="utf-8", errors="replace") as file:
                beginning = file.read(200)
            if not beginning.strip() or f'"format": "{PLAN_FORMAT}"' in beginning:
                return
    except OSError as error:
        raise _unsaved(path, error) from error
    raise ConfigError(f"{path} is no former plan, so it is left as it is.", hint="Choose another file.")


def save_plan(path: Path, text: str) -> None:
    """Write a plan for its owner's eyes only. Raise ConfigError when the place cannot be written."""
    check_place(path)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, 0o600)  # a former plan may have been made readable by others
            file.write(text + "\n")
    except OSError as error:
        raise _unsaved(path, error) from error


def _unsaved(path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"The plan cannot be saved to {path}: {error.strerror}.", hint="Choose another file.")


def saved_basis(path: Path) -> Basis:
    """Return what a saved plan rests on. Raise ConfigError when the file is none."""
    try:
        document = json.loads(path.read_bytes())
        if document["format"] == PLAN_FORMAT:
            named = (str(document[name]) for name in ("digest", "rules", "generation", "scope"))
            digest, rules, generation, scope = named
            return Basis(digest, rules, int(generation), scope)
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
            | ({"sensitive": True} if delta.field in change.sensitive else {})
            for delta in change.deltas
        ],
    }
