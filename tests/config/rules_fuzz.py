"""Makes damaged rules files out of good ones, each from a number, and watches what the loader does with them."""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import test_rules_yaml
from error_cases import GOOD
from whole_language import WHOLE

from pfjira.config import rules_schema as schema
from pfjira.config.rules_yaml import check_rules, parse_rules
from pfjira.engine import grammar
from pfjira.engine.rules import RuleSet
from pfjira.errors import RulesError

SLOWEST_S = 1.0
"""CPU seconds for one file."""
DEFAULT = Path(__file__).parents[2] / "rules.yaml"
TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
NASTY = [
    "\x00", "\x07", "\x85", "\u2028", "\u202e", "\ufeff", "\ud800", "\udfff", "é", "Ω", "名", "😀", "\r", "\t", "\r\n",
    "|", "?", "}", "[", "]", "{{", "}}", "{%", "{#", "'", '"', "\\", '"\\ud800"', '"\\x00"', "&a", "*a", "!!x",
    ">-", "---", "...", "%YAML 1.1", "? ", "- ", ": ", "#", "<<: ", "~", "null", "true", "0", "-1", "1e99", "1e-99",
    "9" * 400, "1." + "9" * 400, "0x7f", ".inf", ".nan", "x" * 3000, "[" * 40, "{a: " * 25, "(" * 300, "not " * 200,
    "-" * 400, "task.title | replace('a', 'aa')" + " | replace('a', 'aa')" * 40, "employee.hired_on | workdays(36600)",
    "'x' * 99999999", "9 ** 9 ** 9", "task.title is matching('(a|b)?c*')", "task.title is matching('[[[[[')", "today",
    'position is changed("department")', "lookup('lead', today)", "issue.key", "children.laptop.key", "2026-02-30",
    "employee.fields.salary", "employee.fields", "hook.helpdesk", "hook.", "a/b/c", "onboarding/", "http://[::1]:99999/",
]  # fmt: skip


class Report(NamedTuple):
    """What became of many files."""

    loaded: int
    refused: int
    slowest_s: float
    median_s: float
    wrong: tuple[str, ...]
    """Numbers of files with which something else happened, and what."""


@cache
def grounds() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the good files, and the words that are put into them."""
    head, body = WHOLE.split("rules:\n", 1)
    body, tail = body.split("tests:\n", 1)
    rules = re.split(r"(?m)^(?=  - )", body)[1:]
    texts = [GOOD, WHOLE, test_rules_yaml.FULL, DEFAULT.read_text(encoding="utf-8")]
    texts += [f"{head}rules:\n{rule}{_kept_beside(rule)}" for rule in rules]
    texts.append(f"{head}rules:\n{_kept_beside('')}tests:\n{tail}")
    vocabulary = [
        word
        for table in vars(schema).values()
        if isinstance(table, tuple | MappingProxyType)
        for word in table
        if isinstance(word, str)
    ]
    return tuple(texts), (*vocabulary, *sorted(grammar.FILTERS | grammar.TESTS | grammar.FUNCTIONS))


def _kept_beside(rule: str) -> str:
    """Return the rules that another one names, as short as can be."""
    make = "make: issue, in: { project: A, type: T }, set: { summary: x }"
    children = ", children: [{ key: accounts, set: { summary: x } }]"
    names = [name for name in ("onboarding", "preboarding", "laptop") if f"id: {name}\n" not in rule]
    return "".join(
        f"  - {{ id: {name}, for: task, {make}{children} }}\n" for name in names if f"id: {name}," not in rule
    )


def damaged(number: int) -> str:
    """Return the damaged file of a number; the same one each time."""
    dice = random.Random(number)
    texts, vocabulary = grounds()
    if dice.random() < 0.03:
        return dice.randbytes(dice.randrange(300)).decode("latin-1" if dice.random() < 0.5 else "utf-8", "replace")
    tokens = TOKEN.findall(dice.choice(texts if dice.random() < 0.1 else texts[4:]))
    for _ in range(dice.choice((1, 1, 1, 2, 3, 8))):
        place = dice.randrange(len(tokens) + 1)
        if dice.random() < 0.7:  # a word for a word: the file stays YAML, and what it says is looked at
            named = [index for index, token in enumerate(tokens) if token[0].isalnum()]
            tokens[dice.choice(named or [0])] = dice.choice(vocabulary)
            continue
        other = dice.choice(NASTY) if dice.random() < 0.5 else dice.choice(vocabulary)
        match dice.randrange(8):
            case 0:
                del tokens[place : place + dice.choice((1, 1, 2, 10))]
            case 1:
                tokens[place:place] = tokens[place : place + dice.choice((1, 5, 40))]
            case 2 if tokens:
                one, two = dice.randrange(len(tokens)), dice.randrange(len(tokens))
                tokens[one], tokens[two] = tokens[two], tokens[one]
            case 3 | 4:
                tokens[place : place + 1] = [other]
            case 5:
                tokens.insert(place, other)
            case 6:
                tokens[place:] = TOKEN.findall(dice.choice(texts))[-dice.randrange(1, 200) :]
            case _:
                tokens[place : place + 1] = ["".join(chr(dice.randrange(0x20, 0x2FFF)) for _ in range(5))]
    return "".join(tokens)


def watch(first: int, count: int) -> Report:
    """Load the damaged files of so many numbers; nothing but rules or a RulesError may come of one."""
    outcomes: Counter[str] = Counter()
    times, wrong = [], []
    for number in range(first, first + count):
        text = damaged(number)
        before = time.process_time()
        try:
            outcome = judge(text)
        except Exception as error:  # whatever it is, it is what is looked for
            outcome = f"{type(error).__name__}: {error}"[:200]
        times.append(time.process_time() - before)
        outcomes[outcome] += 1
        if outcome not in ("loaded", "refused") or times[-1] > SLOWEST_S:
            wrong.append(f"{number}: {outcome} in {times[-1]:.2f} s")
    times.sort()
    return Report(outcomes["loaded"], outcomes["refused"], times[-1], times[len(times) // 2], tuple(wrong))


def judge(text: str) -> str:
    """Say what the loader does with a text."""
    found = check_rules(text)
    try:
        rules = parse_rules(text)
    except RulesError as error:
        return "refused" if found and str(error) == str(found[0]) else "another complaint than the first"
    return "loaded" if isinstance(rules, RuleSet) and len(rules.hash) == 16 and not found else "loaded, but complained"
