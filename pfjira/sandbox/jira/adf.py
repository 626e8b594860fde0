"""Judge Atlassian Documents (ADF), the only form in which Jira's v3 API takes rich text.

Only structure is judged: node types, where they may stand, marks. It must never repair a document.
"""

from __future__ import annotations

from typing import Any

TEXT_LIMIT = 32_767
"""Characters of one multi-line text field."""

_INLINE = frozenset({"text", "hardBreak", "mention", "emoji", "inlineCard", "date", "status", "placeholder"})
_BLOCK = frozenset(
    {
        "paragraph",
        "heading",
        "bulletList",
        "orderedList",
        "taskList",
        "decisionList",
        "codeBlock",
        "blockquote",
        "panel",
        "rule",
        "table",
        "expand",
        "mediaGroup",
        "mediaSingle",
        "blockCard",
    }
)
_ITEM_CONTENT = _BLOCK - {"table", "expand", "panel", "blockquote"}
_CHILDREN: dict[str, frozenset[str]] = {
    "doc": _BLOCK,
    "paragraph": _INLINE,
    "heading": _INLINE,
    "codeBlock": frozenset({"text"}),
    "blockquote": frozenset({"paragraph", "bulletList", "orderedList", "codeBlock", "mediaGroup", "mediaSingle"}),
    "panel": _BLOCK - {"panel", "table", "expand"},
    "expand": _BLOCK - {"expand"},
    "nestedExpand": _BLOCK - {"expand", "table"},
    "bulletList": frozenset({"listItem"}),
    "orderedList": frozenset({"listItem"}),
    "listItem": _ITEM_CONTENT,
    "taskList": frozenset({"taskItem", "taskList"}),
    "taskItem": _INLINE,
    "decisionList": frozenset({"decisionItem"}),
    "decisionItem": _INLINE,
    "table": frozenset({"tableRow"}),
    "tableRow": frozenset({"tableCell", "tableHeader"}),
    "tableCell": (_BLOCK - {"table", "expand"}) | {"nestedExpand"},
    "tableHeader": (_BLOCK - {"table", "expand"}) | {"nestedExpand"},
    "mediaGroup": frozenset({"media"}),
    "mediaSingle": frozenset({"media", "caption"}),
    "caption": _INLINE,
}
_NEVER_EMPTY = frozenset(
    {
        "bulletList",
        "orderedList",
        "listItem",
        "table",
        "tableRow",
        "taskList",
        "decisionList",
        "blockquote",
        "panel",
        "mediaGroup",
        "mediaSingle",
    }
)
_LEAVES = frozenset(
    {"rule", "hardBreak", "mention", "emoji", "inlineCard", "date", "status", "placeholder", "media", "blockCard"}
)
_NEEDED_ATTRS = {
    "mention": "id",
    "emoji": "shortName",
    "date": "timestamp",
    "status": "text",
    "heading": "level",
    "panel": "panelType",
}
_MARKS = frozenset(
    {
        "strong",
        "em",
        "code",
        "strike",
        "underline",
        "link",
        "subsup",
        "textColor",
        "backgroundColor",
        "annotation",
        "border",
    }
)
_DEPTH = 60


def is_document(value: Any) -> bool:
    """Say whether this is a valid ADF document within Jira's length limit."""
    if not isinstance(value, dict) or value.get("type") != "doc" or value.get("version") != 1:
        return False
    if set(value) - {"type", "version", "content"} or not isinstance(value.get("content"), list):
        return False
    return all(_valid(node, "doc", 0) for node in value["content"]) and len(plain(value)) <= TEXT_LIMIT


def plain(value: Any) -> str:
    """Return the text of a document, blocks on lines of their own (what `~` searches)."""
    if not isinstance(value, dict):
        return ""
    if value.get("type") == "text":
        return str(value.get("text", ""))
    if value.get("type") == "hardBreak":
        return "\n"
    inside = [plain(node) for node in value.get("content", [])]
    return ("" if value.get("type") in {"paragraph", "heading", "codeBlock"} else "\n").join(inside)


def _valid(node: Any, parent: str, depth: int) -> bool:
    if depth > _DEPTH or not isinstance(node, dict):
        return False
    kind = node.get("type")
    if not isinstance(kind, str) or kind not in _CHILDREN[parent]:
        return False
    attrs = node.get("attrs", {})
    if not isinstance(attrs, dict) or (kind in _NEEDED_ATTRS and _NEEDED_ATTRS[kind] not in attrs):
        return False
    if kind == "heading" and attrs["level"] not in (1, 2, 3, 4, 5, 6):
        return False
    if kind == "text":
        return _valid_text(node)
    content = node.get("content", [])
    if not isinstance(content, list) or (kind in _LEAVES and content) or (kind in _NEVER_EMPTY and not content):
        return False
    return all(_valid(child, kind, depth + 1) for child in content)


def _valid_text(node: dict[str, Any]) -> bool:
    # Jira refuses an empty text node: an empty paragraph has no content instead.
    if not isinstance(node.get("text"), str) or not node["text"] or set(node) - {"type", "text", "marks"}:
        return False
    marks = node.get("marks", [])
    if not isinstance(marks, list) or not all(isinstance(m, dict) and str(m.get("type")) in _MARKS for m in marks):
        return False
    links = [m for m in marks if m["type"] == "link"]
    return all(isinstance(m.get("attrs"), dict) and isinstance(m["attrs"].get("href"), str) for m in links)


def document(text: str) -> dict[str, Any]:
    """Return a document with the lines of a plain text as paragraphs."""
    lines = [[{"type": "text", "text": line}] if line else [] for line in text.split("\n")]
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": line} for line in lines]}
