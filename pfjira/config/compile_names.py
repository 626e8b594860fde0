"""Reads the conditions and templates of a rule: every name in them is held against what the place may look at.

Each condition is tried once on an invented record, so that one which is neither true nor false is found here and not
at night.
"""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches

from pfjira.config.compile_scope import Scope
from pfjira.config.complaints import Complaints, Reader
from pfjira.config.yaml_nodes import Node, Scalar
from pfjira.engine.expressions import Expression, ExpressionError, Maps, Template
from pfjira.engine.grammar import suggest
from pfjira.engine.sensitive import is_sensitive

_SORT_NAMES = {"number": "a number", "text": "a text", "truth": "true or false"}
_LONGEST_TRIED = 1_000
"""Characters of a condition that is tried; a longer one could keep the loader busy."""
_MOST_SEARCHES = 20
"""How often a near name is looked for among all, which takes its time."""
_SAMPLE_DAY = date(2026, 3, 2)


class Names:
    """Makes expressions and templates out of scalars, or complains."""

    def __init__(self, complaints: Complaints, maps: Maps) -> None:
        self._complaints, self._read, self._maps = complaints, Reader(complaints), maps
        self._searches = _MOST_SEARCHES

    def condition(self, node: Node | None, what: str, scope: Scope, *, timeless: bool = False) -> Expression | None:
        """Return an expression that is true or false; a timeless one looks at no date and no map."""
        if node is None:
            return None
        if not isinstance(node, Scalar) or not node.text.strip():
            self._complaints.add(node, f"{what} must be an expression, such as task.completed")
            return None
        if "{{" in node.text:
            self._complaints.at(node, node.text.index("{{"), f"{what} is an expression already", "leave the braces out")
            return None
        try:
            expression = Expression(node.text)
        except ExpressionError as error:
            self._complaints.expression(node, error)
            return None
        if not self._known(node, expression, 0, scope) or not self._comparable(node, expression, scope):
            return None
        if timeless and (expression.reads_today or expression.usage.maps):
            self._complaints.add(node, f"{what} may look at the issue and the record here, not at dates or maps")
            return None
        if len(expression.source) > _LONGEST_TRIED:
            return expression
        try:
            expression.holds(scope.sample, today=_SAMPLE_DAY, maps=self._maps)
        except ExpressionError as error:
            if "neither true nor false" in str(error):
                self._complaints.expression(node, error)
                return None
        return expression

    def template(
        self, node: Node | None, what: str, scope: Scope, *, public: bool = False, allowed: bool = False
    ) -> Template | None:
        """Return a template; a public one, which leaves PeopleForce, may read what is sensitive only where allowed."""
        if not isinstance(node, Scalar) or node.value is None:
            if node is not None:
                self._complaints.add(node, f'{what} must be a text, such as "{{{{ {scope.example} }}}}"')
            return None
        if "{" not in node.text:
            return Template(node.text)
        try:
            template = Template(node.text)
        except ExpressionError as error:
            self._complaints.expression(node, error)
            return None
        known = [
            self._known(node, part, offset, scope) and (allowed or not public or self._open(node, part, offset))
            for part, offset in zip(template.parts, template.offsets, strict=True)
            if isinstance(part, Expression)
        ]
        return template if all(known) else None

    def templates(self, node: Node | None, what: str, scope: Scope, *, allowed: bool = False) -> tuple[Template, ...]:
        """Return the templates of a list, or of a single value; all public."""
        parts = self._read.one_or_more(node, repr(what))
        found = (self.template(part, what, scope, public=True, allowed=allowed) for part in parts)
        return tuple(template for template in found if template is not None)

    def _known(self, node: Scalar, expression: Expression, offset: int, scope: Scope) -> bool:
        """Complain about names and maps that do not exist; say whether all do."""
        before = len(self._complaints.errors)
        for path, place in expression.usage.paths:
            if path in scope.objects:
                members = sorted(known for known in scope.paths if known.startswith(f"{path}."))
                hint = (
                    f"name one of its members, such as {members[0].replace('*', 'NAME')}"
                    if members
                    else "name one of its members"
                )
                self._complaints.at(node, offset + place, f"{path!r} holds values and is none itself", hint)
            elif not scope.knows(path) and path != "today":
                hyphen = path.startswith("children.") and any("-" in known for known in scope.paths)
                hint = "a key with a hyphen cannot be read in an expression; write _ instead" if hyphen else ""
                self._complaints.at(node, offset + place, f"unknown name {path!r}{self._near(path, scope)}", hint)
        for _, place in expression.usage.changes:
            if scope.kind != "position":
                self._complaints.at(node, offset + place, "only a rule for position knows what is changed")
        for name, place in expression.usage.maps:
            if name not in self._maps:
                self._complaints.at(node, offset + place, f"there is no map {name!r}{suggest(name, self._maps)}")
        return len(self._complaints.errors) == before

    def _near(self, path: str, scope: Scope) -> str:
        parent, _, name = path.rpartition(".")
        beside = {known.rpartition(".")[2]: known for known in scope.paths if known.rpartition(".")[0] == parent}
        if close := get_close_matches(name[:80], beside, n=1, cutoff=0.6):
            return f", did you mean {beside[close[0]]!r}?"
        self._searches -= 1
        if self._searches >= 0 and (found := suggest(path, scope.paths)):
            return found
        short = sorted(scope.paths, key=lambda known: (known.count("."), known))
        return f"; it may use: {', '.join(short[:40])}"

    def _open(self, node: Scalar, expression: Expression, offset: int) -> bool:
        """Complain about names whose values are kept back; say whether there are none."""
        for path, place in expression.usage.paths:
            if is_sensitive(path):
                hint = "under set of an issue, { value: …, allow_sensitive: true } says that it is meant"
                self._complaints.at(node, offset + place, f"{path} is sensitive and is not sent anywhere", hint)
                return False
        return True

    def _comparable(self, node: Scalar, expression: Expression, scope: Scope) -> bool:
        """Complain about a comparison that can never hold, such as a number with a quoted text; say whether all can."""
        for path, sort, place in expression.usage.comparisons:
            usual = scope.sort_of(path)
            if usual is not None and usual != sort:
                self._complaints.at(node, place, f"{path} is {_SORT_NAMES[usual]}, this is not")
                return False
        return True


def reads_sensitive(template: Template) -> bool:
    """Say whether a template reads what is usually kept back."""
    return any(is_sensitive(path) for path in template.reads)
