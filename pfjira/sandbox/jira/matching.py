"""Say which indexed issues a JQL tree matches, and in which order.

Each clause becomes a test on a document and, where an index helps, a small set of candidates, so that a poll of
a site with 50,000 issues reads only what is new. Unknown names are refused with Jira's words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pfjira.sandbox.jira import adf, site
from pfjira.sandbox.jira.index import Doc
from pfjira.sandbox.jira.jql import Both, Call, Clause, Either, Node, Not, Query
from pfjira.sandbox.jira.names import Scope, field_named, moment_of, reader_of, stored_value, unknown_field
from pfjira.sandbox.jira.refusal import Refusal

Test = Callable[[Doc], bool]
_ORDERED = frozenset({">", ">=", "<", "<="})


@dataclass(frozen=True, slots=True)
class Matcher:
    """A test, and the documents it can possibly accept (None: all)."""

    test: Test
    size: int | None = None
    candidates: Callable[[], Iterable[int]] | None = None
    exact: bool = False
    """The candidates are the answer: they need no test."""
    rest: Test | None = None
    """What is left to test on the candidates; None: `test`."""


def select(query: Query, scope: Scope) -> Callable[[], list[Doc]]:
    """Check a query and return what runs it; Refusal 400 for unknown names."""
    if query.where is None:
        raise Refusal(400, "Unbounded JQL queries are not allowed here. Please add a search restriction to your query.")
    matcher = compile_node(query.where, scope)
    keys = order_keys(query, scope)

    def run() -> list[Doc]:
        docs = scope.index.docs
        ids: Iterable[int] = docs if matcher.candidates is None else matcher.candidates()
        found = [doc for number in ids if (doc := docs.get(number)) is not None]
        if not matcher.exact:
            found = list(filter(matcher.rest or matcher.test, found))
        return ordered(found, keys)

    return run


def order_keys(query: Query, scope: Scope) -> list[tuple[Callable[[Doc], Any], bool]]:
    """Return what to sort by, and whether it descends; Refusal 400 for an unknown field."""
    return [(_order_key(name, scope), descending) for name, descending in query.order]


def ordered(found: list[Doc], keys: list[tuple[Callable[[Doc], Any], bool]]) -> list[Doc]:
    """Sort in place by several keys; without any, newest first."""
    found.sort(key=lambda doc: doc.id, reverse=not keys)
    for key, descending in reversed(keys):
        found.sort(key=key, reverse=descending)
    return found


def compile_node(node: Node, scope: Scope) -> Matcher:
    """Turn a tree into a matcher."""
    match node:
        case Clause():
            return _clause(node, scope)
        case Not(part):
            inner = compile_node(part, scope).test
            return Matcher(lambda doc: not inner(doc))
        case Both(parts):
            matchers = sorted((compile_node(p, scope) for p in parts), key=lambda m: (m.size is None, m.size or 0))
            return _intersection(matchers)
        case Either(parts):
            matchers = [compile_node(p, scope) for p in parts]
            tests = [m.test for m in matchers]
            return Matcher(lambda doc: any(test(doc) for test in tests), *_union(matchers))


def _intersection(matchers: list[Matcher]) -> Matcher:
    """Join matchers, the one with the fewest candidates first."""
    first = matchers[0].candidates
    test = _all([m.test for m in matchers])
    if first is None:
        return Matcher(test)

    def candidates() -> Iterable[int]:
        found = set(first())
        for other in matchers[1:]:
            if other.exact and other.candidates is not None:  # sets are far cheaper than tests
                found.intersection_update(other.candidates())
        return found

    left = [m.test for m in matchers if not m.exact]
    return Matcher(test, matchers[0].size, candidates, not left, _all(left) if left else None)


def _all(tests: list[Test]) -> Test:
    return tests[0] if len(tests) == 1 else lambda doc: all(one(doc) for one in tests)


def _union(matchers: list[Matcher]) -> tuple[int | None, Callable[[], Iterable[int]] | None]:
    sources = [m.candidates for m in matchers if m.candidates is not None]
    if len(sources) < len(matchers):
        return None, None
    return sum(m.size or 0 for m in matchers), lambda: {number for source in sources for number in source()}


def _clause(clause: Clause, scope: Scope) -> Matcher:
    name = clause.field.casefold()
    if name.startswith("issue.property["):
        if scope.property_error:
            raise unknown_field(clause.field)
        return Matcher(lambda doc: False, 0, tuple)
    if name in {"id", "key", "issuekey", "issue"}:
        return _by_id(clause, scope)
    field = field_named(clause.field, scope.site)
    operator = clause.operator
    if operator in {"~", "!~"}:
        return _contains(field, clause)
    if field.id in {"created", "updated"}:
        return _time(field.id, clause, scope)
    wanted = [stored_value(field, value, scope) for value in clause.values]
    if field.type == "array" and operator in {"=", "in"} and None not in wanted and len(wanted) == 1:
        label = wanted[0]
        ids = scope.index.labelled(label)
        return Matcher(lambda doc: label in doc.fields.get("labels", ()), len(ids), lambda: list(ids), True)
    if operator in _ORDERED:
        return Matcher(_comparison(field, operator, wanted[0], scope))
    if field.custom and field.type == "string":
        raise Refusal(400, f"The operator '{operator}' is not supported by the '{clause.field}' field.")
    reader = reader_of(field, scope.site)
    chosen = frozenset(wanted)
    if operator in {"=", "in"}:

        def test(doc: Doc) -> bool:
            return not chosen.isdisjoint(reader(doc))

        if field.id == "project":
            ids = scope.index.in_project(str(wanted[0])) if len(wanted) == 1 else set()
            return Matcher(test, len(ids), lambda: list(ids), True) if len(wanted) == 1 else Matcher(test)
        return Matcher(test)
    if None in chosen:
        return Matcher(lambda doc: all(v is not None for v in reader(doc)))
    # In JQL an empty field matches neither `=` nor `!=`.
    return Matcher(lambda doc: all(v is not None and v not in chosen for v in reader(doc)))


def _by_id(clause: Clause, scope: Scope) -> Matcher:
    ids: set[int] = set()
    for value in clause.values:
        if isinstance(value, Call) and value.name == "issueswithremotelinksbyglobalid":
            ids.update(n for n, d in scope.index.docs.items() if d.global_ids & set(value.arguments))
            continue
        number = scope.find_id(value) if isinstance(value, str) else None
        if number is not None:
            ids.add(number)
        elif not scope.lenient:
            raise Refusal(400, f"An issue with key '{value}' does not exist for field '{clause.field}'.")
    operator = clause.operator
    if operator in {"=", "in"}:
        return Matcher(lambda doc: doc.id in ids, len(ids), lambda: list(ids), True)
    if operator in {"!=", "not in"}:
        return Matcher(lambda doc: doc.id not in ids)
    if operator in _ORDERED and len(ids) == 1:
        limit = next(iter(ids))
        return Matcher(lambda doc: _compare(doc.id, operator, limit))
    raise Refusal(400, f"The operator '{operator}' is not supported by the '{clause.field}' field.")


def _time(which: str, clause: Clause, scope: Scope) -> Matcher:
    operator = clause.operator
    if operator not in _ORDERED | {"=", "!="} or clause.values[0] is None:
        raise Refusal(400, f"The operator '{operator}' is not supported by the '{which}' field.")
    moment = moment_of(clause.values[0], which, scope).timestamp()
    pick: Callable[[Doc], float] = (lambda d: d.created) if which == "created" else (lambda d: d.updated)
    if operator in {">=", ">"}:
        size, _ = scope.index.since(which, moment)
        return Matcher(
            lambda doc: _compare(pick(doc), operator, moment),
            size,
            lambda: scope.index.since(which, moment)[1],
            operator == ">=",
        )
    return Matcher(lambda doc: _compare(pick(doc), operator, moment))


def _contains(field: site.Field, clause: Clause) -> Matcher:
    if field.type != "string":
        raise Refusal(400, f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
    words = _words(str(clause.values[0]))
    wanted = clause.operator == "~"

    def test(doc: Doc) -> bool:
        value = doc.fields.get(field.id)
        have = _words(adf.plain(value) if isinstance(value, dict) else str(value or ""))
        return all(any(h.startswith(w[:-1]) if w.endswith("*") else h == w for h in have) for w in words) == wanted

    return Matcher(test)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[\w]+\*?", text.casefold()))


def _comparison(field: site.Field, operator: str, limit: Any, scope: Scope) -> Test:
    if field.type not in {"date", "datetime", "number", "priority"} or limit is None:
        raise Refusal(400, f"The operator '{operator}' is not supported by the '{field.name}' field.")
    reader = reader_of(field, scope.site)
    return lambda doc: (v := reader(doc)[0]) is not None and _compare(v, operator, limit)


def _compare(value: Any, operator: str, limit: Any) -> bool:
    match operator:
        case ">":
            return bool(value > limit)
        case ">=":
            return bool(value >= limit)
        case "<":
            return bool(value < limit)
        case "<=":
            return bool(value <= limit)
    return bool((value == limit) == (operator == "="))


def _order_key(name: str, scope: Scope) -> Callable[[Doc], Any]:
    text = name.casefold()
    if text == "id":
        return lambda doc: doc.id
    if text in {"key", "issuekey", "issue"}:
        return lambda doc: (doc.project, doc.serial)
    field = field_named(name, scope.site)
    if field.id == "created":
        return lambda doc: doc.created
    if field.id == "updated":
        return lambda doc: doc.updated
    reader = reader_of(field, scope.site)
    return lambda doc: ((v := reader(doc)[0]) is None, "" if v is None else v)
