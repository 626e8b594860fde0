"""Import httpx without what it takes along wherever it is installed, and what is never used here.

Its own command line costs as much as the rest of httpx, at each start of each command; anyio carries its asynchronous
half. It is prepared for their absence.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

UNUSED = ("httpx._main", "anyio")


@contextmanager
def spared() -> Iterator[None]:
    """Let httpx, when it is imported in the block, find what is unused not installed."""
    modules = cast(dict[str, Any], sys.modules)
    absent = [name for name in UNUSED if name not in modules]
    modules.update(dict.fromkeys(absent))
    try:
        yield
    finally:
        for name in absent:
            del modules[name]
