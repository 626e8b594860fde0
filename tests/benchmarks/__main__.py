"""All benchmarks, one after the other, as one table of ratios from this one run.

    .ci/uv run python tests/benchmarks [--only NAME] [--size small|full] [--markdown]

Small takes about two minutes, full a quarter of an hour. Nothing else should run meanwhile. `--markdown` prints what
README shows; each row is printed as soon as it is known.
"""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from importlib.util import find_spec

from measuring import HEAD, Figure, facts, row

NAMES = ("startup", "load_rules", "planning", "first_sync", "receiver", "dashboard", "running_cost", "noop")
"""Files of this folder with a function `figures(size)`; one that is not there is left out."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python tests/benchmarks")
    parser.add_argument("--only", choices=NAMES, action="append", help="this one only; may be given several times")
    parser.add_argument("--size", choices=("small", "full"), default="small")
    parser.add_argument("--markdown", action="store_true", help="print the table of the README")
    chosen = parser.parse_args()
    sys.stdout.write(f"Size {chosen.size}: {facts()}.\n\n{HEAD}" if chosen.markdown else f"{facts()}\n")
    for name in chosen.only or NAMES:
        if find_spec(name) is None:
            sys.stderr.write(f"{name}: there is no such benchmark yet\n")
            continue
        for figure in import_module(name).figures(chosen.size):
            sys.stdout.write(row(figure) if chosen.markdown else told(figure))
            sys.stdout.flush()
    return 0


def told(figure: Figure) -> str:
    """Return a figure as one line."""
    budget = f" (budget {figure.budget})" if figure.budget else ""
    return f"{figure.what}: {figure.measured}{budget}, against {figure.against}\n"


if __name__ == "__main__":
    sys.exit(main())
