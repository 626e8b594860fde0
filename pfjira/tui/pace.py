"""How fast each system is called, beside what it is allowed: a line of bars for the last hour, a number, a pause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from pfjira.state.rates import Rate
from pfjira.tui import words

SYSTEMS = {"peopleforce": "PeopleForce", "jira": "Jira"}
WIDTH = max(map(len, SYSTEMS.values())) + 2
NARROW = 30
"""Bars where there is no room for sixty: each stands for two minutes."""


def lines(rates: Sequence[Rate], *, wide: bool) -> list[str]:
    """Return what is to be said of both systems."""
    known = {rate.system: rate for rate in rates}
    return [line for system in SYSTEMS for line in _said(system, known, wide=wide)]


def _said(system: str, known: Mapping[str, Rate], *, wide: bool) -> list[str]:
    title = f"{SYSTEMS[system]:{WIDTH}}"
    rate = known.get(system)
    if rate is None:
        return [f"{title}no requests counted yet"]
    budget = f" of {rate.budget:g}" if rate.budget else ""
    found = [f"{title}{_drawn(rate, wide=wide)}  {rate.now:.1f}/s{budget}"]
    if rate.paused_s:
        partly = "some requests are " if rate.partly else ""
        found.append(f"{'':{WIDTH}}{partly}paused {words.age(timedelta(seconds=rate.paused_s))} by the system")
    return found


def _drawn(rate: Rate, *, wide: bool) -> str:
    """Draw the minutes, the budget at the top; what left at all is never drawn as nothing."""
    each = 1 if wide else len(rate.minutes) // NARROW
    sums = [sum(rate.minutes[begin : begin + each]) for begin in range(0, len(rate.minutes), each)]
    top = rate.budget * 60 * each or max(sums)
    least = top / (len(words.BARS) - 1)
    return words.bars([max(float(one), least) if one else 0.0 for one in sums], top, len(sums))
