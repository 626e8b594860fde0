"""Every recipe of the cookbook is a whole, tested rules file, and is played."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from story import RECIPES, rules_of

from pfjira.config.rules_yaml import parse_rules
from pfjira.engine.rules_tests import run_tests

NAMES = sorted(path.stem for path in RECIPES.glob("*.md"))
LONGEST = 100


@pytest.mark.parametrize("recipe", NAMES)
def test_a_recipe_is_a_whole_file_whose_own_tests_pass(recipe: str) -> None:
    """A title, some sentences, one block of rules that loads without complaint, and tests for it that pass."""
    page = (RECIPES / f"{recipe}.md").read_text(encoding="utf-8")
    results = run_tests(parse_rules(rules_of(recipe), f"{recipe}.yaml"))

    assert (True, 2) == (re.match(r"# \S.*\n\n[A-Z]", page) is not None, page.count("\n```"))
    assert (True, []) == (bool(results), [result.sentence for result in results if not result.passed])
    assert rules_of(recipe).count("\n") <= LONGEST


@pytest.mark.parametrize("recipe", NAMES)
def test_a_recipe_is_played(recipe: str) -> None:
    """It has a story of its own."""
    assert (Path(__file__).parent / f"test_story_{recipe.replace('-', '_')}.py").is_file()
