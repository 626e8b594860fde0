"""How long what the rules say of a record stays the same, if the record does.

Rules that look at today's date must be asked again each day. But to ask, some records must be read again, one request
each, and most of them would say the same as yesterday. So the coming days are tried at once, while the record is here.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta

from pfjira.engine.mapping import Evaluation, evaluate
from pfjira.engine.model import Record
from pfjira.engine.rules import RuleSet

NEAREST, SPREAD = 7, 7
"""Days that are tried: so many, and up to as many more, so that not all records come up on one day. After them a record
is read again in any case, since not everything that changes moves a record (reference section 7)."""


def same_through(
    rules: RuleSet,
    record: Record,
    told: Evaluation,
    *,
    installation: str,
    held: Collection[tuple[str, str]],
    today: date,
    rekeyed: Collection[str] = (),
) -> date:
    """Return the last day on which the rules say of the record what they were `told` to say today."""
    # What is opened today is held from then on, and followed though its `when` may not hold any more.
    kept = {*held, *((one.rule, one.key) for one in told.situations if one.opens)}

    def said(day: date) -> Evaluation:
        return evaluate(rules, record, installation=installation, held=kept, today=day, rekeyed=rekeyed)

    now, last = said(today), today
    for number in range(1, furthest(record) + 1):
        day = today + timedelta(days=number)
        if said(day) != now:
            return last
        last = day
    return last


def furthest(record: Record) -> int:
    """Return for how many days a record is trusted at the most."""
    return NEAREST + sum(record.ref.id.encode()) % SPREAD
