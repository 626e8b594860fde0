"""The failure matrix is proven row by row: each row has a test that bears its number."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tally import ROWS, Tally, rows_of, summed, table

DEFINED = re.compile(r"^def (test_\w+)", re.MULTILINE)
TESTS = Path(__file__).parent


def test_every_row_of_the_matrix_has_a_test_that_bears_its_number() -> None:
    """Forty rows, forty numbers, and no number that is no row."""
    borne = {
        row for path in TESTS.rglob("test_*.py") for name in DEFINED.findall(path.read_text()) for row in rows_of(name)
    }
    assert {str(number) for number in range(1, ROWS + 1)} == borne


def test_a_tally_is_content_with_faults_that_landed_and_did_no_harm() -> None:
    """What landed and left nothing is fine; what missed, or did harm, is said."""
    fine, missed, harmed, idle = Tally(), Tally(), Tally(), Tally()
    fine.add("1", planned=200, landed=199)
    missed.add("1", planned=200, landed=100)
    harmed.add("1", planned=2, landed=2, doubled=1)
    idle.add("1", planned=0, landed=0)
    assert [True, False, False, False] == [one.judge() == "" for one in (fine, missed, harmed, idle)]


@pytest.mark.parametrize(
    ("name", "rows"),
    [("test_row_8_two_at_once", ["8"]), ("test_rows_1_2_of_it", ["1", "2"]), ("test_rows_are_read", [])],
)
def test_a_name_tells_its_rows(name: str, rows: list[str]) -> None:
    """Numbers after `row` or `rows`, and nothing else."""
    assert rows == rows_of(name)


def test_the_table_sums_rows_in_order() -> None:
    """Numbers first, letters after them, each once."""
    tally = Tally()
    tally.add("A1", "2", planned=3, landed=3)
    tally.add("10", "2", planned=1, landed=1)
    assert ["2", "10", "A1"] == list(summed(tally.entries))
    assert "| 2 | 4 of 4 | 0 | 0 | 0 |" in table(tally.entries, 1.0, "2030-01-01").splitlines()
