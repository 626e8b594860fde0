"""Atlassian documents (ADF): made from HTML or text, read as text, and brought into a form that can be compared.

Whatever HR sends becomes a valid document or None; nothing here raises for text that people wrote. What Jira adds to a
document by itself (ids, order of marks, split texts) never counts as a difference.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from html import unescape

from pfjira.engine.adf_html import CONTROLS, Adf, document, tidy
from pfjira.engine.html_tree import parse
from pfjira.engine.model import Json

LONGEST = 32_767
"""Characters that Jira takes in a multi-line text (reference/jira, section 3), held against the JSON: it is longer."""

_LOCAL = frozenset({"localId", "__confluenceMetadata", "occurrenceKey"})
_DEFAULTS: Mapping[str, Mapping[str, Json]] = {
    "orderedList": {"order": 1},
    "table": {"isNumberColumnEnabled": False, "layout": "default", "displayMode": "default", "width": None},
    "tableCell": {"colspan": 1, "rowspan": 1, "colwidth": None, "background": None},
    "tableHeader": {"colspan": 1, "rowspan": 1, "colwidth": None, "background": None},
    "codeBlock": {"language": "", "uniqueId": ""},
    "hardBreak": {"text": "\n"},
}
"""Attributes that Jira may write out though they say nothing."""
_KEPT_EMPTY = frozenset({"rule", "hardBreak", "tableCell", "tableHeader", "tableRow"})
_CONTAINERS = frozenset(
    {"paragraph", "heading", "listItem", "bulletList", "orderedList", "blockquote", "codeBlock", "table"}
)
_INLINE = frozenset({"text", "hardBreak"})
_DEEPEST = 60


def from_html(fragment: str) -> Adf | None:
    """Return an HTML fragment as a document, cut with an ellipsis where Jira's limit is; None when it shows nothing."""
    if "<" not in fragment:
        return from_text(unescape(fragment))
    tree = parse(fragment)
    return _fitting(lambda budget: document(tree, budget))


def from_text(text: str) -> Adf | None:
    """Return plain text as a document: an empty line parts paragraphs, a line break stays one; None when blank."""
    lines = CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _fitting(lambda budget: _paragraphs(lines if len(lines) <= budget else lines[:budget].rstrip() + "…"))


def plain_text(adf: Json) -> str:
    """Return what a document says, a line for each paragraph, for people and for logs that may show it."""
    lines: list[str] = []

    def inline(node: Json) -> str:
        if not isinstance(node, Mapping):
            return ""
        if node.get("type") == "hardBreak":
            return "\n"
        attrs = node.get("attrs")
        shown = node.get("text") or (attrs.get("text") if isinstance(attrs, Mapping) else None)
        return str(shown) if shown else "".join(map(inline, _content(node)))

    def walk(node: Json, depth: int) -> None:
        parts = _content(node)
        if depth > _DEEPEST or any(isinstance(part, Mapping) and str(part.get("type")) in _INLINE for part in parts):
            lines.append("".join(map(inline, parts)) if depth <= _DEEPEST else "…")
            return
        for part in parts:
            walk(part, depth + 1)

    walk(adf, 0)
    return "\n".join(lines).strip()


def canonical(adf: Json) -> Json:
    """Return the normal form of a document: two documents that show the same have the same one; None when empty.

    Plain text, as older fields hold it, is taken as a document of paragraphs. Applying it twice changes nothing.
    """
    if isinstance(adf, str):
        adf = from_text(adf)
    if not isinstance(adf, Mapping):
        return None
    content = _nodes(adf, 0)
    return {"type": "doc", "version": 1, "content": content} if content else None


def _fitting(make: Callable[[int], Adf | None]) -> Adf | None:
    """Return the document made with the largest tried budget of text whose JSON is within the limit."""
    budget = LONGEST
    while budget > 0:
        made = make(budget)
        size = 0 if made is None else len(json.dumps(made, ensure_ascii=False))
        if size <= LONGEST:
            return made
        budget = min(budget - 1, int(budget * LONGEST / size * 0.9))
    return None


def _paragraphs(text: str) -> Adf | None:
    content = []
    for paragraph in re.split(r"\n[ \t]*\n", text):
        line: list[Adf] = []
        for number, part in enumerate(paragraph.split("\n")):
            if number:
                line.append({"type": "hardBreak"})
            if part:
                line.append({"type": "text", "text": part})
        if inline := tidy(line):
            content.append({"type": "paragraph", "content": inline})
    return {"type": "doc", "version": 1, "content": content} if content else None


def _content(node: Json) -> list[Json]:
    return _listed(node.get("content")) if isinstance(node, Mapping) else []


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _nodes(parent: Mapping[str, Json], depth: int) -> list[Json]:
    """Return the children of a node in normal form, equal neighbouring texts joined, empty ones left out."""
    found: list[Json] = []
    for node in _content(parent) if depth < _DEEPEST else []:
        normal = _node(node, depth + 1) if isinstance(node, Mapping) else None
        if normal is None:
            continue
        before = found[-1] if found else {}
        if normal["type"] == "text" == before.get("type") and normal.get("marks") == before.get("marks"):
            found[-1] = {**before, "text": before["text"] + normal["text"]}
        else:
            found.append(normal)
    return found


def _node(node: Mapping[str, Json], depth: int) -> dict[str, Json] | None:
    kind = node.get("type")
    if not isinstance(kind, str):
        return None
    normal: dict[str, Json] = {"type": kind}
    if kind == "text":
        text = node.get("text")
        if not isinstance(text, str) or not text:
            return None
        normal["text"] = text
    else:
        content = _nodes(node, depth)
        if content:
            normal["content"] = content
        elif kind in _CONTAINERS or ("content" in node and kind not in _KEPT_EMPTY):
            return None
    if attrs := _attrs(kind, node.get("attrs")):
        normal["attrs"] = attrs
    marks = [
        {"type": mark["type"], **({"attrs": attrs} if (attrs := _attrs(mark["type"], mark.get("attrs"))) else {})}
        for mark in _listed(node.get("marks"))
        if isinstance(mark, Mapping) and isinstance(mark.get("type"), str)
    ]
    if marks:
        normal["marks"] = sorted(marks, key=lambda mark: json.dumps(mark, sort_keys=True))
    return normal


def _attrs(kind: str, attrs: Json) -> dict[str, Json]:
    if not isinstance(attrs, Mapping):
        return {}
    usual = _DEFAULTS.get(kind, {})
    return {
        name: value
        for name, value in sorted(attrs.items())
        if name not in _LOCAL and value is not None and not (name in usual and usual[name] == value)
    }
