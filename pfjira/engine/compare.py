"""The whole comparison of one situation with its issue: fields and completion towards Jira, everything towards HR."""

from __future__ import annotations

from dataclasses import replace

from pfjira.engine import back
from pfjira.engine.model import Situation
from pfjira.engine.reconcile import Digest, Link, LinkState, Outcome, is_back, reconcile
from pfjira.engine.rules import Rule
from pfjira.engine.sight import DONE, Sight, completion, is_followed


def compare(rule: Rule | None, situation: Situation, link: Link, sight: Sight, digest: Digest) -> Outcome:
    """Compare one situation with its issue as its rule reads it; without a rule, completion is left alone.

    Raise ExpressionError when a line about the issue cannot be evaluated.
    """
    # A cancelled issue is in a done status by our own doing: that does not end the following.
    if not is_back(situation, link) and not is_followed(rule, situation, sight):
        return Outcome(link)
    ours, theirs = completion(rule, situation, sight) if rule else (None, None)
    outcome = reconcile(situation, link, sight.issue, digest=digest, theirs_done=theirs, ours_done=ours)
    # Where we withdrew it, the done status is our own doing, and tells HR nothing.
    withdrawn = situation.cancelled or (outcome.link.state is LinkState.CANCELLED and sight.issue.category == DONE)
    if rule is None or not rule.back or withdrawn:
        return outcome
    kept, writes = back.writes(rule, situation, outcome.link, sight, digest)
    return replace(outcome, link=kept, changes=(*outcome.changes, *writes))
