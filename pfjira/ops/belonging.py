"""Which issue belongs to which situation, where the rules or the records make that unclear.

A renamed rule or another key template must not make a second issue, and one key must not join two records in one issue.
Where more than one answer is possible, nothing is opened and a person is asked.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from pfjira.engine.mapping import Failure
from pfjira.engine.model import Ref, Situation
from pfjira.engine.reconcile import Link, LinkState
from pfjira.engine.rules import Rule
from pfjira.ops.sweep import Sighting
from pfjira.ops.workspace import Workspace
from pfjira.state import links

Found = list[tuple[Sighting, Situation, Link | None]]
Pair = tuple[str, str]
"""Rule id and key."""


def key_name(rule: Rule) -> str:
    """Return the name under which the state remembers a rule's key template."""
    return f"key of {rule.id}"


def rekeyed(workspace: Workspace) -> set[str]:
    """Return the rules whose key template is another one than when the state was last written."""
    rules, store = workspace.rules.every, workspace.store
    return {rule.id for rule in rules if store.meta(key_name(rule)) not in (None, rule.key.source)}


@dataclass(slots=True)
class Belonging:
    """Goes over what was found once, and tells what it had to decide."""

    workspace: Workspace
    rekeyed: set[str]
    """Rules under another key template than before."""
    renamed: list[tuple[Pair, Pair, Ref]] = field(default_factory=list)
    """Links that the rules call by another rule and key now: old, new, and the record behind it."""
    failures: list[Failure] = field(default_factory=list)
    unclear: set[str] = field(default_factory=set)
    """Rules some of whose links could not be taken over: their former keys count until it is clear."""
    owners: dict[Pair, Ref] = field(default_factory=dict)
    """Which record a rule and key stand for."""

    def judge(self, found: Found, held: dict[str, list[Link]]) -> Found:
        """Return what was found, with links taken over and clashing situations left out."""
        self.owners = links.owners(self.workspace.store, [(s.rule, s.key) for _, s, link in found if link is None])
        self.owners |= {(s.rule, s.key): s.ref for _, s, link in found if link is not None}
        return self._without_clashes(self._taken_over(found, held))

    def _taken_over(self, found: Found, held: dict[str, list[Link]]) -> Found:
        kept = {(link.rule, link.key) for _, _, link in found if link is not None}
        unlinked: dict[str, list[Situation]] = {}
        for _, situation, link in found:
            if link is None:
                unlinked.setdefault(situation.ref.id, []).append(situation)
        rules = {rule.id for rule in self.workspace.rules.every}

        def orphaned(link: Link, situation: Situation) -> bool:
            # Another key under the same template is another situation; under another template it is the same one.
            if link.rule == situation.rule:
                left = link.rule in self.rekeyed
            else:
                left = link.rule not in rules and link.issue_key.rpartition("-")[0] == situation.project
            # A parent inherits from a parent, a child from the child of the same name.
            same_part = link.rule.partition("/")[2] == situation.rule.partition("/")[2]
            return left and same_part and (link.rule, link.key) not in kept

        result: Found = []
        for sighting, situation, link in found:
            own = held.get(situation.ref.id, ()) if link is None else ()
            orphans = [orphan for orphan in own if orphaned(orphan, situation)]
            if not orphans:
                result.append((sighting, situation, link))
                continue
            # A withdrawn issue is inherited only where there is no other.
            orphans = [orphan for orphan in orphans if orphan.state is not LinkState.CANCELLED] or orphans
            # What opens nothing (it is done, say) inherits too, so that a later change finds its issue.
            rivals = [one for one in unlinked[situation.ref.id] if one.opens or not situation.opens]
            heirs = sum(any(orphaned(orphan, one) for orphan in orphans) for one in rivals)
            if len(orphans) == heirs == 1:
                orphan, pair = orphans[0], (situation.rule, situation.key)
                if (owner := self.owners.setdefault(pair, situation.ref)) == situation.ref:
                    self.renamed.append(((orphan.rule, orphan.key), pair, situation.ref))
                    result.append((sighting, situation, replace(orphan, rule=situation.rule, key=situation.key)))
                else:
                    self.unclear.add(situation.rule)
                    self._fail_clash(situation, owner)
            elif not situation.opens:
                result.append((sighting, situation, link))
            else:
                keys = ", ".join(orphan.issue_key for orphan in orphans)
                self.unclear.add(situation.rule)
                self._fail(
                    situation,
                    "id",
                    f"it is not clear whether {keys} of an earlier rule is meant; rename one rule at a time",
                )
        return result

    def _without_clashes(self, found: Found) -> Found:
        result: Found = []
        for sighting, situation, link in found:
            # Only what would open an issue claims a key: a record that wants none takes it from nobody.
            claims = link is None and situation.opens
            owner = self.owners.setdefault((situation.rule, situation.key), situation.ref) if claims else situation.ref
            if owner == situation.ref:
                result.append((sighting, situation, link))
            else:
                self._fail_clash(situation, owner)
        return result

    def _fail_clash(self, situation: Situation, owner: Ref) -> None:
        self._fail(situation, "key", f"{owner.kind} {owner.id} has the same key; a key names one record only")

    def _fail(self, situation: Situation, word: str, reason: str) -> None:
        self.failures.append(Failure(situation.rule, situation.ref, word, reason))
