"""What needs a person, in the few lines at the head of the Overview: what waits, what was stopped, who is called."""

from __future__ import annotations

from textual.content import Content

from pfjira.ops.health import UNREAD
from pfjira.ops.outlook import Outlook
from pfjira.state.alerts import Cause
from pfjira.tui import words

ROOM = 72
"""Letters of a line on the smallest terminal."""
GAP = 2
FUSES = (Cause.GUARD.value, Cause.EMPTY.value)
"""Causes that hold a plan back."""
Count = tuple[str, int, str, str]


def needs(outlook: Outlook) -> Content:
    """Return all of it, the gravest first."""
    stopped = [outlook.paused.sentence()] if outlook.paused else []
    ends = [outlook.token.sentence()] if outlook.token is not None and outlook.token.is_near else []
    parts = [
        *(Content.assemble(("[P] ", "bold"), words.plain([line])) for line in stopped),
        *_calls(outlook),
        *(Content.assemble(("[0] ", "bold"), words.plain([line])) for line in ends),
        *_counts(_waiting(outlook)),
    ]
    return Content("\n").join(parts) if parts else Content("nothing: all is settled")


def fuses(outlook: Outlook) -> str:
    """Say whether a fuse holds a plan back."""
    blown = sorted({str(one["cause"]) for one in outlook.health.alerts} & {*FUSES})
    return f"tripped: {', '.join(blown)}" if blown else "none tripped"


def _calls(outlook: Outlook) -> list[Content]:
    """Return how many alerts are open, and of each cause the first sentence, fuses before all others."""
    found: dict[str, list[str]] = {}
    for one in outlook.health.alerts:
        found.setdefault(one["cause"], []).append(one["sentence"])
    lines = [
        Content.assemble(
            "    ",
            (cause if len(said) == 1 else f"{cause} ({len(said):,})", "bold"),
            words.plain([f": {said[0]}"]),
        )
        for cause, said in sorted(found.items(), key=lambda pair: pair[0] not in FUSES)
    ]
    count = len(outlook.health.alerts)
    return [Content.assemble(("[0] ", "bold"), words.counted(count, "open alert")), *lines] if count else []


def _waiting(outlook: Outlook) -> list[Count]:
    facts = outlook.health.facts
    return [
        ("5", facts["conflicts"], "conflict", "conflicts"),
        ("4", facts["people in review"], "person in review", "people in review"),
        ("6", facts["dead letters"], "dead letter", "dead letters"),
        ("0", facts["duplicates to settle"], "duplicate to settle", "duplicates to settle"),
        ("8", len(outlook.health.rules_off), "rule off", "rules off"),
        ("3", facts["writes to finish"], "write to finish", "writes to finish"),
        ("7", outlook.deliveries, "delivery waiting", "deliveries waiting"),
        ("7", outlook.webhooks, "webhook waiting", "webhooks waiting"),
        ("7", facts.get(UNREAD, 0), "delivery without a rule", "deliveries without a rule"),
    ]


def _counts(found: list[Count]) -> list[Content]:
    """Lay out what waits beside each other, each with the key of its screen."""
    texts = [(f"[{key}] ", words.counted(count, one, many)) for key, count, one, many in found if count]
    width = max((len(key) + len(text) for key, text in texts), default=0) + GAP
    each = max(1, (ROOM + GAP) // width)
    cells = [Content.assemble((key, "bold"), text.ljust(width - len(key))) for key, text in texts]
    return [Content("").join(cells[begin : begin + each]) for begin in range(0, len(cells), each)]
