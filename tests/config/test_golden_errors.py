"""Every complaint of the loader, as a person reads it, kept in `golden_errors.txt`.

After a wanted change: UPDATE_GOLDEN=1 pytest tests/config/test_golden_errors.py, then read the difference.
"""

from __future__ import annotations

import ast
import os
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from error_cases import GOOD, spoiled
from whole_language import WHOLE

from pfjira.config.complaints import MOST
from pfjira.config.rules_yaml import check_rules, load_rules
from pfjira.engine.grammar import GrammarError
from pfjira.errors import RulesError

HERE = Path(__file__).parent
GOLDEN = HERE / "golden_errors.txt"
PACKAGE = HERE.parents[1] / "pfjira"
SPEAKERS = [*sorted((PACKAGE / "config").glob("*.py")), PACKAGE / "engine" / "grammar.py"]


def shown(title: str, text: str) -> str:
    """Return all complaints about one text, with the lines and hints."""
    parts = [f"### {title}"]
    for error in check_rules(text):
        parts.append(str(error))
        parts += [f"    {line[:110]}".rstrip() for line in error.excerpt.splitlines()]
        parts += [f"    hint: {error.hint}"] if error.hint != RulesError.usual_hint else []
    return "\n".join(parts)


def test_every_complaint_reads_as_it_did() -> None:
    """Place, sentence, line and hint: a change is seen by whoever makes it."""
    found = "\n\n".join(shown(title, text) for title, text in spoiled().items()) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(found, encoding="utf-8")

    assert GOLDEN.read_text(encoding="utf-8") == found


@pytest.mark.parametrize("title", spoiled())
def test_a_spoiled_file_is_complained_about(title: str) -> None:
    """A case that loads proves nothing; one that equals a good file was never spoiled."""
    text = spoiled()[title]

    assert (False, False) == (text in (GOOD, WHOLE), [] == check_rules(text))


def sites() -> dict[tuple[str, int], tuple[int, str]]:
    """Return where the loader complains: file and first line, to the last line and the words of the call."""
    found = {}
    for path in SPEAKERS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id="RulesError" | "GrammarError")):
                    pass
                case ast.Call(func=ast.Attribute(attr="_refuse")):
                    pass
                case ast.Call(func=ast.Attribute(value=ast.Attribute(attr="complaints" | "_complaints"))):
                    pass
                case _:
                    continue
            found[path.name, node.lineno] = (node.end_lineno or node.lineno, ast.unparse(node)[:100])
    return found


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, int]]:
    """Note the file and line of everybody who has a part in a complaint while the test runs."""
    lines: set[tuple[str, int]] = set()

    def listen(kind: type[Exception]) -> None:
        real: Any = kind.__init__

        def init(self: Exception, *given: Any, **named: Any) -> None:
            frame: FrameType | None = sys._getframe(1)
            while frame is not None and frame.f_code.co_filename != __file__:
                lines.add((Path(frame.f_code.co_filename).name, frame.f_lineno))
                frame = frame.f_back
            real(self, *given, **named)

        monkeypatch.setattr(kind, "__init__", init)

    listen(RulesError)
    listen(GrammarError)
    return lines


def test_no_complaint_of_the_loader_is_without_a_case(spoken: set[tuple[str, int]], tmp_path: Path) -> None:
    """Every call that complains was reached by a spoiled text, or by a file that cannot be read."""
    for text in spoiled().values():
        check_rules(text)
    odd = tmp_path / "odd.yaml"
    odd.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none.yaml", odd, tmp_path):
        with pytest.raises(RulesError):
            load_rules(path)

    silent = [
        f"{file}:{first}: {words}"
        for (file, first), (last, words) in sites().items()
        if not any(name == file and first <= line <= last for name, line in spoken)
    ]
    assert ([], True) == (silent, len(sites()) > 80)


def test_so_much_may_be_wrong_that_the_rest_is_not_told() -> None:
    """Nobody reads two thousand complaints, and looking for near words takes its time."""
    text = "version: 1\nrules:\n" + "".join(f"- {{ nme{i}: x }}\n" for i in range(900))

    assert MOST == len(check_rules(text))
