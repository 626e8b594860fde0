"""Seeded lives in simulated time: whatever people, networks, processes and clocks do, both sides agree in the end.

A life that fails says its seed; `simulation.play(folder, seed)` lives it again, to the request.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from naive import CONTROLS
from simulation import play
from tally import Tally

FAST, LONG, EACH = 80, 10_000, 1000
OFTEN = 20
"""How often a thousand lives must live through each row."""
PRODUCED = (1, 2, 3, 4, 5, 6, 9, 10, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 23, 24, 29, 35, 37, 39)
"""The rows of the failure matrix that the simulation produces."""


def lives(
    folder: Path, seeds: Iterable[int], tally: Tally | None = None
) -> tuple[list[str], Counter[str], Counter[int]]:
    """Live these lives; return what went wrong with its seed, the harm done, and how often each row was hit."""
    wrong: list[str] = []
    harm: Counter[str] = Counter()
    hits: Counter[int] = Counter()
    planned = landed = 0
    for seed in seeds:
        life = play(folder, seed)
        hits += life.hits
        planned, landed = planned + life.weather.planned, landed + life.weather.landed
        harm += life.harm
        wrong += [f"seed {seed}: {verdict}" for verdict in (*life.verdicts, *life.wrongly_cancelled)]
    if tally is not None:
        tally.add("A7", planned=planned, landed=landed, **harm)
        for row in PRODUCED:
            if hits[row]:
                tally.add(str(row), planned=hits[row], landed=hits[row])
    return wrong, harm, hits


@pytest.mark.parametrize("part", range(4))
def test_a_life_among_faults_ends_in_agreement(tmp_path: Path, tally: Tally, part: int) -> None:
    """Nothing double, nothing lost, nobody's work cancelled, no write after agreement, and both sides tell the same."""
    wrong, _, hits = lives(tmp_path, range(part, FAST, 4), tally)

    assert ([], True) == (wrong, hits.total() > 0)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("first", range(FAST, FAST + LONG, EACH))
def test_rows_1_2_3_4_5_6_9_10_12_13_14_15_16_17_18_19_20_22_23_24_29_35_37_39_in_a_thousand_lives(
    tmp_path: Path, tally: Tally, first: int
) -> None:
    """The same a thousand times, in which each row of the matrix that a simulation can produce is hit twenty times."""
    wrong, _, hits = lives(tmp_path, range(first, first + EACH), tally)

    assert ([], {}) == (wrong, {row: hits[row] for row in PRODUCED if hits[row] < OFTEN})


@pytest.mark.parametrize("name", CONTROLS)
def test_an_engine_without_a_defence_is_caught(tmp_path: Path, name: str) -> None:
    """The negative controls: search-then-create doubles, and a mirror that believes one absence cancels live work."""
    engine, expected = CONTROLS[name]
    with engine():
        _, harm, _ = lives(tmp_path, range(10))

    assert harm[expected] > 0


@pytest.mark.parametrize("seed", [5, pytest.param(7, marks=pytest.mark.long), pytest.param(11, marks=pytest.mark.long)])
def test_a_seed_lives_the_same_life_again(tmp_path: Path, seed: int) -> None:
    """The same requests at the same times with the same answers; in another process too, whose sets are in disorder."""
    told = (
        f"import sys; from pathlib import Path; sys.path[:0] = {sys.path!r}; "
        f"from simulation import play; print(play(Path({str(tmp_path)!r}), {seed}).digest())"
    )
    elsewhere = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=60, check=True)

    assert [elsewhere.stdout.strip()] * 2 == [play(tmp_path, seed).digest() for _ in range(2)]
