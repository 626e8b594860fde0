"""Whatever a rules file holds, the loader answers soon, in little memory, with rules or with a RulesError."""

from __future__ import annotations

import multiprocessing
import os
import time
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat

import pytest
from rules_fuzz import SLOWEST_S, Report, damaged, judge, watch

LARGEST_MIB = 50
LONG = 100_000


def test_a_thousand_damaged_files_are_rules_or_refused() -> None:
    """Words left out, doubled, moved and put in; odd characters; pieces of other files; noise."""
    report = watch(0, 1_000)

    assert () == report.wrong
    assert (True, True, True) == (report.loaded > 50, report.refused > 500, report.median_s < 0.02), report


@pytest.mark.long
@pytest.mark.timeout(3_600)
def test_a_hundred_thousand_damaged_files_are_rules_or_refused() -> None:
    """The same with other numbers, over all processors."""
    with ProcessPoolExecutor(os.cpu_count(), multiprocessing.get_context("spawn")) as pool:
        reports = list(pool.map(watch, range(1_000_000, 1_000_000 + LONG, 1_000), repeat(1_000)))

    assert ([], LONG) == (
        [line for report in reports for line in report.wrong],
        sum(report.loaded + report.refused for report in reports),
    )


RULE = "{{ id: r{}, for: task, make: nothing }}"
TRAPS = {
    "deep lists": "version: 1\nrules: " + "[" * 200_000,
    "deep tables": "version: 1\nrules: " + "{a: " * 100_000,
    "deep blocks": "".join(f"{' ' * depth}a:\n" for depth in range(1_000)),
    "a long text": f"version: 1\nlabel: {'x' * 1_000_000}\nrules: []\n",
    "a long name": f"version: 1\n{'x' * 900_000}: 1\nrules: []\n",
    "a long number": f"version: {'9' * 1_000_000}\nrules: []\n",
    "a long quoted text": 'version: 1\ntimezone: "' + "\\n" * 400_000 + '"\nrules: []\n',
    "a long condition": f"version: 1\nrules: [{{ id: a, for: task, make: nothing, when: {'(' * 900_000} }}]",
    "a long template": 'version: 1\nrules: [{ id: a, for: task, key: "' + "{{ task.id }}" * 70_000 + '" }]',
    "a long id": f"version: 1\nrules: [{{ id: {'a' * 900_000}, for: task, make: nothing }}]",
    "many values": "version: 1\nrules: []\nx: [" + "a, " * 300_000 + "]",
    "many empty lists": "[" + "[], " * 250_000 + "]",
    "many unknown words": "version: 1\nrules:\n" + "".join(f"- {{ idd{n}: x, forr: y }}\n" for n in range(900)),
    "many unknown names": "version: 1\nrules:\n" + "".join(
        f"- {{ id: r{n}, for: position, make: nothing, when: position.employee.departement{n}.name == 'x' }}\n"
        for n in range(900)
    ),
    "many rules": "version: 1\nrules:\n" + "".join(f"- {RULE.format(n)}\n" for n in range(1_000)),
    "too many rules": "version: 1\nrules:\n" + "".join(f"- {RULE.format(n)}\n" for n in range(15_000)),
    "rules of one name": "version: 1\nrules:\n" + f"- {RULE.format(1)}\n" * 1_000,
    "many unknown fields": "version: 1\nrules: [{ id: a, for: task, make: update, on: x, set: {"
    + "".join(f"sumary{'x' * (n % 20)}_{'y' * (n // 20)}: x, " for n in range(900)) + "} }]",
    "many unknown rules": "version: 1\nrules: [{ id: a, for: task, make: comment, text: x, on: ["
    + "".join(f"rule-{n}, " for n in range(20_000)) + "]}]",
    "quotation marks": f"version: 1\nrules: [{{ id: a, for: task, make: nothing, when: {chr(39) * 3_001} }}]",
    "brackets in a pattern": "version: 1\nrules:\n- id: a\n  for: task\n  make: nothing\n  when: 'x' is matching('"
    + "[" * 3_900 + "')\n",
    "a chain that doubles": "version: 1\nrules:\n- id: a\n  for: task\n  make: nothing\n  when: task.title"
    + " | replace('x', 'xx')" * 180 + "\n",
    "a chain of days": "version: 1\nrules:\n- id: a\n  for: task\n  make: nothing\n  when: task.ends_on"
    + " | workdays(36600) | workdays(-36600)" * 25 + " == 1\n",
    "a signed forest": f"version: 1\nrules: [{{ id: a, for: task, make: nothing, when: {'-' * 3_900}1 }}]",
    "line ends": "version: 1\r\nrules: []\r" + "\u2028" * 100_000,
    "a lone surrogate": "version: 1\nlabel: \ud800\nrules: []\n",
    "an escaped surrogate": 'version: 1\nlabel: "\\ud800"\nrules: []\n',
    "a byte order mark inside": "version: 1\n\ufefflabel: x\nrules: []\n",
    "nothing but zeros": "\x00" * 100_000,
    "names of all scripts": "version: 1\nrules: [{ id: a, for: task, make: nothing, when: task.títle == \u0664 }]",
}  # fmt: skip


@pytest.mark.parametrize("name", TRAPS)
def test_no_trap_holds_the_loader_for_long(name: str) -> None:
    """Each of these was long, deep or many in a way that could cost minutes."""
    before = time.process_time()
    outcome = judge(TRAPS[name])  # looks at the text twice
    spent_s = time.process_time() - before

    assert (True, True) == (outcome in ("loaded", "refused"), spent_s < 2 * SLOWEST_S), (outcome, spent_s)


@pytest.mark.parametrize("name", ["many values", "many rules", "many unknown words", "a long quoted text"])
def test_no_trap_fills_the_memory(name: str) -> None:
    """A megabyte of text never becomes more than fifty."""
    assert peak_mib(TRAPS[name]) < LARGEST_MIB


def test_a_damaged_file_needs_little_memory() -> None:
    """Samples of the files above."""
    assert max(peak_mib(damaged(number)) for number in range(5_000_000, 5_000_040)) < LARGEST_MIB / 5


def peak_mib(text: str) -> float:
    """Return the most memory that the loader held at a time for a text."""
    tracemalloc.start()
    try:
        judge(text)
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


def test_a_report_tells_what_went_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fuzzer itself notices an exception that is none of ours."""
    import rules_fuzz

    def falls_over(text: str) -> str:
        raise RecursionError("too deep")

    monkeypatch.setattr(rules_fuzz, "judge", falls_over)
    report = watch(0, 2)

    assert (Report, 0, 0, True) == (
        type(report), report.loaded, report.refused, report.wrong[0].startswith("0: RecursionError: too deep"),
    )  # fmt: skip
