"""The value that one line of a rule wants a Jira field to have, in the form in which it is compared and sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from pfjira.engine import adf
from pfjira.engine.expressions import Template, as_text
from pfjira.engine.model import Deeds, Json, ValueKind
from pfjira.engine.rules import FieldRule, Rule, RuleSet
from pfjira.engine.views import Context

SUMMARY_LENGTH = 255
"""Characters of a summary (reference/jira section 3)."""
_DOCUMENTS = ("description", "environment")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_TIME_OF_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})[T ].*")


def written(line: FieldRule, context: Context, today: date, rules: RuleSet) -> tuple[ValueKind, Json]:
    """Return a desired value and how it is to be read. Raise ExpressionError."""
    if line.template is None:
        add = _labels(line.add, context, today, rules)
        # What a rule adds it cannot also remove, and nobody removes the mark: each run would write.
        kept = {*add, rules.label}
        remove = [name for name in _labels(line.remove, context, today, rules) if name not in kept]
        return line.kind, {"add": add, "remove": remove}
    text = as_text(line.template.evaluate(context, today=today, maps=rules.maps))
    if line.kind is ValueKind.MARKDOWN:
        return ValueKind.HTML, adf.from_html(_markdown().render(text or ""))
    if line.kind is ValueKind.HTML:
        return line.kind, adf.from_html(text or "")
    if line.kind is ValueKind.TEXT and line.field in _DOCUMENTS:
        return ValueKind.HTML, adf.from_text(text or "")  # Jira takes only documents there
    text = clean(text or "").strip()
    if line.field == "summary":
        text = _one_line(text)
    elif line.field == "duedate" and (match := _TIME_OF_DAY.fullmatch(text)):
        text = match[1]
    return line.kind, text or None


def _labels(templates: tuple[Template, ...], context: Context, today: date, rules: RuleSet) -> list[str]:
    """Return labels as Jira stores them: one word each, none twice."""
    texts = (template.text(context, today=today, maps=rules.maps) for template in templates)
    words = ("-".join(clean(text).split())[:SUMMARY_LENGTH] for text in texts)
    return list(dict.fromkeys(word for word in words if word))


def deed(rule: Rule, context: Context, today: date, rules: RuleSet) -> Deeds | None:
    """Return what a rule does once, written out. Raise ExpressionError: half a deed is none."""
    if (asked := rule.deed) is None:
        return None

    def text(template: Template | None) -> str:
        return "" if template is None else clean(template.text(context, today=today, maps=rules.maps)).strip()

    def body(value: Json) -> Json:
        if isinstance(value, Template):
            return value.evaluate(context, today=today, maps=rules.maps)
        if isinstance(value, Mapping):
            return {name: body(inner) for name, inner in value.items()}
        return [body(inner) for inner in value] if isinstance(value, list | tuple) else value

    return Deeds(
        make=rule.make.value,
        on=asked.on,
        text=text(asked.text),
        spent_s=asked.spent_s,
        group=text(asked.group),
        person=text(asked.person) or None,
        values={name: text(template) or None for name, template in asked.values},
        target=asked.target,
        body=body(asked.body),
    )


def clean(text: str) -> str:
    """Return the text without control characters, which Jira refuses."""
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SUMMARY_LENGTH else line[: SUMMARY_LENGTH - 1].rstrip() + "…"


@cache
def _markdown() -> Any:
    """Return the reader of Markdown; HTML in it stays text, since a person may have written it."""
    from markdown_it import MarkdownIt  # rules without Markdown need not pay for it

    return MarkdownIt("commonmark", {"html": False})
