"""A small check that Jira would take a document; written from Atlassian's node descriptions, not from our code."""

from __future__ import annotations

import json
from typing import Any

_LISTS = {"bulletList", "orderedList"}
_CELL = {"paragraph", "heading", "rule", "codeBlock", "blockquote", *_LISTS}
_INLINE = {"text", "hardBreak"}
_CHILDREN: dict[str, set[str]] = {
    "doc": {*_CELL, "table"},
    "paragraph": _INLINE,
    "heading": _INLINE,
    "codeBlock": {"text"},
    "blockquote": {"paragraph", "codeBlock", *_LISTS},
    "bulletList": {"listItem"},
    "orderedList": {"listItem"},
    "listItem": {"paragraph", "codeBlock", *_LISTS},
    "table": {"tableRow"},
    "tableRow": {"tableCell", "tableHeader"},
    "tableCell": _CELL,
    "tableHeader": _CELL,
}
_MAY_BE_EMPTY = {"paragraph", "codeBlock"}
_MARKS = {"strong", "em", "underline", "strike", "code", "link"}
_KEYS = {"type", "content", "text", "marks", "attrs", "version"}


def faults(document: Any) -> list[str]:
    """Return what is wrong with a document; nothing when Jira would take it."""
    found = _faults(document, "doc")
    if len(json.dumps(document, ensure_ascii=False)) > 32_767:
        found.append("too long")
    return found


def _faults(node: Any, path: str) -> list[str]:
    kind = node["type"]
    found = [f"{path}: key {key}" for key in node.keys() - _KEYS]
    if kind == "text":
        return found + _text_faults(node, path)
    if "text" in node or "marks" in node:
        found.append(f"{path}: text or marks on {kind}")
    if kind in ("rule", "hardBreak"):
        return [*found, f"{path}: content"] if "content" in node else found
    if kind == "heading" and node["attrs"]["level"] not in range(1, 7):
        found.append(f"{path}: level")
    content = node["content"]
    if not content and kind not in _MAY_BE_EMPTY:
        found.append(f"{path}: empty")
    if kind == "listItem" and content and content[0]["type"] not in ("paragraph", "codeBlock"):
        found.append(f"{path}: first in item")
    for number, child in enumerate(content):
        where = f"{path}/{number}.{child['type']}"
        if child["type"] not in _CHILDREN[kind]:
            found.append(f"{where}: not in {kind}")
        elif kind == "codeBlock" and "marks" in child:
            found.append(f"{where}: marks in code")
        else:
            found += _faults(child, where)
    return found


def _text_faults(node: Any, path: str) -> list[str]:
    found = [] if node["text"] else [f"{path}: empty text"]
    if any((ord(c) < 32 and c not in "\n\t") or 0xD800 <= ord(c) <= 0xDFFF for c in node["text"]):
        found.append(f"{path}: control character")
    marks = [mark["type"] for mark in node.get("marks", [])]
    if "marks" in node and not marks:
        found.append(f"{path}: empty marks")
    if len(set(marks)) != len(marks) or not set(marks) <= _MARKS or ("code" in marks and set(marks) - {"code", "link"}):
        found.append(f"{path}: marks {marks}")
    links = [mark["attrs"]["href"] for mark in node.get("marks", []) if mark["type"] == "link"]
    found += [f"{path}: link" for href in links if not href.lower().startswith(("http://", "https://", "mailto:"))]
    return found
