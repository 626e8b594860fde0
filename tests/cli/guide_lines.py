"""What the page about the rules language must say, made from the tables that the loader itself reads by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pfjira.config import rules_schema as schema
from pfjira.engine import kinds
from pfjira.engine.grammar import CHANGING
from pfjira.engine.rules import DEFAULT_LIMITS, Make

TABLES: tuple[Mapping[str, str], ...] = (
    schema.FILE_WORDS, schema.RULE_WORDS, schema.IN_WORDS, schema.VALUE_WORDS, schema.TASK_WORDS, schema.CANCEL_WORDS,
    schema.BACK_WORDS, schema.HANDED_WORDS, schema.PEOPLE_WORDS, schema.MATCHES, schema.LIMIT_WORDS,
    schema.TARGET_WORDS, schema.SOURCE_WORDS, schema.TEST_WORDS,
)  # fmt: skip
"""Every table of words with their meanings."""


def word_rows() -> Iterator[str]:
    """Yield the row of each word."""
    for table in TABLES:
        for word, meaning in table.items():
            yield f"| `{word}` | {meaning} |"


def make_rows() -> Iterator[str]:
    """Yield the row of each thing that a rule can make: what it needs, and what it may have."""
    for make, (needs, may) in schema.WORDS_OF_MAKE.items():
        yield f"| `{make}` | {_words(needs)} | {_words(may)} |"


def kind_lines() -> Iterator[str]:
    """Yield the line of each kind, with all its fields."""
    for kind, shape in kinds.KINDS.items():
        yield f"- `{kind}`: {_members(shape)}"


def choices() -> Iterator[str]:
    """Yield the lists of words that stand in running text."""
    yield _words(schema.SCHEMES)
    yield _words(DEFAULT_LIMITS)
    yield _words(CHANGING)
    yield _words(make.value for make in Make if not make.keeps_issue and make is not Make.NOTHING)


def _members(shape: kinds.Shape) -> str:
    plain = [name for name, inner in shape.items() if not inner]
    return ", ".join([*plain, *(_object(name, inner) for name, inner in shape.items() if inner)])


def _object(name: str, shape: kinds.Shape) -> str:
    if shape is kinds.EMPLOYEE:
        return f"{name}.(as above)"
    return f"{name}.NAME" if shape is kinds.OPEN else f"{name}.({_members(shape)})"


def _words(words: object) -> str:
    assert hasattr(words, "__iter__")
    return " ".join(f"`{word}`" for word in words)
