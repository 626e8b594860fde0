"""Once both sides agree, nothing is written: not by the next run, nor by any after it, whatever was done before."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from harness import writes
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from simulation import ACTS, Life

from pfjira.errors import SideWentEmpty

ROUNDS = st.lists(st.lists(st.sampled_from(ACTS), max_size=5), min_size=3, max_size=5)
WORLD = {
    "seed": st.integers(0, 99_999),
    "rounds": ROUNDS,
    "full": st.booleans(),
}
CALM = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],  # a world is not made clearer by minutes of shrinking
)
FAST, LONG = 12, 500
"""Worlds of three to five rounds, each of which is a case."""


def agree(folder: Path, seed: int, rounds: Sequence[Sequence[str]], *, full: bool) -> int:
    """Let people act, and run until the sides agree, round by round; return in how many rounds they came to."""
    life = Life(seed, folder)
    agreed = 0
    for acts in rounds:
        for verb in acts:
            life.act(verb)
        life.sandbox.clock.advance(700)
        first = life.run(full=full)
        life.sandbox.clock.advance(700)
        before = len(life.sandbox.requests)
        second = life.run(full=full)  # a quick run leaves edits of completed tasks to the next full one
        late = [entry.path for entry in writes(life.sandbox.requests[before:])]
        if second.report is None:
            # Somebody removed all there was: nobody concludes that from one empty list, and nothing is written.
            assert ([], True) == (late, isinstance(second.error, SideWentEmpty)), second.error
        elif first.code == 0:
            agreed += 1
            assert ([], {}) == (late, dict(second.report.done)), (seed, rounds)
    return agreed


@given(**WORLD)
@settings(CALM, max_examples=FAST)
def test_a_second_run_after_any_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, seed: int, rounds: list[list[str]], full: bool
) -> None:
    """Generated worlds, edits on both sides: what the first run left in agreement, the second leaves alone."""
    agree(tmp_path_factory.getbasetemp(), seed, rounds, full=full)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(5))
def test_a_second_run_after_any_of_thousands_changes_nothing(tmp_path: Path, part: int) -> None:
    """The same in 2,500 worlds with about 10,000 rounds, most of which must come to agree in their first run."""
    cases = agreed = 0

    @given(**WORLD)
    @settings(CALM, max_examples=LONG, derandomize=True, database=None)
    def some(seed: int, rounds: list[list[str]], full: bool) -> None:
        nonlocal cases, agreed
        cases += len(rounds)
        agreed += agree(tmp_path, seed + part, rounds, full=full)

    some()

    assert (True, True) == (cases >= 3 * LONG, agreed > 0.6 * cases), (cases, agreed)


def test_an_echo_of_our_own_writes_is_no_news(tmp_path: Path) -> None:
    """Creations, edits and moves of ours come back as changes of Jira: ten further rounds write nothing."""
    life = Life(3, tmp_path)
    for acts in (("new", "edit", "complete"), ("summary", "done", "reopen"), ("edit", "back", "both")):
        for verb in acts:
            life.act(verb)
        life.sandbox.clock.advance(700)
        assert 0 == life.run(full=False).code
    before = len(life.sandbox.requests)
    assert writes(life.sandbox.requests[:before])

    for number in range(10):
        life.sandbox.clock.advance(60)
        assert 0 == life.run(full=number % 3 == 2).code
    assert [] == writes(life.sandbox.requests[before:])
