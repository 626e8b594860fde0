"""The fixtures that count faults, and that make them at single calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tally import Tally


@pytest.fixture
def tally(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Iterator[Tally]:
    """Lend a tally; say what it counted, and fail where faults did not land or did harm."""
    found = Tally()
    yield found
    for entry in found.entries:
        record_property("tally", entry)
        print(f"{request.node.name}: {entry}")  # shown with -s, and where a test fails
    if wrong := found.judge():
        pytest.fail(wrong)


@pytest.fixture(scope="session")
def zygote() -> Iterator[Any]:
    """Lend the process that forks one `pfjira` for each fault, with everything imported."""
    from killing import Zygote, needs_gcc

    needs_gcc()
    with Zygote() as process:
        yield process
