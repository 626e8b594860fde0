"""What loading a large rules file costs, as a ratio to composing the same YAML bare with the same parser, in one run.

    python tests/benchmarks/load_rules.py [--rules 300] [--rounds 9]

Prints one JSON document. Every third rule has two children and writes back; no two rules have an expression in common,
as nobody writes them so.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from measuring import Figure

BUDGET = 14.0
"""Times the cost of composing the nodes alone."""

RULE = """\
  - id: rule-%(n)d
    for: employee
    when:
      - employee.status in ["hired", "probation"] and employee.id != %(n)d
      - employee.hired_on is within(-%(d)d, lookup("lead", employee.department.name))
    key: "{{ employee.id }}/{{ employee.episode }}/%(n)d"
    make: issue
    in: { project: HR, type: Onboarding }
    set:
      summary: "Onboard %(n)d {{ employee.full_name }}, {{ employee.position.name | default('role %(n)d') }}"
      duedate: "{{ employee.hired_on | workdays(%(d)d) | date('%%Y-%%m-%%d') }}"
    cancel_when: employee.status == "withdrawn-%(n)d" or employee.gone
    cancel: { to: Cancelled, comment: "Hire %(n)d withdrawn" }
"""
FAMILY = """\
    children:
      - { key: accounts, set: { summary: "Accounts %(n)d", duedate: "{{ employee.hired_on | workdays(-%(n)d) }}" } }
      - { key: laptop, when: employee.employment_type.name != "Intern %(n)d", set: { summary: "Laptop %(n)d" } }
    back:
      - { when: children.laptop.status.category == "done" and issue.key != "A-%(n)d", note: "Laptop: {{ issue.key }}" }
"""


def main() -> int:
    """Measure and print; exit 1 when the ratio is over the budget."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rules", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=9)
    chosen = parser.parse_args()
    result = measure(chosen.rules, chosen.rounds)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return int(result["ratio"] > BUDGET)


def figures(size: str) -> Iterator[Figure]:
    """Yield the row of the table."""
    found = measure(300, rounds=9 if size == "full" else 3)
    yield Figure(
        f"loading 300 rules, {found['lines']:,} lines",
        f"{found['ratio']:.1f} x",
        f"<= {BUDGET:.0f} x",
        f"composing the YAML bare, CPU; {1000 * found['cpu_load_s']:.0f} ms",
    )


def text_of(rules: int) -> str:
    """Return a file of so many rules."""
    parts = [(RULE + (FAMILY if n % 3 == 0 else "")) % {"n": n, "d": n % 90} for n in range(rules)]
    return 'version: 1\nmaps: { lead: { "*": 10 } }\nrules:\n' + "".join(parts)


def measure(rules: int, rounds: int) -> dict[str, Any]:
    """Return the figures; the two are measured by turns, so that a busy machine slows both."""
    import yaml

    from pfjira.config.rules_yaml import parse_rules

    text = text_of(rules)
    parse_rules(text_of(3))  # imports are no part of it
    bare, ours = [], []
    for _ in range(rounds):
        bare.append(cpu(lambda: yaml.compose(text, Loader=yaml.CSafeLoader)))
        ours.append(cpu(lambda: parse_rules(text)))
    ratios = sorted(mine / plain for mine, plain in zip(ours, bare, strict=True))
    return {
        "rules": rules,
        "lines": text.count("\n"),
        "cpu_compose_s": round(statistics.median(bare), 4),
        "cpu_load_s": round(statistics.median(ours), 4),
        "ratio": round(statistics.median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in ratios],
    }


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds that this process spends on something."""
    before = time.process_time()
    work()
    return time.process_time() - before


if __name__ == "__main__":
    sys.exit(main())
