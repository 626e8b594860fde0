"""Which rules are in force: those of the file, unless it is broken or a rollback set it aside.

Choosing writes nothing, so that `diff` and `sync` choose alike; `record` remembers a choice. A file is taken over once
it can be loaded and its own tests pass; until then the last good version keeps running, and every run says so. How a
file is read is the caller's affair: the loader is handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from pfjira.engine.rules import RuleSet
from pfjira.engine.rules_tests import run_tests
from pfjira.errors import ConfigError, RulesError
from pfjira.state import audit, rule_versions
from pfjira.state.rule_versions import InForce, Version, text_hash
from pfjira.state.store import Store

Load = Callable[[str, str], RuleSet]
"""Text and file name to compiled rules. Raises RulesError."""
UNDO = "`pfjira rules rollback --undo` ends that"


@dataclass(frozen=True, slots=True)
class Candidate:
    """The rules file as it is now."""

    file: str
    text: str | None
    """None when what is there is no text."""
    error: RulesError | None = None
    """Why there is no text."""

    @property
    def hash(self) -> str:
        """The name of the version that it would be."""
        return text_hash(self.text or "")


@dataclass(frozen=True, slots=True)
class Choice:
    """The rules that are in force, and what is to be said of it."""

    rules: RuleSet
    version: str
    candidate: Candidate
    notes: tuple[str, ...] = ()
    """One sentence when the file is not what is in force."""
    complaint: str = ""
    """Why the file cannot be used; empty when it can, and when a rollback set it aside on purpose."""
    error: RulesError | None = None
    """The same as an error, with its place and excerpt."""

    @property
    def broken(self) -> bool:
        """Whether somebody must mend the file: runs exit 1 until then."""
        return bool(self.complaint)


@dataclass(frozen=True, slots=True)
class Off:
    """A rule that is switched off: nothing is planned for it, and its slot stays taken."""

    rule: str
    source: str
    """`operator`, `site`, or `parent` for a child whose parent is off."""
    who: str
    why: str
    since: str = ""

    @property
    def reason(self) -> str:
        """Why, in words."""
        if self.source == "parent":
            return f"its parent {self.who} is off"
        if self.source == "operator":
            return f"disabled by {self.who or 'somebody'}" + (f": {self.why}" if self.why else "")
        return f"{self.who} contradicts it: {self.why}"


def choose(store: Store, candidate: Candidate, load: Load) -> Choice:
    """Say which rules are in force; write nothing.

    Raise RulesError when the file cannot be used and no version of it ever could.
    """
    held = rule_versions.in_force(store)
    if held is not None and held.aside == candidate.hash:
        kept = _kept(store, held.hash, load)
        note = (
            f"{candidate.file} is set aside until it changes: {held.aside_by or 'somebody'} went back to version "
            f"{held.hash[: rule_versions.SHORT]} on {held.aside_at[:10]} ({UNDO})."
        )
        return Choice(kept, held.hash, candidate, (note,))
    try:
        return Choice(_usable(store, candidate, load), candidate.hash, candidate)
    except RulesError as error:
        if held is None:
            raise
        kept = _kept(store, held.hash, load)
        note = f"The rules file is not used, version {held.hash[: rule_versions.SHORT]} keeps running: {error}"
        return Choice(kept, held.hash, candidate, (note,), str(error), error)


def record(store: Store, choice: Choice, *, who: str, now: datetime) -> None:
    """Remember a choice: a new version, why the file is not used, and when a version was used last."""
    held = rule_versions.in_force(store)
    known = rule_versions.version(store, choice.version)
    is_file = choice.version == choice.candidate.hash and choice.candidate.text is not None
    if is_file and (held is None or known is None or held.hash != choice.version or held.aside):
        with store.write():
            rule_versions.activate(
                store,
                choice.version,
                choice.candidate.text or "",
                rules=choice.rules.hash,
                file=choice.candidate.file,
                who=who,
                now=now,
            )
            audit.append(store, who, "rules activate", choice.version[: rule_versions.SHORT], now)
        return
    complaint = held.complaint if held else ""
    if known is not None and (complaint != choice.complaint or now - known.last_used_at > rule_versions.NOTED_EACH):
        with store.write():
            rule_versions.note_complaint(store, choice.complaint)
            rule_versions.note_use(store, choice.version, now)


def go_back(store: Store, candidate: Candidate, to: str | None, *, who: str, now: datetime) -> Version:
    """Put an older version in force and set the present file aside until it changes; return that version.

    `to`: the beginning of its hash; None is the version before the one in force. Raise ConfigError when there is none.
    """
    held, known = rule_versions.in_force(store), rule_versions.versions(store)
    if held is None:
        raise ConfigError("No version of the rules was in force yet.", hint="`pfjira sync` makes the first run.")
    target = _named(known, to) if to is not None else _before(known, held)
    if target.hash == held.hash:
        raise ConfigError(
            f"Version {target.short} is in force already.", hint="`pfjira rules history` lists the others."
        )
    with store.write():
        aside = "" if target.hash == candidate.hash else candidate.hash
        rule_versions.go_back(store, target.hash, aside=aside, who=who, now=now)
        audit.append(store, who, "rules rollback", f"{held.hash[: rule_versions.SHORT]} to {target.short}", now)
    return target


def undo(store: Store, *, who: str, now: datetime) -> bool:
    """Let the file count again; return whether it was set aside."""
    held = rule_versions.in_force(store)
    if held is None or not held.aside:
        return False
    with store.write():
        rule_versions.end_rollback(store)
        audit.append(store, who, "rules rollback undone", held.aside[: rule_versions.SHORT], now)
    return True


def _usable(store: Store, candidate: Candidate, load: Load) -> RuleSet:
    """Load the file and, unless this very text passed them before, carry out its tests. Raise RulesError."""
    if candidate.text is None:
        raise candidate.error or RulesError("cannot be read", file=candidate.file)
    rules = load(candidate.text, candidate.file)
    if rule_versions.version(store, candidate.hash) is None:
        for result in run_tests(rules):
            if not result.passed:
                raise RulesError(
                    result.sentence,
                    file=candidate.file,
                    line=result.line,
                    column=1,
                    hint="`pfjira rules test` shows what each test expects and gets.",
                )
    return rules


def _kept(store: Store, digest: str, load: Load) -> RuleSet:
    """Load a version that was in force. Raise RulesError when this program cannot read it any more."""
    version = rule_versions.version(store, digest)
    assert version is not None  # a foreign key holds it
    return load(version.text, version.file)


def _named(known: list[Version], name: str) -> Version:
    found = [version for version in known if version.hash.startswith(name.lower())]
    if len(found) == 1 and len(name) >= 4:
        return found[0]
    words = "There is no version" if not found else "There is more than one version"
    raise ConfigError(f"{words} {name!r} of the rules.", hint="`pfjira rules history` lists them; four digits suffice.")


def _before(known: list[Version], held: InForce) -> Version:
    place = next(version.activated for version in known if version.hash == held.hash)
    older = [version for version in known if version.activated < place]
    if not older:
        raise ConfigError(
            "There is no version before the one in force.", hint="`pfjira rules history` lists what there is."
        )
    return older[0]
