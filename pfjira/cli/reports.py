"""Plans and runs in words, for a person at a terminal or a mail from cron. It must never ask a system anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from pfjira.cli.output import counted, hint, say, short, visible
from pfjira.engine.plan import Action, Change, Plan, Why
from pfjira.errors import PlanRefused
from pfjira.ops import wording

if TYPE_CHECKING:  # a report of the state alone runs nothing
    from pfjira.ops.ruleset import Choice, Off
    from pfjira.ops.run import Report

MOST_CREATIONS = 20
"""Creations shown one by one; a first sync would otherwise scroll everything else away."""
MOST_LINES = 10
"""Lines of one sort of trouble; the rest is counted."""
MOST_NAMES = 8

MEND_PEOPLE = "Correct the address in PeopleForce or Jira, or give the right, then:"
RECREATE = "pfjira replay --recreate ISSUE"
DECIDE = "pfjira conflicts resolve ISSUE FIELD --take peopleforce|jira"


def say_plan(plan: Plan, refusal: PlanRefused | None = None, options: str = "", command: str = "sync") -> None:
    """Print a plan: what would be done, what is left open, its digest, and what the guard says to it.

    `options`, with a space before each, are those that make the command look at the same.
    """
    _say_adopted(plan)
    creations = [change for change in plan.changes if change.action is Action.CREATE]
    for change in creations[:MOST_CREATIONS]:
        _say_change(change, "green")
    if (more := len(creations) - MOST_CREATIONS) > 0:
        say(f"         … and {counted(more, 'more issue')} to create (all of them with --json)", "green")
    for change in plan.changes:
        if change.action is not Action.CREATE:
            _say_change(change, "yellow")
    for change in plan.shadows[:MOST_CREATIONS]:
        _say_change(change, "dim", label="shadow: ")
    if (more := len(plan.shadows) - MOST_CREATIONS) > 0:
        say(f"         … and {more} more in shadow (all of them with --json)", "dim")
    say_questions(plan, "pfjira diff --json")
    if plan.changes:
        say()
        say(f"{_intended(plan)}. Digest {plan.digest}.", "bold")
        if refusal is None:
            say(f"`pfjira {command}{options}` carries this out.")
        else:
            say(f"A guard would refuse it: {visible(refusal)}", "bold red")
            if refusal.digest:
                say("If this is what you want:")
                say(f"  pfjira {command} --approve {refusal.digest}{options}")
    elif plan.is_empty:
        say(f"Both sides agree ({counted(plan.looked_at, 'record')} looked at).")


def _say_change(change: Change, style: str, *, label: str = "") -> None:
    say(f"{label}{change.action.value:8} {wording.place(change)}  [{change.rule}]", style)
    for delta in change.deltas:
        mark = "  (sensitive: the rule allows it)" if delta.field in change.sensitive else ""
        if delta.field == "labels" or delta.why is Why.NEW:
            say(f"         {delta.field}: {short(delta.after)}{mark}")
        else:
            say(f"         {delta.field}: {short(delta.before)} → {short(delta.after)}  ({delta.why.value}){mark}")


def say_sync(report: Report) -> None:
    """Print a run in a few lines."""
    say_rules(report.choice, report.off)
    _say_adopted(report.plan)
    done = [wording.done(name, count) for name, count in report.done.items() if count]
    say_questions(report.plan, "pfjira status --json")
    say_list(
        "refused",
        [(wording.record(one.ref), f"{one.action}: {visible(one.reason)}  [{one.rule}]") for one in report.buried],
        style="red",
    )
    over = "somebody edited it in the moment of our write, which came after; the issue's history shows what it was"
    say_list("overwrote", [(f"{key} {visible(name)}", over) for key, name in report.overwritten], style="red")
    what = ", ".join(done) if done else "nothing to write"
    say(f"{counted(report.plan.looked_at, 'record')} looked at: {what} ({report.elapsed_s:.1f} s).", "bold")
    left = [
        (report.letters, "dead letter", "dead letters"),
        (report.conflicts, "conflict", "conflicts"),
        (report.open_rows, "write to finish", "writes to finish"),
        (report.doubles, "duplicate to settle", "duplicates to settle"),
    ]
    if waiting := [counted(*what) for what in left if what[0]]:
        say(f"Left for you or for the next run: {', '.join(waiting)}.", "bold")


def say_rules(choice: Choice | None, off: Mapping[str, Off], command: str = "") -> None:
    """Print why the rules in force are not those of the file, and which of them are off."""
    for note in choice.notes if choice else ():
        say(f"rules    {visible(note)}", "red" if choice and choice.broken else "yellow")
    if choice and choice.error and (tip := hint(choice.error, command)):
        say(f"         → {tip}")
    for source, style in (("site", "red"), ("operator", "yellow"), ("parent", "yellow")):
        lines = [(f"rule {one.rule}", visible(one.reason)) for one in off.values() if one.source == source]
        say_list("off", lines, style=style, all_of_them="pfjira rules list --json")


def say_questions(plan: Plan, all_of_them: str) -> None:
    """Print what a plan leaves to people; the command shows what is only counted here."""
    conflicts = [
        (f"{c.issue_key} {c.field}", f"PeopleForce: {short(c.ours)}, Jira: {short(c.theirs)}  [{c.rule}]")
        for c in plan.conflicts
    ]
    kept = [(f"{k.issue_key} {k.field}", f"{short(k.theirs)}, as edited in Jira  [{k.rule}]") for k in plan.kept]
    parked = [
        (wording.record(p.ref), f"sent {moment(p.since)}, the answer was lost; it is looked up again  [{p.rule}]")
        for p in plan.parked
    ]
    parked += [(c.subject, f"{c.reason.removeprefix('parked: ')}  [{c.rule}]") for c in plan.contested]
    failed = [(wording.record(f.ref), f"{f.field}: {f.message}  [{f.rule}]") for f in plan.failures]
    missing = [
        (f"{key} ({wording.record(ref)})", "not in Jira any more; it is not created again by itself")
        for key, ref in plan.missing
    ]
    duplicates = [(f"issue {one.issue_key}", visible(one.reason)) for one in plan.doubles]
    when = "when the record or the rules change, at the next full sweep, and by `pfjira replay`"
    again = f"was refused before; it is sent again {when}"
    withheld = [(wording.record(ref), f"{action}: {again}  [{rule}]") for rule, ref, action in plan.withheld]
    for label, lines, style in (
        ("conflict", conflicts, "red"),
        ("kept", kept, ""),
        ("parked", parked, "red"),
        ("failed", failed, "red"),
        ("missing", missing, "red"),
        ("duplicate", duplicates, "red"),
        ("withheld", withheld, "red"),
    ):
        say_list(label, lines, style=style, all_of_them=all_of_them)
        if (follow := {"conflict": DECIDE, "missing": RECREATE}.get(label)) and lines:
            say(f"{'':8} → {follow}")
    people = [(f"person {review.hr_id}", review.reason) for review in plan.reviews]
    say_list("review", people, style="magenta", all_of_them=all_of_them)


def say_list(
    label: str,
    lines: Iterable[tuple[str, str]],
    *,
    style: str = "",
    width: int = 8,
    all_of_them: str = "pfjira status --json",
) -> None:
    """Print subjects with what is said of them: one line for all of which the same is said, and a few lines at most."""
    groups: dict[str, list[str]] = {}
    for subject, said in lines:
        groups.setdefault(said, []).append(subject)
    for said, subjects in list(groups.items())[:MOST_LINES]:
        say(f"{label:{width}} {_together(subjects)}: {said}", style)
    if (more := len(groups) - MOST_LINES) > 0:
        say(f"{'':{width}} … and {more} more (`{all_of_them}`)", style)


def _together(subjects: Sequence[str]) -> str:
    """Return `task 7001`, or `12 tasks (7001, 7002, …)`: what many have in common is said once."""
    if len(subjects) == 1:
        return subjects[0]
    noun = wording.noun_of(subjects[0])
    names = [subject.removeprefix(f"{noun} ") for subject in subjects[:MOST_NAMES]]
    listed = ", ".join(names) + (", …" if len(subjects) > MOST_NAMES else "")
    return f"{len(subjects)} {wording.several(noun)} ({listed})" if noun else f"{len(subjects)} ({listed})"


def _say_adopted(plan: Plan) -> None:
    if plan.adopted:
        say(f"{counted(plan.adopted, 'issue')} found in Jira by their mark and linked again.", "bold")


def _intended(plan: Plan) -> str:
    return ", ".join(wording.intended(action, count) for action, count in plan.counts().items())


def moment(text: str) -> str:
    """Return a time as people read it."""
    try:
        return datetime.fromisoformat(text).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return text
