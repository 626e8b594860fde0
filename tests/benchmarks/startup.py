"""What it costs to start each command, as a ratio to a start of Python and to a bare Typer program, in one run.

    python tests/benchmarks/startup.py [--rounds 15]

Prints one JSON document. Whole processes, by turns, with compiled code as an installation has it; the best of all
rounds counts, as whatever else the machine does only adds.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence

import noop
from measuring import Figure, Spent, compiled, process

BUDGET = 2.0
"""Times `import typer`: for the version, and for a command that has nothing to do."""
TYPER = """\
import typer
app = typer.Typer(rich_markup_mode=None, add_completion=False)
@app.command()
def greet(name: str = "you", times: int = 1, loud: bool = False) -> None: pass
@app.command()
def leave(name: str = "you", late: bool = False) -> None: pass
app(args=["greet"])
"""
BARE = {
    "python": ("-c", "pass"),
    "import typer": ("-c", "import typer"),
    "a Typer program of two commands": ("-c", TYPER),
}
LIGHT = ("--version", "--help", "guide rules", "pause", "resume")
"""Commands that ask no system and read no rules."""
READING = ("status", "audit list", "alerts list", "people list", "conflicts list", "rules list", "rules lint")
WHOLE = ("sync --quiet",)


def main() -> int:
    """Measure and print; exit 1 when the version or a light command is over the budget."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=15)
    with noop.prepared(tasks=100) as environment:
        result = measure(environment, (*LIGHT, *READING, *WHOLE), parser.parse_args().rounds)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return int(any(result[f"pfjira {name}"]["cpu_to_typer"] > BUDGET for name in LIGHT))


def figures(size: str) -> Iterator[Figure]:
    """Yield the rows of the table."""
    with noop.prepared(tasks=100) as environment:
        found = measure(environment, (*LIGHT[:3], *READING, *WHOLE), 15 if size == "full" else 5)
    for name, row in found.items():
        if name.startswith("pfjira"):
            against = (
                f"`import typer`, CPU; {row['cpu_to_python']:.1f} x `python -c pass`, {row['cpu_to_program']:.1f} x a "
                f"bare Typer program; {row['cpu_ms']:.0f} ms, {row['wall_ms']:.0f} ms wall"
            )
            budget = f"<= {BUDGET:.1f} x" if name.removeprefix("pfjira ") in LIGHT else ""
            yield Figure(f"start of `{name}`", f"{row['cpu_to_typer']:.2f} x", budget, against)


def measure(environment: Mapping[str, str], commands: Sequence[str], rounds: int) -> dict[str, dict[str, float]]:
    """Return the best CPU and wall time of each start, and its ratio to bare ones."""
    full = compiled({**os.environ, **environment})
    programs = BARE | {f"pfjira {name}": ("-m", "pfjira", *name.split()) for name in commands}
    taken: dict[str, list[Spent]] = {name: [] for name in programs}
    for number in range(rounds + 1):
        for name, arguments in programs.items():
            one = process(arguments, full)
            if one.code not in (0, 1):
                raise RuntimeError(f"{name} ended with {one.code}")
            if number:  # the first round compiles
                taken[name].append(one)
    cpu = {name: min(one.cpu_s for one in many) for name, many in taken.items()}
    wall = {name: min(one.wall_s for one in many) for name, many in taken.items()}
    return {
        name: {
            "cpu_ms": round(1000 * cpu[name], 1),
            "wall_ms": round(1000 * wall[name], 1),
            "cpu_to_python": round(cpu[name] / cpu["python"], 2),
            "cpu_to_typer": round(cpu[name] / cpu["import typer"], 2),
            "cpu_to_program": round(cpu[name] / cpu["a Typer program of two commands"], 2),
        }
        for name in programs
    }


if __name__ == "__main__":
    sys.exit(main())
