"""The JSON Schema for editors says the same as the loader, as far as a schema can."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import test_rules_yaml
from error_cases import GOOD, spoiled
from jsonschema import Draft202012Validator
from whole_language import WHOLE

from pfjira.config import rules_schema as schema
from pfjira.config.compile_facts import plain
from pfjira.config.rules_json_schema import rules_schema_document
from pfjira.config.rules_yaml import check_rules
from pfjira.config.yaml_nodes import read_yaml
from pfjira.engine.rules import DEFAULT_LIMITS

DOCUMENT = rules_schema_document()
VALIDATOR = Draft202012Validator(DOCUMENT)
DEFAULT = Path(__file__).parents[2] / "rules.yaml"
LOADED = [DEFAULT.read_text(encoding="utf-8"), GOOD, WHOLE, test_rules_yaml.FULL]


def problems(text: str) -> list[str]:
    """Return what the schema finds wrong with a text."""
    return [error.message for error in VALIDATOR.iter_errors(plain(read_yaml(text, "r.yaml")))]


def test_the_schema_is_one() -> None:
    """By the rules of its own draft."""
    Draft202012Validator.check_schema(DOCUMENT)


@pytest.mark.parametrize("text", LOADED, ids=range(len(LOADED)))
def test_what_loads_fits_the_schema(text: str) -> None:
    """An editor must not complain about a file that pfjira takes."""
    assert ([], []) == (check_rules(text), problems(text))


def misspelt() -> list[str]:
    """Return the spoiled files in which the loader finds a word that does not exist, or not there."""
    return [
        text
        for text in spoiled().values()
        if any("unknown word" in str(error) or "cannot have" in str(error) for error in check_rules(text))
    ]


def test_a_word_that_does_not_exist_fails_the_schema() -> None:
    """The most usual mistake is underlined while one types."""
    texts = misspelt()

    assert ([], True) == ([text for text in texts if not problems(text)], len(texts) >= 15)


def tables(node: Any) -> Iterator[frozenset[str]]:
    """Yield the words of every closed mapping in the schema."""
    if isinstance(node, dict):
        if node.get("additionalProperties") is False:
            yield frozenset(node["properties"])
        for part in node.values():
            yield from tables(part)
    elif isinstance(node, list):
        for part in node:
            yield from tables(part)


def test_every_table_of_words_is_in_the_schema_and_no_other() -> None:
    """A word that is added to the language is in the schema at once, and none is there that the loader refuses."""
    known = {
        frozenset(words)
        for words in (
            schema.FILE_WORDS, schema.RULE_WORDS, schema.CHILD_WORDS, schema.VALUE_WORDS, schema.CLOSE_WORDS,
            schema.CANCEL_WORDS, schema.BACK_WORDS, schema.HANDED_WORDS, schema.TASK_WORDS, schema.TEST_WORDS,
            schema.TARGET_WORDS, schema.SOURCE_WORDS, schema.PEOPLE_WORDS, schema.LIMIT_WORDS, tuple(DEFAULT_LIMITS),
            *schema.IN_OF_MAKE.values(),
        )
    }  # fmt: skip

    assert known == set(tables(DOCUMENT))


def test_every_word_has_a_meaning_and_every_choice_is_told() -> None:
    """What an editor shows beside the word, and offers after it."""
    rule = DOCUMENT["$defs"]["rule"]["properties"]
    silent = [word for word, shape in rule.items() if len(shape["description"]) < 10]

    assert ([], [make.value for make in schema.MAKES], list(schema.KINDS)) == (
        silent,
        rule["make"]["enum"],
        rule["for"]["anyOf"][0]["enum"],
    )
