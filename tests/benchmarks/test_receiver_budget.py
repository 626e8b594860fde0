"""The budget of the receiver, held as a test: behind `-m long`, as a busy machine tells nothing."""

from __future__ import annotations

import pytest
import receiver as benchmark

RATIO = 2.5
HALF_LOAD_MS = 500


@pytest.mark.long
@pytest.mark.timeout(300)
def test_many_deliveries_in_one_commit_are_worth_it() -> None:
    """At least 2.5 times the deliveries of one commit each, none lost, and nobody waits long at half load."""
    found = benchmark.measure(seconds=4.0, rounds=3)

    print(found)
    assert (True, True, 0) == (found.ratio >= RATIO, found.half_load_p99_ms <= HALF_LOAD_MS, found.lost), found
