"""`explain`: why a person, a record or an issue did or did not get what. It writes nothing on any side."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pfjira.cli.options import AsJson, RulesFile, StateFile

if TYPE_CHECKING:
    from pfjira.engine.explain import Part, Seen
    from pfjira.ops.explain import Story

_WORDS = {
    "applies": "applies",
    "keeps what it has": "keeps what it has, though it would open nothing now",
    "withdrawn": "withdraws: its cancel_when holds, or its parent's",
    "left alone": "leaves it alone on purpose (make: nothing)",
    "does not apply": "does not apply",
    "opens nothing": "opens nothing: the record is over",
    "waits for its parent": "opens nothing: its parent is done",
}
_MARKS = {True: ("✓", "green"), False: ("✗", "red"), None: ("?", "red")}
_AT_WORK = ("applies", "keeps what it has")
_QUIET = ("taken",)
"""Standings for which the conditions do not matter."""


def explain(
    name: Annotated[
        str,
        typer.Argument(
            metavar="WHO_OR_KEY", help="An id, KIND/ID (employee/9001), a person's e-mail address, or an issue's key."
        ),
    ],
    as_json: AsJson = False,
    rules: RulesFile = None,
    state: StateFile = None,
) -> None:
    """Show what each rule makes of a person or issue, and why.

    Exit 0: something was found, 78: nothing. It may show values, as diff does.
    """
    from pfjira.cli import output, progress
    from pfjira.cli.places import Places
    from pfjira.cli.wiring import open_workspace
    from pfjira.ops.explain import explain as tell

    with (
        progress.shown(quiet=as_json) as shown,
        open_workspace(Places(rules, state), command="explain", writes=False, progress=shown) as workspace,
    ):
        stories = tell(workspace, name)
        file = workspace.rules.file
    if as_json:
        output.write_json({"found": [_document(story, file) for story in stories]})
        return
    for number, story in enumerate(stories):
        if number:
            output.say()
        _say(story, file)


_NOT_SHOWN = "PeopleForce does not show it, or not to this key; this is what the state remembers."
_ERASED = "It was worked off, and what was delivered is erased; this is what the state remembers."


def _say(story: Story, file: str) -> None:
    from pfjira.cli import output, reports
    from pfjira.ops import wording

    output.say(wording.record(story.ref) + _who(story), "bold")
    if not story.shown:
        output.say(_ERASED if story.ref.kind.startswith("hook.") else _NOT_SHOWN, "yellow")
    for look in story.looks:
        with output.indented("  "):
            if look.label:
                output.say(f"as {look.kind}: {look.label}" if look.kind != "position" else look.label)
            for number, seen in enumerate(look.rules):
                _say_rule(story, seen, [one.rule for one in look.rules[:number]])
    with output.indented("  "):
        for line, style in _remembered(story):
            output.say(line, style)
    if story.shown:
        output.say("Now:")
        with output.indented("  "):
            reports.say_plan(story.plan, None, f" --only {story.name}")
    for line in _next(story, file):
        output.say(f"  → {line}")


def _say_rule(story: Story, seen: Seen, earlier: Collection[str]) -> None:
    from pfjira.cli import output

    style = "" if seen.standing in _AT_WORK else "dim"
    output.say(f"{seen.rule:24} {_standing(story, seen, earlier)}", style)
    with output.indented("    "):
        for part in () if seen.standing in _QUIET else seen.parts:
            _say_part(part)
        for reason in seen.reasons:
            output.say(f"? {output.visible(reason)}", "red")


def _standing(story: Story, seen: Seen, earlier: Collection[str]) -> str:
    """Return how a rule stands to the record, in words; `earlier` are the rules before it."""
    from pfjira.cli import output

    if seen.standing == "taken":
        said = f"taken by {seen.by} before" if seen.by in earlier else f"not asked: {seen.by} keeps the record"
        if seen.by == seen.rule:
            said = "another row with the same key stands for it"
    elif seen.standing == "cannot be told":
        said = f"cannot be told, because of {seen.by}" if seen.by else "cannot be told"
    else:
        said = _WORDS[seen.standing]
    if seen.rule in story.off:
        said += f"; off: {output.visible(story.off[seen.rule].reason)}"
    if seen.rule in story.shadow:
        said += "; only shown (shadow: true)"
    return said


def _say_part(part: Part) -> None:
    from pfjira.cli import output

    if part.implied and part.holds:
        return
    mark, style = _MARKS[part.holds]
    note = "  (every rule asks for this)" if part.implied else ""
    output.say(f"{mark} {output.visible(part.source)}{note}", style)
    if part.error:
        output.say(f"    {part.error}", style)
    for read in part.reads:
        value = str(read.value).lower() if isinstance(read.value, bool) else read.value
        output.say(f"    {read.name}: {'(not shown)' if read.hidden else output.short(value)}")


def _who(story: Story) -> str:
    """Return what is known of a person besides the record."""
    said = f", employment {story.episode.number}" if story.episode is not None else ""
    if story.episode is not None and story.episode.ended:
        said += " (ended)"
    if (person := story.identity) is not None:
        said += f", account {person.account_id}" if person.account_id else f", no account: {person.reason}"
    return said


def _remembered(story: Story) -> Iterator[tuple[str, str]]:
    """Yield what the state remembers of the record, with colours."""
    from pfjira.cli import output

    for link in story.links:
        yield f"issue    {link.issue_key}, {link.state.value}  [{link.rule}]", ""
    for deed, at in story.done:
        what = "taken away" if deed.removed else "done"
        where = f" ({deed.target})" if deed.target else ""
        yield f"{what}     {at[:16].replace('T', ' ')} UTC{where}  [{deed.rule}]", ""
    for row in story.open_rows:
        sent = f", sent {row.sent_at:%Y-%m-%d %H:%M} UTC" if row.sent_at else ""
        yield f"open     {row.action}: {row.stage.value}{sent}; the next run goes on with it  [{row.rule}]", "red"
    for letter in story.letters:
        reason = output.visible(letter.reason)
        tries = output.counted(letter.attempts, "attempt")
        since = f"{tries} since {letter.first_seen[:10]}"
        yield f"refused  {letter.action} (letter {letter.number}, {since}): {reason}  [{letter.rule}]", "red"
    asked = {(one.issue_key, one.field) for one in story.plan.conflicts}
    for conflict in (one for one in story.conflicts if (one.issue_key, one.field) not in asked):
        yield f"conflict {conflict.issue_key} {conflict.field}, since {conflict.since[:10]}  [{conflict.rule}]", "red"
    for hr_id, reason in story.review:
        yield f"review   person {hr_id}: {output.visible(reason)}", "magenta"


def _next(story: Story, file: str) -> Iterator[str]:
    """Yield what to try next; the sync that carries out what the plan shows is named with the plan."""
    wanted = {one.rule for look in story.looks for one in look.rules if one.standing in _AT_WORK}
    for rule, off in story.off.items():
        if off.source == "operator":
            yield f"`pfjira rules enable {rule}` switches that rule on again."
        elif off.source == "site":
            yield f"`pfjira rules lint --live` asks Jira about {rule} again, once it is mended."
    for one in story.plan.conflicts:
        yield f"`pfjira conflicts resolve {one.issue_key} {one.field} --take peopleforce|jira` decides the conflict."
    for hr_id, _ in story.review:
        yield f"`pfjira people link {hr_id} ACCOUNT` says who the person is."
    if story.letters:
        yield f"Mend what was refused, then `pfjira replay {story.name}`."
    if story.open_rows or story.plan.parked:
        yield "`pfjira sync` looks up what became of open writes; a creation is not sent again before that is safe."
    if any(row.named and row.searched_at for row in story.open_rows):
        yield (
            "An answer named its issue, and none with our mark was read since: let this login see and edit it, or, "
            f"where it was deleted, `pfjira replay --recreate {story.ref.kind}/{story.ref.id}`."
        )
    if story.plan.failures or any(one.reasons for look in story.looks for one in look.rules):
        yield f"Mend the rule in {file}; `pfjira rules lint` checks it, `pfjira rules test` tries it."
    for key, _ in story.plan.missing:
        yield f"{key} was deleted or hidden in Jira: restore it there, leave it, or `pfjira replay --recreate {key}`."
    if story.shadow & wanted:
        yield f"Take `shadow: true` from the rule in {file} to have it carried out."
    if story.ref.kind.startswith("hook.") and not story.shown:
        return
    if not story.shown:
        yield "Look it up in PeopleForce; `pfjira sync --full` cancels what is gone, twice seen and an hour apart."
    elif not wanted:
        lines = sorted({one.line for look in story.looks for one in look.rules if one.line})
        where = f" (line {', '.join(map(str, lines))})" if 0 < len(lines) <= 3 else ""
        yield f"Change the record in PeopleForce, or `when` in {file}{where}, then `pfjira diff --only {story.name}`."


def _document(story: Story, file: str) -> dict[str, Any]:
    from pfjira.cli import plans

    person, episode = story.identity, story.episode
    follow = [f"`pfjira sync --only {story.name}` carries out what the plan shows."] if story.plan.changes else []
    return {
        "record": story.name,
        "shown": story.shown,
        "episode": {"number": episode.number, "ended": episode.ended} if episode is not None else None,
        "account": person.account_id if person is not None else None,
        "looks": [
            {"kind": look.kind, "label": look.label, "rules": [_rule_document(story, seen) for seen in look.rules]}
            for look in story.looks
        ],
        "issues": [
            {"rule": link.rule, "key": link.key, "issue": link.issue_key, "state": link.state.value}
            for link in story.links
        ],
        "done": [
            {"rule": deed.rule, "key": deed.key, "target": deed.target, "at": at, "removed": deed.removed}
            for deed, at in story.done
        ],
        "open": [{"rule": row.rule, "action": row.action, "stage": row.stage.value} for row in story.open_rows],
        "dead_letters": [
            {"rule": one.rule, "action": one.action, "reason": one.reason, "since": one.first_seen}
            | {"number": one.number, "status": one.status, "field": one.field, "attempts": one.attempts}
            for one in story.letters
        ],
        "conflicts": [
            {"rule": one.rule, "issue": one.issue_key, "field": one.field, "since": one.since}
            for one in story.conflicts
        ],
        "reviews": [{"person": hr_id, "reason": reason} for hr_id, reason in story.review],
        "plan": plans.plan_document(story.plan),
        "next": [*_next(story, file), *follow],
    }


def _rule_document(story: Story, seen: Seen) -> dict[str, Any]:
    return {
        "rule": seen.rule,
        "make": seen.make,
        "standing": seen.standing.value,
        "by": seen.by,
        "key": seen.key,
        "line": seen.line,
        "off": story.off[seen.rule].reason if seen.rule in story.off else "",
        "shadow": seen.rule in story.shadow,
        "reasons": list(seen.reasons),
        "when": [
            {
                "part": part.source,
                "holds": part.holds,
                "implied": part.implied,
                "error": part.error,
                "reads": [{"name": read.name, "value": read.value, "hidden": read.hidden} for read in part.reads],
            }
            for part in seen.parts
        ],
    }
