"""Turns one rule of the file into a compiled Rule, checking all that can be known without asking Jira.

Every name in an expression is held against `engine.kinds`; each condition is tried once on an invented record, so that
one which is neither true nor false is found here and not at night. Nothing is compiled half: a complaint means no rule.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date

from pfjira.config import rules_schema as schema
from pfjira.config.rules_schema import Complaints, Reader
from pfjira.config.yaml_nodes import Node, Scalar, Sequence, Table
from pfjira.engine import kinds
from pfjira.engine.expressions import Expression, ExpressionError, Maps, Template
from pfjira.engine.grammar import Word, suggest, words
from pfjira.engine.model import Json, Owner, ValueKind
from pfjira.engine.rules import Back, BackAction, FieldRule, Make, Move, Rule

_KINDS_OF_FORMS = {
    "value": ValueKind.TEXT, "html": ValueKind.HTML, "person": ValueKind.PERSON, "option": ValueKind.OPTION,
}  # fmt: skip
_ISSUE_PATHS = frozenset(kinds.paths_of("issue", kinds.ISSUE))
_COMPARISONS = frozenset({"==", "!=", "<", ">", "<=", ">="})
_BINDS_TIGHTER = frozenset({"|", "+", "-", "*", "/", "//", "%", "~"})
_KIND_NAMES = {"number": "a number", "text": "a text", "truth": "true or false"}
_COMPLETED = "task.completed"
_SAMPLE_DAY = date(2026, 3, 2)


class RuleCompiler:
    """Compiles the rules of one file."""

    def __init__(self, complaints: Complaints, maps: Maps) -> None:
        self._complaints, self._read, self._maps = complaints, Reader(complaints), maps

    def rule(self, node: Node) -> Rule | None:
        """Return the compiled rule, or None after at least one complaint."""
        before = len(self._complaints.errors)
        table = self._read.table(node, "a rule", schema.RULE_WORDS, schema.RULE_LATER)
        if table is None:
            return None
        for word in ("id", "for", "make"):
            if table.get(word) is None:
                self._complaints.add(table, f"the rule needs {word!r}", f"for example: {_EXAMPLES[word]}")
        rule_id = self._read.name(table.get("id"), "id")
        kind = self._read.choice(table.get("for"), "for", ("task",), schema.KIND_LATER)
        make = self._read.choice(table.get("make"), "make", ("issue", "nothing"), schema.MAKE_LATER)
        slot = self._read.name(table.get("slot"), "slot")
        if kind is None or make is None:
            return None  # without the kind no name in an expression can be judged
        paths = kinds.paths(kind)
        self._pairs(table, Make(make))
        project, issue_type = self._place(table.get("in"))
        key_node = table.get("key")
        when = table.get("when")
        fallback = self._read.text(table.get("fallback"), "fallback")
        parts = when.parts if isinstance(when, Sequence) else (when,) if when is not None else ()
        conditions = [self._condition(part, "when", paths) for part in parts]
        fields = self._fields(table.get("set"), paths)
        done_when = self._condition(table.get("done_when"), "done_when", paths)
        close = self._move(table.get("close"), "close", paths)
        cancel_when = self._condition(table.get("cancel_when"), "cancel_when", paths)
        cancel = self._move(table.get("cancel"), "cancel", paths)
        back = self._backs(table.get("back"))
        key = self._template(key_node, "key", paths) if key_node else Template("{{ " + kind + ".id }}")
        if key_node is not None and key is not None and not key.reads:
            self._complaints.add(key_node, "the key is the same for every record", "leave it out, or use {{ task.id }}")
        done_node = table.get("done_when")
        if back and done_node is not None and done_when is not None and done_when.source.strip() != _COMPLETED:
            # What `back` writes is completed; if done meant anything else, both would be followed in circles.
            self._complaints.add(done_node, f"with 'back', done_when is {_COMPLETED} and nothing else")
        if len(self._complaints.errors) > before or rule_id is None or key is None:
            return None
        if done_when is not None and close is None:
            close = Move("done")
        return Rule(
            id=rule_id,
            kind=kind,
            slot=slot or rule_id,
            when=tuple(part for part in conditions if part is not None),
            key=key,
            make=Make(make),
            project=project,
            issue_type=issue_type,
            fields=fields,
            done_when=done_when,
            close=close,
            cancel_when=cancel_when,
            cancel=cancel,
            back=back,
            fallback=fallback,
            line=table.line,
        )

    def _pairs(self, table: Table, make: Make) -> None:
        """Complain about words that need each other."""
        if make is Make.NOTHING:
            for word in schema.ISSUE_WORDS:
                if (key := table.key(word)) is not None:
                    self._complaints.add(key, f"a rule that makes nothing cannot have {word!r}")
            return
        for word in ("in", "set"):
            if table.get(word) is None:
                self._complaints.add(table, f"the rule needs {word!r}", f"for example: {_EXAMPLES[word]}")
        for word, needed, hint in (
            ("close", "done_when", "done_when: task.completed"),
            ("back", "done_when", "done_when: task.completed"),
            ("cancel", "cancel_when", "cancel_when: task.gone"),
            ("cancel_when", "cancel", "cancel: { to: Cancelled }"),
        ):
            if (key := table.key(word)) is not None and table.get(needed) is None:
                self._complaints.add(key, f"{word!r} needs {needed!r} beside it", f"for example: {hint}")

    def _place(self, node: Node | None) -> tuple[str, str]:
        table = self._read.table(node, "'in'", schema.IN_WORDS)
        if table is None:
            return "", ""
        for word in schema.IN_WORDS:
            if table.get(word) is None:
                self._complaints.add(table, f"'in' needs {word!r}", f"for example: {_EXAMPLES['in']}")
        project_node = table.get("project")
        project = self._read.text(project_node, "project") or ""
        if project_node and project and not re.fullmatch(r"[A-Z][A-Z0-9_]*", project):
            self._complaints.add(project_node, "project must be a project key in capitals", "for example: ITOPS")
        return project, self._read.text(table.get("type"), "type") or ""

    def _fields(self, node: Node | None, paths: Collection[str]) -> tuple[FieldRule, ...]:
        if node is None:
            return ()
        if not isinstance(node, Table):
            self._complaints.add(node, "'set' must be a mapping (field: value)")
            return ()
        found: dict[str, FieldRule] = {}
        for key, value in node.entries:
            name = self._read.jira_field(key)
            if name is None:
                continue
            if name in found:
                self._complaints.add(key, f"the field {name!r} is set twice")
            line = self._field(name, key, value, paths)
            if line is not None:
                found[name] = line
        if "summary" not in node.names and not any(key.text.casefold() == "summary" for key, _ in node.entries):
            self._complaints.add(node, "'set' needs 'summary'", 'for example: summary: "{{ task.title }}"')
        return tuple(found.values())

    def _field(self, name: str, key: Scalar, node: Node, paths: Collection[str]) -> FieldRule | None:
        kind = ValueKind.OPTION if name in schema.NAMED_FIELDS else ValueKind.TEXT
        if not isinstance(node, Table):
            if name in schema.PEOPLE_FIELDS:
                example = f'{name}: {{ person: "{{{{ task.assigned_to.id }}}}" }}'
                self._complaints.add(node, f"{name} is a person", example)
                return None
            if name == "labels":
                self._complaints.add(node, "labels are added and removed, never set", "labels: { add: [onboarding] }")
                return None
            template = self._template(node, key.text, paths)
            self._constant_date(name, node, template)
            return None if template is None else FieldRule(name, kind, template, Owner.HR, line=key.line)
        table = self._read.table(node, f"the value of {key.text!r}", schema.VALUE_WORDS, schema.VALUE_LATER)
        assert table is not None
        own = Owner(self._read.choice(table.get("own"), "own", tuple(Owner)) or Owner.HR)
        forms = [word for word in schema.VALUE_FORMS if table.get(word) is not None]
        lists = [word for word in ("add", "remove") if table.get(word) is not None]
        if lists and not forms:
            if name != "labels":
                self._complaints.add(node, "'add' and 'remove' are for labels only")
                return None
            if (owner := table.key("own")) is not None:
                self._complaints.add(
                    owner, "labels have no owner: what a rule adds is put back, others are never touched"
                )
            add, remove = (self._templates(table.get(word), word, paths) for word in ("add", "remove"))
            return FieldRule(name, ValueKind.LABELS, None, own, add, remove, key.line)
        if len(forms) != 1 or lists:
            one_of = ", ".join(schema.VALUE_FORMS)
            self._complaints.add(node, f"the value of {key.text!r} needs exactly one of: {one_of}")
            return None
        if name in schema.PEOPLE_FIELDS and forms[0] != "person":
            self._complaints.add(node, f"{name} is a person", "write person instead of " + forms[0])
        if name == "labels":
            self._complaints.add(node, "labels are added and removed, never set", "labels: { add: [onboarding] }")
        template = self._template(table.get(forms[0]), key.text, paths)
        self._constant_date(name, table.get(forms[0]), template)
        kind = kind if forms[0] == "value" else _KINDS_OF_FORMS[forms[0]]
        return None if template is None else FieldRule(name, kind, template, own, line=key.line)

    def _constant_date(self, name: str, node: Node | None, template: Template | None) -> None:
        """Complain about a due date that is the same for all and no date."""
        if name == "duedate" and isinstance(node, Scalar) and template is not None and "{{" not in node.text:
            try:
                date.fromisoformat(node.text)
            except ValueError:
                self._complaints.add(node, "duedate is no date", 'for example: 2026-03-31, or "{{ task.ends_on }}"')

    def _move(self, node: Node | None, what: str, paths: Collection[str]) -> Move | None:
        table = self._read.table(node, f"{what!r}", schema.CLOSE_WORDS, schema.CLOSE_LATER)
        if table is None:
            return None
        to = self._read.text(table.get("to"), "to")
        if table.get("to") is None:
            hint = "a status such as Done, or a category: new, indeterminate, done"
            self._complaints.add(table, f"{what!r} needs 'to'", hint)
        comment = table.get("comment")
        fields: dict[str, Json] = {}
        given = table.get("fields")
        if isinstance(given, Table):
            for key, value in given.entries:
                if (name := self._read.jira_field(key)) is not None:
                    fields[name] = plain(value)
        elif given is not None:
            self._complaints.add(given, "'fields' must be a mapping (field: value)")
        return Move(
            to or "", self._read.text(table.get("resolution"), "resolution"),
            self._template(comment, "comment", paths) if comment else None, fields,
        )  # fmt: skip

    def _backs(self, node: Node | None) -> tuple[Back, ...]:
        found = []
        for part in self._read.parts(node, "'back'"):
            table = self._read.table(part, "a line of 'back'", schema.BACK_WORDS, schema.BACK_LATER)
            if table is None:
                continue
            for word in schema.BACK_WORDS:
                if table.get(word) is None:
                    self._complaints.add(table, f"a line of 'back' needs {word!r}", _EXAMPLES["back"])
            when = self._condition(table.get("when"), "when", _ISSUE_PATHS, timeless=True)
            do = self._read.choice(table.get("do"), "do", tuple(BackAction), schema.BACK_LATER)
            if when is not None and do is not None:
                found.append(Back(when, BackAction(do)))
        return tuple(found)

    def _condition(
        self, node: Node | None, what: str, paths: Collection[str], *, timeless: bool = False
    ) -> Expression | None:
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
        if not self._names(node, expression, 0, paths) or not self._types(node, expression):
            return None
        if timeless and (expression.reads_today or expression.usage.maps):
            self._complaints.add(node, f"{what} may look only at the issue here, not at dates or maps")
            return None
        try:
            expression.holds(_SAMPLE, today=_SAMPLE_DAY, maps=self._maps)
        except ExpressionError as error:
            if "neither true nor false" in str(error):
                self._complaints.expression(node, error)
                return None
        return expression

    def _types(self, node: Scalar, expression: Expression) -> bool:
        """Complain about a comparison that can never hold, such as a number with a quoted text; say whether all can."""
        found, _ = words(expression.source)
        bare = [Word("", "", 0), *found, Word("", "", 0)]
        for before, left, sign, right, after in zip(bare, bare[1:], bare[2:], bare[3:], bare[4:], strict=False):
            if sign.text not in _COMPARISONS or before.text in _BINDS_TIGHTER or after.text in _BINDS_TIGHTER:
                continue
            for path, literal in ((left, right), (right, left)):
                kind = _kind_of(path.text) if path.kind == "path" and literal.kind in ("text", "number") else None
                if kind is not None and kind != literal.kind:
                    self._complaints.at(node, literal.offset, f"{path.text} is {_KIND_NAMES[kind]}, this is not")
                    return False
        return True

    def _templates(self, node: Node | None, what: str, paths: Collection[str]) -> tuple[Template, ...]:
        parts = (node,) if isinstance(node, Scalar) else self._read.parts(node, f"{what!r}")
        return tuple(t for t in (self._template(part, what, paths) for part in parts) if t is not None)

    def _template(self, node: Node | None, what: str, paths: Collection[str]) -> Template | None:
        if not isinstance(node, Scalar) or node.value is None:
            if node is not None:
                self._complaints.add(node, f'{what} must be a text, such as "{{{{ task.title }}}}"')
            return None
        try:
            template = Template(node.text)
        except ExpressionError as error:
            self._complaints.expression(node, error)
            return None
        known = [
            self._names(node, part, offset, paths)
            for part, offset in zip(template.parts, template.offsets, strict=True)
            if isinstance(part, Expression)
        ]
        return template if all(known) else None

    def _names(self, node: Scalar, expression: Expression, offset: int, paths: Collection[str]) -> bool:
        """Complain about names and maps that do not exist; say whether all do."""
        well = True
        for path, place in expression.usage.paths:
            if path not in paths and path != "today":
                close = suggest(path, paths) or f"; it may use: {', '.join(sorted(paths)[:40])}"
                self._complaints.at(node, offset + place, f"unknown name {path!r}{close}")
                well = False
        for name, place in expression.usage.maps:
            if name not in self._maps:
                self._complaints.at(node, offset + place, f"there is no map {name!r}{suggest(name, self._maps)}")
                well = False
        return well


def _kind_of(path: str) -> str | None:
    """Return what sort of value a path has: number, text, truth; None for objects and unknown names."""
    value: Json = _SAMPLE
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return {int: "number", str: "text", bool: "truth"}.get(type(value))


def plain(node: Node) -> Json:
    """Return a node as plain data."""
    if isinstance(node, Table):
        return {key.text: plain(value) for key, value in node.entries}
    if isinstance(node, Sequence):
        return [plain(part) for part in node.parts]
    return node.value if isinstance(node, Scalar) else None


def _sample(kind: str) -> Mapping[str, Json]:
    """Return an invented record in which every field of a kind has the sort of value it usually has."""
    special: Mapping[str, Json] = {"id": 7, "completed": False, "gone": False}

    def value(name: str) -> Json:
        return special.get(name, "2026-03-02" if name.endswith(("_on", "_at")) else "x")

    table = kinds.KINDS[kind]
    return {name: {m: value(m) for m in members} if members else value(name) for name, members in table.items()}


_SAMPLE: Mapping[str, Json] = {
    "task": _sample("task"),
    "issue": {
        "id": "1", "key": "A-1", "status": {"name": "Done", "category": "done"}, "assignee": "x", "resolution": "Done",
    },
}  # fmt: skip
_EXAMPLES = {
    "id": "id: it-tasks",
    "for": "for: task",
    "make": "make: issue",
    "in": "in: { project: ITOPS, type: Task }",
    "set": 'set: { summary: "{{ task.title }}" }',
    "back": 'for example: { when: issue.status.category == "done", do: complete }',
}
