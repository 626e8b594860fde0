"""Import httpx without its own command line, which it takes along wherever click and rich are installed.

That command line is never used here and costs as much as the rest of httpx, at each start of each command.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

UNUSED = "httpx._main"


@contextmanager
def spared() -> Iterator[None]:
    """Let httpx, when it is imported in the block, find its command line not installed, which it is prepared for."""
    modules = cast(dict[str, Any], sys.modules)
    if "httpx" in modules:
        yield
        return
    modules[UNUSED] = None
    try:
        yield
    finally:
        del modules[UNUSED]
