"""Why a record, a person or an issue did or did not get what: everything that is known of it, brought together.

It reads and decides nothing new: conditions are taken apart by `engine.explain`, what would be done now is the plan of
a sync for this one record, and what was done is what the state remembers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pfjira.engine import explain as taken_apart
from pfjira.engine.explain import Look
from pfjira.engine.kinds import stream_of
from pfjira.engine.model import Record, Ref
from pfjira.engine.plan import Plan
from pfjira.engine.reconcile import Link
from pfjira.errors import ConfigError
from pfjira.ops.belonging import rekeyed
from pfjira.ops.contradicted import disabled
from pfjira.ops.facts import Facts
from pfjira.ops.gather import Gatherer
from pfjira.ops.ruleset import Off
from pfjira.ops.sync import planned
from pfjira.ops.workspace import Scope, Workspace
from pfjira.state import deeds, letters, links, lives, outbox, people, snapshots
from pfjira.state.deeds import Deed
from pfjira.state.letters import DeadLetter, OpenConflict
from pfjira.state.lives import Episode
from pfjira.state.outbox import Entry
from pfjira.state.people import Identity

TAKES = (
    "`pfjira explain` takes an id, KIND/ID (employee/9001), a person's e-mail address, or the key of an issue that "
    "pfjira keeps."
)
_ISSUE_KEY = re.compile(r"[A-Z][A-Z0-9_]*-\d+")
_USUAL = ("employee", "task")
"""Kinds that a plain id is looked for in first."""
_OF_A_PERSON = ("employee", "position", "termination")
"""Kinds whose records have the person's id, the likelier ones first."""


@dataclass(slots=True)
class Story:
    """All that is known of one record."""

    ref: Ref
    shown: bool
    """Whether PeopleForce shows it now."""
    looks: tuple[Look, ...] = ()
    plan: Plan = field(default_factory=Plan)
    """What would be done about it now, and what is asked."""
    links: list[Link] = field(default_factory=list)
    conflicts: list[OpenConflict] = field(default_factory=list)
    """As the last run found them."""
    open_rows: list[Entry] = field(default_factory=list)
    """Writes that did not come to their end."""
    letters: list[DeadLetter] = field(default_factory=list)
    done: list[tuple[Deed, str]] = field(default_factory=list)
    """What was done once, and when."""
    identity: Identity | None = None
    """Of an employee: which account the person is, or why nobody knows."""
    review: list[tuple[str, str]] = field(default_factory=list)
    """HR ids of people whom the record waits for, and why."""
    episode: Episode | None = None
    off: Mapping[str, Off] = field(default_factory=dict)
    """Rules of the record's stream that are off."""
    shadow: frozenset[str] = frozenset()
    """Rules of the record's stream that are only shown."""

    @property
    def name(self) -> str:
        """KIND/ID, as `--only` takes it."""
        return f"{self.ref.kind}/{self.ref.id}"


def explain(workspace: Workspace, name: str) -> list[Story]:
    """Tell what is known of everything that a name may mean. Raise ConfigError where it means nothing.

    A plain id is looked for among employees and tasks first, and among the other kinds only where neither has it.
    """
    for refs in _meant(workspace, name):
        if found := [story for ref in refs if (story := _told(workspace, ref)) is not None]:
            return found
    looked = ", ".join(workspace.rules.streams) or "nothing"
    said = "of this person" if "@" in name else name
    raise ConfigError(
        f"Among what the rules look at ({looked}) there is no record {said}, or this key does not see it; pfjira keeps "
        "nothing for it.",
        hint=f"`pfjira people list` shows who is which account. {TAKES}",
    )


def _meant(workspace: Workspace, name: str) -> tuple[list[Ref], ...]:
    """Return the records that a name may mean, the likelier ones first."""
    system, streams = workspace.hr.name, workspace.rules.streams
    if "@" in name:
        return _addressed(workspace, name)
    kind, slash, number = name.rpartition("/")
    if slash:
        if stream_of(kind) not in streams:
            raise ConfigError(
                f"No rule looks at records of the kind {kind}.", hint=f"`pfjira rules list` shows the kinds. {TAKES}"
            )
        if not (number.isdecimal() or kind.startswith("hook.")):
            raise ConfigError(f"{number} is no id of a record.", hint=TAKES)
        return ([Ref(system, stream_of(kind), number)],)
    if _ISSUE_KEY.fullmatch(name.upper()):
        ref = links.record_of(workspace.store, name.upper())
        if ref is None:
            raise ConfigError(
                f"pfjira keeps no issue {name.upper()}.",
                hint="An issue that somebody made by hand, or that another state file knows, is not looked at.",
            )
        return ([ref],)
    if not name.isdecimal():
        raise ConfigError(f"{name} is neither an id nor the key of an issue.", hint=TAKES)
    usual = [Ref(system, stream, name) for stream in _USUAL if stream in streams]
    return usual, [Ref(system, stream, name) for stream in streams if stream not in _USUAL]


def _addressed(workspace: Workspace, email: str) -> tuple[list[Ref], ...]:
    """Return the records of the people with an address, which is said nowhere again. Raise ConfigError."""
    kinds = [kind for kind in _OF_A_PERSON if kind in workspace.rules.streams]
    if not kinds:
        raise ConfigError(
            "No rule is for people themselves, so an address names no record here.",
            hint="Ask for one of their records (task/7001), or for an issue by its key.",
        )
    people = workspace.hr.addressed(email)
    if not people:
        raise ConfigError("PeopleForce shows nobody with this e-mail address to this key.", hint=TAKES)
    return tuple([Ref(workspace.hr.name, kind, number) for number in people] for kind in kinds)


def _read(workspace: Workspace, ref: Ref) -> Record | None:
    """Read one record whole, with all that any rule of its stream reads."""
    facts = Facts(workspace, frozenset(workspace.rules.reads(ref.kind)))
    gatherer = Gatherer(workspace, ref.kind, workspace.day, {ref.id}, facts)
    found = gatherer.read_only({ref.id}).found.get(ref.id)
    return found[0] if found else None


def _told(workspace: Workspace, ref: Ref) -> Story | None:
    """Return everything about one record; None where neither side and no state knows it."""
    store, rules = workspace.store, workspace.rules
    record = _read(workspace, ref)
    held = links.of_records(store, ref.kind, [ref.id]).get(ref.id, [])
    done = deeds.told(store, ref)
    if record is None and not (held or done):
        return None
    story = Story(ref, record is not None, links=held)
    if record is not None:
        story.plan = planned(workspace, Scope(only=story.name)).plan
        pairs = {(link.rule, link.key) for link in held} | {(deed.rule, deed.key) for deed, _ in done}
        story.looks = taken_apart.looks(
            rules,
            record,
            installation=workspace.installation,
            today=date.fromisoformat(workspace.day),
            held=pairs,
            rekeyed=rekeyed(workspace),
        )
    mine = {rule.id: rule for rule in rules.of(ref.kind)}
    off = workspace.off if story.shown else disabled(store, rules)
    story.off = {name: one for name, one in off.items() if name in mine}
    shadows = {rule.id for rule in rules.rules if rule.shadow}
    story.shadow = frozenset(name for name in mine if name.partition("/")[0] in shadows)
    story.conflicts = [one for one in letters.conflicts(store) if one.ref == ref]
    story.open_rows = [row for row in outbox.unfinished(store) if row.ref == ref]
    story.letters = [letter for letter in letters.every(store) if letter.ref == ref]
    story.done = [(deed, at) for deed, at in done if deed.target != deeds.ADOPTED]
    story.review = _review(workspace, story)
    if ref.kind == "employee":
        story.identity = people.every(store).get(ref.id)
        story.episode = lives.episodes(store, [ref.id]).get(ref.id)
    return story


def _review(workspace: Workspace, story: Story) -> list[tuple[str, str]]:
    """Return the people in doubt whom the record waits for: as of now, and as the last run left it."""
    found = {review.hr_id: review.reason for review in story.plan.reviews}
    awaited = snapshots.waiting(workspace.store, story.ref.kind).get(story.ref.id, ())
    if awaited and not story.shown:
        known = dict(people.in_review(workspace.store))
        found |= {hr_id: known[hr_id] for hr_id in awaited if hr_id in known}
    return sorted(found.items())
