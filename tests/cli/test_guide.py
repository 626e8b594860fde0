"""The manual says what the program does, and a topic is looked up, never opened."""

from __future__ import annotations

import io
import re
from pathlib import Path

import guide_lines
import pytest
from rich.console import Console

from pfjira.cli import output
from pfjira.cli.app import main
from pfjira.config.rules_yaml import check_rules
from pfjira.engine.grammar import FILTERS, TESTS

GUIDE = Path(__file__).resolve().parents[2] / "pfjira" / "guide"
RECIPES = sorted(path.stem for path in (GUIDE / "cookbook").glob("*.md"))


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Return what a command prints; it must come to its end."""
    assert 0 == main(["guide", *words])
    return capsys.readouterr().out


@pytest.mark.parametrize("part", ["word_rows", "make_rows", "kind_lines"])
def test_the_page_about_the_rules_names_everything(capsys: pytest.CaptureFixture[str], part: str) -> None:
    """Every word with the loader's own meaning, every make with its words, every kind with all its fields."""
    page = shown(capsys, "rules").splitlines()

    assert [] == [line for line in getattr(guide_lines, part)() if line not in page]


def test_the_page_about_the_rules_names_every_choice(capsys: pytest.CaptureFixture[str]) -> None:
    """Lists in running text are whole."""
    page = shown(capsys, "rules")

    assert [] == [words for words in guide_lines.choices() if words not in page]


def test_the_page_about_the_rules_invents_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A word, filter, test or kind in its tables is one that the loader knows."""
    page = shown(capsys, "rules")
    functions = page.partition("| Filter | Does |")[2].partition("\n## ")[0]
    filters, _, tests = functions.partition("| Test,")
    known = {*guide_lines.word_rows(), *guide_lines.make_rows()}
    rows = [line for line in page.replace(functions, "").splitlines() if re.match(r"\| `", line)]
    lines = [line for line in page.splitlines() if line.startswith("- `")]
    named = [frozenset(re.findall(r"^\| `(\w+)", part, re.MULTILINE)) for part in (filters, tests)]

    assert ([], [], [FILTERS, TESTS]) == (
        [row for row in rows if row not in known],
        [line for line in lines if line not in set(guide_lines.kind_lines())],
        named,
    )


def test_every_topic_is_listed_and_every_listed_topic_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    """The list is made from the pages; each begins with its title, and the cookbook has one line for each recipe."""
    listed = re.findall(r"^- `([a-z-]+)`: ", shown(capsys), re.MULTILINE)
    recipes = re.findall(r"^- `([a-z-]+)`: ", shown(capsys, "cookbook"), re.MULTILINE)
    pages = sorted(path.stem for path in GUIDE.glob("*.md")), sorted(path.stem for path in GUIDE.glob("cookbook/*.md"))

    assert [*pages[0], "cookbook", *pages[1]] == listed
    assert pages[1] == recipes
    assert [] == [topic for topic in listed if not shown(capsys, topic).startswith("# ")]


def test_a_page_that_is_piped_is_the_page_as_it_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    """So that its rules can be cut out."""
    assert (GUIDE / "rules.md").read_text(encoding="utf-8") == shown(capsys, "rules")


def test_a_page_on_a_terminal_is_laid_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Headings and tables are drawn, no line is wider than the window."""
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=80, soft_wrap=True)
    monkeypatch.setattr(output, "stdout", lambda: console)
    output.write_page((GUIDE / "rules.md").read_text(encoding="utf-8"))
    lines = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()).splitlines()

    assert ([], False) == ([line for line in lines if len(line) > 80], any(line.startswith("##") for line in lines))


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("rule", "there is no topic 'rule', did you mean 'rules'?"),
        ("../../../README", "there is no topic '../../../README'"),
        ("rules.md", "there is no topic 'rules.md'"),
        ("\x1b[31m", "there is no topic '\\\\u001b[31m'"),
        ("", "there is no topic ''"),
    ],
)
def test_a_topic_that_is_none_is_a_wrong_command_line(
    capsys: pytest.CaptureFixture[str], topic: str, said: str
) -> None:
    """It is told, with what is near; nothing outside of the manual can be shown."""
    code = main(["guide", topic])
    answer = capsys.readouterr()

    assert (2, "", True) == (code, answer.out, said in " ".join(answer.err.split())), answer.err


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_is_taken_as_a_rules_file(recipe: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What `--yaml` prints can be loaded as it is."""
    assert 0 == main(["guide", recipe, "--yaml"])
    assert [] == check_rules(capsys.readouterr().out)


def test_only_a_recipe_can_be_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """The page about the language shows parts of files, and no topic shows nothing."""
    assert [2, 2] == [main(["guide", "rules", "--yaml"]), main(["guide", "--yaml"])]
    assert "onboarding" in capsys.readouterr().err
