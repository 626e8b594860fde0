"""Reads an expression into words, to know what it uses before it is ever evaluated.

minijinja tells at run time that a filter or a name is unknown, and only on the path that was taken. A rule must fail
when it is loaded instead, with the place. This module never evaluates anything and never prints a value.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

from pfjira.engine import kinds

FILTERS = frozenset({
    "default", "map", "date", "days", "workdays", "initials", "join", "lower", "upper", "trim", "trunc", "replace",
    "escape", "first", "last", "length",
})  # fmt: skip
TESTS = frozenset({"within", "startingwith", "endingwith", "matching", "containing", "empty", "none", "changed"})
FUNCTIONS = frozenset({"lookup"})

CHANGING = tuple(kinds.PLACE)
"""What `position is changed("…")` may ask for: the members in which two rows of a career can differ."""

_CONSTANTS = frozenset({"true", "false", "none", "True", "False", "None"})
_OPERATORS = frozenset({"and", "or", "not", "in", "is", "if", "else"})
_COMPARISONS = frozenset({"==", "!=", "<", ">", "<=", ">="})
_BINDS_TIGHTER = frozenset({"|", "+", "-", "*", "/", "//", "%", "~"})
_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<number>\d+(?:\.\d+)?)
      | (?P<path>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)
      | (?P<sign>==|!=|<=|>=|//|[-+*/%~<>()\[\],|=])""",
    re.VERBOSE | re.DOTALL,
)
LONGEST = 4_000
_LONGEST_GUESSED = 80
"""Characters of a name for which a near one is looked for, which takes long for long names."""
_OPEN_ENDED = re.compile(r"[*+]|\{\d*,")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class GrammarError(ValueError):
    """The source cannot be an expression of ours; `offset` counts characters from 0."""

    def __init__(self, message: str, offset: int, hint: str = "") -> None:
        super().__init__(message)
        self.offset, self.hint = offset, hint


class Word(NamedTuple):
    """One token of an expression."""

    kind: str
    text: str
    offset: int


@dataclass(frozen=True, slots=True)
class Usage:
    """What an expression uses; offsets count characters of its source from 0."""

    paths: tuple[tuple[str, int], ...]
    """Dotted names with their places, `today` included."""
    maps: tuple[tuple[str, int], ...]
    """Names of maps that `lookup` and `map` ask for."""
    dated: bool
    """Whether the result depends on today's date."""
    changes: tuple[tuple[str, int], ...] = ()
    """Members that `position is changed("…")` asks for, with the places of `position`."""
    comparisons: tuple[tuple[str, str, int], ...] = ()
    """Paths that are compared with a literal as they are; its sort, text or number, and its place."""


def words(source: str, start: int = 0, stop: str = "") -> tuple[list[Word], int]:
    """Split a source into words from a place on, up to the stop mark outside of quotes; return them and the end.

    Raise GrammarError at a character that no expression may hold.
    """
    if len(source) > LONGEST:
        raise GrammarError(f"longer than {LONGEST} characters", 0)
    found: list[Word] = []
    place = start
    for match in _TOKEN.finditer(source, start):
        if match.start() != place:
            break  # the next token begins behind something that is none
        kind = match.lastgroup or ""
        if kind != "space":
            found.append(Word(kind, match.group(), place))
        place = match.end()
    if stop and source.startswith(stop, place):
        return found, place
    if place < len(source):
        if stop and source[place] == "}":
            raise _unclosed(stop, place)
        raise GrammarError(_refusal(source[place]), place)
    if stop:
        raise _unclosed(stop, start)
    return found, place


def usage(found: list[Word]) -> Usage:
    """Say what the words of one expression use. Raise GrammarError for filters, tests and calls that do not exist."""
    paths: list[tuple[str, int]] = []
    maps: list[tuple[str, int]] = []
    changes: list[tuple[str, int]] = []
    comparisons: list[tuple[str, str, int]] = []
    dated = False
    for index, word in enumerate(found):
        before = found[index - 1].text if index else ""
        after = found[index + 1].text if index + 1 < len(found) else ""
        if word.text == "[" and index and _ends_a_value(found[index - 1]):
            raise GrammarError("'[…]' after a value is not supported", word.offset, "write task.title with a dot")
        if word.text == "=" and not _names_an_argument(found, index):
            raise GrammarError("'=' sets a value", word.offset, "`==` compares")
        if word.text in _COMPARISONS:
            comparisons += _compared(found, index)
        if word.kind != "path":
            continue
        if before == "|":
            _known("filter", word, FILTERS)
            if word.text == "map":
                maps.append(_literal(found, index, "map"))
        elif before == "is" or (before == "not" and index > 1 and found[index - 2].text == "is"):
            if word.text == "not" or word.text in _CONSTANTS:
                continue
            _known("test", word, TESTS)
            dated = dated or word.text == "within"
            if word.text == "matching":
                check_pattern(*_literal(found, index, "matching"))
            elif word.text == "changed":
                changes.append(_changed(found, index))
        elif word.text in _CONSTANTS or word.text in _OPERATORS:
            continue
        elif after == "(":
            _known("function", word, FUNCTIONS)
            maps.append(_literal(found, index, "lookup"))
        elif after != "=":  # `=` follows the name of an argument
            dated = dated or word.text == "today"
            paths.append((word.text, word.offset))
    rows = {place for _, place in changes}  # the row is handed to the test, its own members are what is read
    named = tuple(path for path in paths if path[1] not in rows)
    return Usage(named, tuple(maps), dated, tuple(changes), tuple(comparisons))


def check_pattern(pattern: str, offset: int = 0) -> None:
    """Refuse a regular expression that could take long on a text that a stranger wrote.

    The standard library's matcher backtracks; few quantifiers, none of them over a group, keep it polynomial.
    """
    if len(pattern) > 200:
        raise GrammarError("the pattern is longer than 200 characters", offset, "keep patterns short and plain")
    bare = re.sub(r"\[\^?\]?(?:\\.|[^\]\\])*\]", "C", re.sub(r"\\[^\d]", "E", pattern))
    groups, open_ended, optional = bare.count("("), len(_OPEN_ENDED.findall(bare)), bare.count("?")
    ways = 2**optional * (1 + bare.count("|") // max(groups, 1)) ** groups  # to read one text, were it not for repeats
    problem = ""
    if re.search(r"\\\d", bare):
        problem = "refers back to a group"
    elif re.search(r"\(\?(?!:|i\))", bare):
        problem = "has a group of a kind that is not supported, only ( ), (?: ) and (?i) are"
    elif re.search(r"\)[*+{?]", bare):
        problem = "repeats a group"
    elif open_ended > 2 or optional > 6 or groups > 6 or ways > 64:
        problem = "has too many repeats or groups"
    if problem:
        raise GrammarError(f"the pattern {problem}", offset, "keep patterns short and plain")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(pattern)
    except (re.error, OverflowError, FutureWarning) as error:
        raise GrammarError(f"the pattern is not a regular expression: {error}", offset) from None


def read_by(used: Usage) -> frozenset[str]:
    """Return every dotted path whose value an expression looks at."""
    found = {path for path, _ in used.paths if path != "today"}
    for member, _ in used.changes:
        found |= {f"position.{member}.id", f"position.prev.{member}.id", "position.first"}
    return frozenset(found)


def suggest(name: str, known: Collection[str]) -> str:
    """Return `, did you mean 'x'?` for the known name that comes closest, or nothing."""
    close = get_close_matches(name, known, n=1, cutoff=0.6) if len(name) <= _LONGEST_GUESSED else ()
    return f", did you mean '{close[0]}'?" if close else ""


def _known(what: str, word: Word, known: Collection[str]) -> None:
    if word.text in known:
        return
    if what == "function" and "." in word.text:
        raise GrammarError("values have no functions to call", word.offset, "use a filter: task.title | upper")
    raise GrammarError(f"unknown {what} {word.text!r}{suggest(word.text, known)}", word.offset)


def _literal(found: list[Word], index: int, name: str) -> tuple[str, int]:
    """Return the quoted first argument of the word at index; it must be known before anything is evaluated."""
    argument = found[index + 1 : index + 4]
    whole = len(argument) == 3 and argument[0].text == "(" and argument[2].text in (")", ",")
    if not whole or argument[1].kind != "text":
        raise GrammarError(f"{name} needs a quoted first argument", found[index].offset)
    quoted = argument[1]
    for escape in _ESCAPE.finditer(quoted.text[1:-1]):
        if escape[1] not in "\\\"'":
            place = quoted.offset + 1 + escape.start()
            raise GrammarError(f"the backslash in {name} stands alone", place, "write it twice: \\\\d")
    return _ESCAPE.sub(r"\1", quoted.text[1:-1]), quoted.offset


def _compared(found: list[Word], index: int) -> list[tuple[str, str, int]]:
    """Return the path and the literal that the sign at index compares, where neither belongs to anything larger."""
    if not 0 < index < len(found) - 1:
        return []
    around = (index - 2, index + 2)
    if any(0 <= place < len(found) and found[place].text in _BINDS_TIGHTER for place in around):
        return []
    left, right = found[index - 1], found[index + 1]
    return [
        (path.text, literal.kind, literal.offset)
        for path, literal in ((left, right), (right, left))
        if path.kind == "path" and literal.kind in ("text", "number")
    ]


def _changed(found: list[Word], index: int) -> tuple[str, int]:
    """Return the member that the test `changed` at index asks for, and the place of the row."""
    row = found[index - (2 if found[index - 1].text == "is" else 3)]
    if row.text != "position":
        raise GrammarError("only a position can be changed", row.offset, 'write: position is changed("department")')
    member, place = _literal(found, index, "changed")
    if member not in CHANGING:
        close = suggest(member, CHANGING) or f"; it may be one of: {', '.join(CHANGING)}"
        raise GrammarError(f"a position has no {member!r}{close}", place)
    return member, row.offset


def _ends_a_value(word: Word) -> bool:
    if word.kind == "path":
        return word.text not in _OPERATORS
    return word.kind in ("text", "number") or word.text in (")", "]")


def _names_an_argument(found: list[Word], index: int) -> bool:
    return index > 1 and "." not in found[index - 1].text and found[index - 2].text in ("(", ",")


def _unclosed(stop: str, place: int) -> GrammarError:
    return GrammarError(f"`{stop}` is missing", place)


def _refusal(character: str) -> str:
    if character in "{}":
        return "braces do not belong into an expression"
    if character == ".":
        return "'.' may only stand inside a name"
    return "a quotation mark is never closed" if character in "'\"" else "this character does not belong here"
