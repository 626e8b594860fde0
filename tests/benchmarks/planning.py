"""What planning costs without any I/O, as a ratio to evaluating the same expressions bare, in one process.

    python tests/benchmarks/planning.py [--rules 300] [--people 20000] [--rounds 3]

Prints one JSON document. Of three rules for each department, two or three apply to a person who is in it, and every
second of their issues is there already, as the rules want it.

Planned: `engine.mapping.evaluate` for every record, and `engine.compare` for every situation that has an issue.
Bare: minijinja alone, in a loop over the very same records. Every condition and every text that the plan needs (a
second condition only where the first one holds, the texts only of rules that apply) is a template of its own, compiled
before the clock starts. Nothing is checked, kept or compared by it.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import Any

from measuring import Figure

from pfjira.engine.compare import compare
from pfjira.engine.fingerprint import Fingerprinter
from pfjira.engine.mapping import evaluate
from pfjira.engine.model import Issue, Record, Ref, Situation, ValueKind
from pfjira.engine.reconcile import Link
from pfjira.engine.rules import Rule, RuleSet, expressions
from pfjira.engine.sight import Sight

BUDGET = 3.0
"""Times the bare evaluations: planning is at least a third as fast."""
TODAY = date(2026, 3, 2)
"""A Monday."""
DIGEST = Fingerprinter(b"benchmark").of

RULE = """\
  - id: rule-%(n)d
    for: employee
    when:
      - employee.status in ["employed", "probation"] and employee.department.id == %(department)d
      - employee.hired_on is within(-%(days)d, lookup("lead", employee.department.name))
    key: "{{ employee.id }}/{{ employee.episode }}/%(n)d"
    make: issue
    in: { project: HR, type: Onboarding }
    set:
      summary: "Onboard %(n)d {{ employee.full_name }}, {{ employee.position.name | default('role %(n)d') }}"
      duedate: "{{ employee.hired_on | workdays(%(n)d) | date('%%Y-%%m-%%d') }}"
      labels: { add: ["{{ employee.location.name | lower }}"] }
    cancel_when: employee.status == "withdrawn-%(n)d" or employee.gone
    cancel: { to: Cancelled, comment: "Hire %(n)d of {{ employee.full_name }} withdrawn" }
"""

Known = dict[tuple[str, str], tuple[Link, Issue]]


def main() -> int:
    """Measure and print; exit 1 when the ratio is over the budget."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rules", type=int, default=300)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    result = measure(chosen.rules, chosen.people, chosen.rounds)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return int(result["ratio"] > BUDGET)


def figures(size: str) -> Iterator[Figure]:
    """Yield the rows of the table."""
    people = 20_000 if size == "full" else 500
    found = measure(300, people, rounds=3)
    yield Figure(
        f"planning, 300 rules, {people:,} people",
        f"{found['ratio']:.2f} x",
        f"<= {BUDGET:.1f} x",
        f"the same expressions bare, CPU; {1e6 / found['us_per_person']:.0f} people a second",
    )


def measure(rules: int, people: int, rounds: int) -> dict[str, Any]:
    """Return the figures; the two are measured by turns, so that a busy machine slows both."""
    ruleset = rules_of(rules)
    bare_one = Bare(ruleset)
    company = [(record, known_of(ruleset, record)) for record in records(people, rules // 3)]
    bare, ours = [], []
    counts = plan(ruleset, company)
    evaluations = sum(bare_one(record) for record, _ in company)
    for _ in range(rounds):
        bare.append(cpu(lambda: sum(bare_one(record) for record, _ in company)))
        ours.append(cpu(lambda: plan(ruleset, company)))
    ratios = [mine / plain for mine, plain in zip(ours, bare, strict=True)]
    return {
        "rules": rules,
        "people": people,
        **counts,
        "evaluations": evaluations,
        "cpu_bare_s": round(statistics.median(bare), 3),
        "cpu_plan_s": round(statistics.median(ours), 3),
        "us_per_person": round(statistics.median(ours) / people * 1e6, 1),
        "ratio": round(statistics.median(ratios), 2),
        "ratios": [round(ratio, 2) for ratio in sorted(ratios)],
    }


def rules_of(number: int) -> RuleSet:
    """Return so many rules, three for each department, no two of which have an expression in common."""
    from pfjira.config.rules_yaml import parse_rules

    parts = [RULE % {"n": n, "department": n // 3, "days": (n % 3 + 1) * 400 + n} for n in range(number)]
    return parse_rules('version: 1\nmaps: { lead: { "*": 10 } }\nrules:\n' + "".join(parts))


def records(people: int, departments: int) -> Iterator[Record]:
    """Yield people, spread over the departments, hired in the last three years."""
    from pfjira.engine.kinds import EMPLOYEE, empty

    for number in range(people):
        fields = {
            **empty(EMPLOYEE),
            "id": number,
            "employee_number": f"E{number}",
            "full_name": f"Person {number}",
            "first_name": "Person",
            "last_name": str(number),
            "email": f"p{number}@example.com",
            "active": True,
            "status": "employed" if number % 7 else "probation",
            "hired_on": f"{2023 + number % 3}-{number % 12 + 1:02}-{number % 28 + 1:02}",
            "episode": f"2023-{number}",
            "gone": False,
            "department": {"id": number % departments, "name": f"Department {number % departments}"},
            "position": {"id": number % 50, "name": f"Position {number % 50}"},
            "location": {"id": number % 9, "name": f"City {number % 9}"},
        }
        yield Record(Ref("peopleforce", "employee", str(number)), fields)


def plan(ruleset: RuleSet, company: list[tuple[Record, Known]]) -> dict[str, int]:
    """Plan for everybody, keeping nothing but the counts."""
    situations = compared = changes = 0
    for record, known in company:
        for situation in said(ruleset, record, known):
            situations += 1
            if (found := known.get((situation.rule, situation.key))) is not None:
                link, issue = found
                outcome = compare(ruleset.rule(situation.rule), situation, link, Sight(issue, today=TODAY), DIGEST)
                compared += 1
                changes += len(outcome.changes)
    return {"situations": situations, "compared": compared, "changes": changes}


def said(ruleset: RuleSet, record: Record, known: Known) -> tuple[Situation, ...]:
    """Return what the rules say about one person."""
    evaluation = evaluate(ruleset, record, installation="i", held=known.keys(), today=TODAY)
    assert not evaluation.failures, evaluation.failures
    return evaluation.situations


def known_of(ruleset: RuleSet, record: Record) -> Known:
    """Return every second issue that the rules want, as if they had made it."""
    known: Known = {}
    for place, situation in enumerate(said(ruleset, record, {})):
        if (place + int(record.ref.id)) % 2 == 0:
            key = f"HR-{record.ref.id}-{place}"
            link = Link(situation.rule, situation.key, situation.ref, key, key)
            plain = {one.field: one.value for one in situation.desired if one.kind is not ValueKind.LABELS}
            added = [one.value["add"] for one in situation.desired if one.kind is ValueKind.LABELS]
            labels = frozenset(label for labels in added for label in labels)
            issue = Issue(key, key, "HR", "To do", "new", labels, plain, situation.op)
            agreed = compare(ruleset.rule(situation.rule), situation, link, Sight(issue, today=TODAY), DIGEST)
            known[situation.rule, situation.key] = agreed.link, issue
    return known


class Bare:
    """The same expressions in minijinja alone, one compiled template each."""

    def __init__(self, ruleset: RuleSet) -> None:
        from minijinja import Environment

        from pfjira.engine import filters

        environment: Any = Environment(fuel=20_000, undefined_behavior="strict", debug=False, pycompat=False)
        for name in ("default", "lower", "workdays"):
            environment.add_filter(name, getattr(filters, name))
        environment.add_filter("date", filters.as_date)
        environment.add_test("within", partial(filters.within, today=TODAY))
        environment.add_function("lookup", partial(filters.looked_up, ruleset.maps))
        self._render: Callable[..., str] = environment.render_template
        self._rules = [self._compiled(environment, rule) for rule in ruleset.rules]

    def __call__(self, record: Record) -> int:
        """Evaluate what a plan needs for one person; return how many evaluations that were."""
        render, fields, count = self._render, record.fields, 0
        for when, texts in self._rules:
            for condition in when:
                count += 1
                if render(condition, employee=fields) != "True":
                    break
            else:
                count += len(texts)
                for text in texts:
                    render(text, employee=fields)
        return count

    @staticmethod
    def _compiled(environment: Any, rule: Rule) -> tuple[list[str], list[str]]:
        """Compile the conditions and all else of a rule; return the names."""
        conditions = [one.source for one in (*rule.when, rule.cancel_when) if one is not None]
        others = [one.source for one in expressions(rule) if one.source not in conditions and "{{" in one.source]
        texts = {f"{rule.id}.{place}": source for place, source in enumerate(others)}
        whens = {f"{rule.id}.when.{place}": f"{{{{ {source} }}}}" for place, source in enumerate(conditions)}
        for name, source in (texts | whens).items():
            environment.add_template(name, source)
        *when, cancel = whens
        return when, [*texts, cancel]


def cpu(work: Callable[[], object]) -> float:
    """Return the CPU seconds that this process spends on something."""
    gc.collect()
    before = time.process_time()
    work()
    return time.process_time() - before


if __name__ == "__main__":
    sys.exit(main())
