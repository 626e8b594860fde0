"""The one language of rules, for conditions and for texts: minijinja expressions, bounded and checked beforehand.

The only module that imports minijinja, so that it can be exchanged. What an expression uses is known when it is made.
An error says what kind of thing went wrong and where, and never shows a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any

from pfjira.engine import filters
from pfjira.engine.grammar import LONGEST, GrammarError, Usage, Word, read_by, usage, words
from pfjira.engine.model import Json
from pfjira.errors import PfjiraError

Maps = Mapping[str, Mapping[str, Json]]
NO_MAPS: Maps = MappingProxyType({})

_FUEL = 20_000
"""minijinja's instructions for one evaluation; a sensible rule needs fewer than a hundred."""
_CUSTOM = re.compile(r"(?:^|\.)employee\.fields\.[^.]+$")
_INTRICATE = re.compile(r"[{}'\"]")
"""Only then may a closing mark stand inside of quotes."""
_OPENING, _CLOSING = frozenset("(["), frozenset(")]")
_FAILURES = {
    "UndefinedError": "it uses a name that has no value",
    "OutOfFuel": "it does too much work",
    "InvalidOperation": "it combines values of different kinds",
    "TooManyArguments": "a filter or test got too many arguments",
    "MissingArgument": "a filter or test got too few arguments",
}


class ExpressionError(PfjiraError):
    """An expression that cannot be read, or not be evaluated for this record; `offset` counts characters from 0."""

    def __init__(self, message: str, *, offset: int = 0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression, checked. Raise ExpressionError when the source is none; equality is that of the source."""

    source: str
    usage: Usage = field(init=False, compare=False, repr=False)
    reads: frozenset[str] = field(init=False, compare=False, repr=False)
    """Dotted paths, such as `task.assigned_to.email`."""
    _path: tuple[str, ...] = field(init=False, compare=False, repr=False)
    """The members to follow when the whole expression is one path, which needs no engine."""
    custom: tuple[tuple[str, ...], ...] = field(init=False, compare=False, repr=False)
    """Paths of custom fields: a record holds only those that the tenant has, the others are None."""
    _compiled: str = field(init=False, compare=False, repr=False)
    """The template that hands the value over."""

    def __post_init__(self) -> None:
        try:
            found, _ = words(self.source)
            used = usage(found)
        except GrammarError as error:
            raise ExpressionError(str(error), offset=error.offset, hint=error.hint) from None
        if not found:
            raise ExpressionError("the expression is empty")
        names = read_by(used)
        plain = len(found) == 1 and len(names) == 1
        object.__setattr__(self, "usage", used)
        object.__setattr__(self, "reads", names)
        object.__setattr__(self, "_path", tuple(found[0].text.split(".")) if plain else ())
        object.__setattr__(self, "_compiled", f"{{{{ _take((\n{self.source}\n)) }}}}")
        object.__setattr__(self, "custom", tuple(tuple(n.split(".")) for n in sorted(names) if _CUSTOM.search(n)))
        if not plain:
            _check_brackets(found)
            _check_syntax(self.source)

    @property
    def reads_today(self) -> bool:
        """Say whether the result depends on the date, so that it must be looked at again each day."""
        return self.usage.dated

    def evaluate(self, context: Mapping[str, Json], *, today: date, maps: Maps = NO_MAPS) -> Json:
        """Return the value over plain JSON data. Raise ExpressionError, without any value in it, when there is none."""
        context = filled(context, self.custom)
        if self._path:
            return _follow(self._path, context)
        taken: list[Json] = []
        if rendered(self._compiled, context, today=today, maps=maps, take=taken.append) is not None:
            return taken[0]
        return self._alone(context, today, maps)

    def holds(self, context: Mapping[str, Json], *, today: date, maps: Maps = NO_MAPS) -> bool:
        """Say whether it is true; None counts as false. Raise ExpressionError when it is neither true nor false."""
        value = self.evaluate(context, today=today, maps=maps)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise ExpressionError("the condition is neither true nor false", hint="compare it with something")

    def _alone(self, context: Mapping[str, Json], today: date, maps: Maps) -> Json:
        """Evaluate the source read anew, which is slow, and tells what went wrong and where."""
        try:
            return _environment().eval_expr(
                self.source, **context, today=today.isoformat() if self.usage.dated else None, _today=today, _maps=maps
            )
        except ValueError as error:  # our own filters: their sentences hold no values
            raise ExpressionError(str(error)) from None
        except (RuntimeError, TypeError, ArithmeticError) as error:
            kind = getattr(error, "kind", "MissingArgument" if isinstance(error, TypeError) else "")
            place = getattr(error, "range", None) or (0, 0)
            raise ExpressionError(_FAILURES.get(kind, "it cannot be evaluated"), offset=place[0]) from None


@dataclass(frozen=True, slots=True)
class Template:
    """Text with `{{ expressions }}` in it. Raise ExpressionError when it cannot be read."""

    source: str
    parts: tuple[str | Expression, ...] = field(init=False, compare=False, repr=False)
    offsets: tuple[int, ...] = field(init=False, compare=False, repr=False)
    """Where each part begins in the source, in characters from 0."""
    reads: frozenset[str] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        parts = _split(self.source)
        object.__setattr__(self, "parts", tuple(part for part, _ in parts))
        object.__setattr__(self, "offsets", tuple(offset for _, offset in parts))
        expressions = [part for part, _ in parts if isinstance(part, Expression)]
        object.__setattr__(self, "reads", frozenset().union(*(part.reads for part in expressions)))

    @property
    def native(self) -> bool:
        """Say whether it is exactly one expression, whose value is kept as it is (None stays None)."""
        return len(self.parts) == 1 and isinstance(self.parts[0], Expression)

    @property
    def reads_today(self) -> bool:
        """Say whether the result depends on the date."""
        return any(part.reads_today for part in self.parts if isinstance(part, Expression))

    def evaluate(self, context: Mapping[str, Json], *, today: date, maps: Maps = NO_MAPS) -> Json:
        """Return the value of a single expression, else text, in which None is nothing. Raise ExpressionError."""
        if self.native:
            part = self.parts[0]
            assert isinstance(part, Expression)
            return part.evaluate(context, today=today, maps=maps)
        return "".join(
            part if isinstance(part, str) else as_text(part.evaluate(context, today=today, maps=maps)) or ""
            for part in self.parts
        )

    def text(self, context: Mapping[str, Json], *, today: date, maps: Maps = NO_MAPS) -> str:
        """Return the value as text, empty for None. Raise ExpressionError."""
        return as_text(self.evaluate(context, today=today, maps=maps)) or ""


def as_text(value: Json) -> str | None:
    """Return a plain value as text: numbers in digits, true and false in words. Raise ExpressionError for lists."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(int(value)) if isinstance(value, int) or value.is_integer() else str(value)
    raise ExpressionError("the value is a list or an object, not a text", hint="name one member, or use join")


def _split(source: str) -> list[tuple[str | Expression, int]]:
    """Return the texts and expressions of a template with their places."""
    for mark, name in (("{%", "statements"), ("{#", "comments")):
        if mark in source:
            message = f"{name} ({mark}) do not belong into rules"
            raise ExpressionError(message, offset=source.index(mark), hint="use expressions and filters")
    if len(source) > LONGEST and "{{" in source:
        raise ExpressionError(f"longer than {LONGEST} characters")
    parts: list[tuple[str | Expression, int]] = []
    place = 0
    while (opening := source.find("{{", place)) >= 0:
        if opening > place:
            parts.append((source[place:opening], place))
        start = opening + 2
        try:
            end = source.find("}}", start)
            if end < 0 or end - start > 200 or _INTRICATE.search(source, start, end):
                _, end = words(source, start, "}}")
            parts.append((Expression(source[start:end]), start))
        except GrammarError as error:
            raise ExpressionError(str(error), offset=error.offset, hint=error.hint) from None
        except ExpressionError as error:
            raise ExpressionError(str(error), offset=start + error.offset, hint=error.hint) from None
        place = end + 2
    if place < len(source) or not parts:
        parts.append((source[place:], place))
    return parts


def rendered(
    template: str, context: Mapping[str, Json], *, today: date, maps: Maps, take: Callable[[Json], None] | None = None
) -> str | None:
    """Render a template of our own making, compiled the first time; `_take(…)` in it hands a value over as it is.

    None when anything in it fails, for whatever reason: it is then for a single evaluation to say what.
    """
    try:
        text: str = _environment().render_template(
            template, **context, today=today.isoformat(), _today=today, _maps=maps, _take=take
        )
    except Exception:
        return None
    return text


def filled(context: Mapping[str, Json], paths: Iterable[tuple[str, ...]]) -> Mapping[str, Json]:
    """Return the context with None for each of these custom fields that is absent; nothing given is changed."""
    for path in paths:
        context = _filled(context, path)
    return context


def _follow(path: tuple[str, ...], context: Mapping[str, Json]) -> Json:
    value: Json = context
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            raise ExpressionError(_FAILURES["UndefinedError"])
        value = value[name]
    return value


def _filled(context: Mapping[str, Json], path: tuple[str, ...]) -> Mapping[str, Json]:
    """Return the context with None at the end of a path where its last member is absent; nothing given is changed."""
    name, below = path[0], path[1:]
    if not below:
        return context if name in context else {**context, name: None}
    inner = context.get(name)
    if inner is None and name == "fields":
        inner = {}
    if not isinstance(inner, Mapping):
        return context
    filled = _filled(inner, below)
    return context if filled is context.get(name) else {**context, name: filled}


def _check_brackets(found: list[Word]) -> None:
    """Refuse what is an expression only inside of brackets: a list without them, or brackets the wrong way round."""
    depth = 0
    for word in found:
        depth += (word.text in _OPENING) - (word.text in _CLOSING)
        if depth < 0 or (word.text == "," and not depth):
            raise ExpressionError("this is not an expression (syntax error)", offset=word.offset)


def _check_syntax(source: str) -> None:
    """Let minijinja read the source, inside a branch that is never taken, so that nothing is evaluated."""
    try:
        _environment().eval_expr(f"none if true else (\n{source}\n)")
    except (RuntimeError, TypeError) as error:
        place = getattr(error, "range", None) or (0, 0)
        offset = min(max(place[0] - len("none if true else (\n"), 0), max(len(source) - 1, 0))
        raise ExpressionError("this is not an expression (syntax error)", offset=offset) from None


@cache
def _environment() -> Any:
    """Return the process's one minijinja environment; it may be used by several threads at once."""
    from minijinja import Environment, pass_state  # 17 ms that commands without rules need not pay

    with_state: Any = pass_state  # its annotations know one argument only

    def within(state: Json, value: Json, first: int, last: int) -> bool:
        return filters.within(value, first, last, today=state.lookup("_today"))

    def lookup(state: Json, name: str, key: Json) -> Json:
        return filters.looked_up(state.lookup("_maps"), name, key)

    def mapped(state: Json, key: Json, name: str) -> Json:
        return filters.looked_up(state.lookup("_maps"), name, key)

    # Debug would print values into errors; methods of values (pycompat) would be a second, unchecked vocabulary.
    # A template is found under its own text: the loader, unlike `add_template`, may be used while others render.
    environment: Any = Environment(
        loader=lambda text: text, fuel=_FUEL, undefined_behavior="strict", debug=False, pycompat=False
    )
    for function in (
        filters.default, filters.lower, filters.upper, filters.trim, filters.trunc, filters.replace, filters.escape,
        filters.initials, filters.join, filters.days, filters.workdays,
    ):  # fmt: skip
        environment.add_filter(function.__name__, function)
    environment.add_filter("date", filters.as_date)
    environment.add_filter("map", with_state(mapped))
    for test in (
        filters.startingwith, filters.endingwith, filters.containing, filters.matching, filters.empty,
        filters.changed,
    ):  # fmt: skip
        environment.add_test(test.__name__, test)
    environment.add_test("within", with_state(within))
    environment.add_function("lookup", with_state(lookup))
    return environment
