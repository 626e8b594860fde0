"""Turns an HTML fragment from HR into an Atlassian document.

The HTML was typed by people and pasted from anywhere: every input gives a valid document or None. Only what is listed
here gets through; other tags are looked through, and scripts, styles and their contents are dropped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from pfjira.engine.html_tree import BLOCKS, Element

Adf = dict[str, Any]
"""A node of an Atlassian document: type, and attrs, content, text, marks as the type has them."""

DEEPEST = 10
"""Levels of blocks that are told apart; deeper ones are looked through."""

CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_MARKS: Mapping[str, str] = MappingProxyType(
    {
        "b": "strong", "strong": "strong", "i": "em", "em": "em", "cite": "em", "dfn": "em", "u": "underline",
        "ins": "underline", "s": "strike", "strike": "strike", "del": "strike", "code": "code", "kbd": "code",
        "samp": "code", "tt": "code",
    }
)  # fmt: skip
_HEADINGS = MappingProxyType({f"h{level}": level for level in range(1, 7)})
_LISTS = MappingProxyType({"ul": "bulletList", "ol": "orderedList", "menu": "bulletList"})
_CELLS = MappingProxyType({"td": "tableCell", "th": "tableHeader"})
_LINK = re.compile(r"(?:https?://[^\s/?#]+|mailto:[^\s@]+@[^\s@]+)\S*", re.IGNORECASE)


class _Writer:
    """Writes block nodes; `left` is how many characters of text it may still write."""

    def __init__(self, budget: int) -> None:
        self.left = budget
        self.full = False
        """Whether something had to be left out; an ellipsis says so where it was."""

    def blocks(self, children: list[Element | str], depth: int = 0, *, within: str = "") -> list[Adf]:
        """Return the children as block nodes that may stand in the document, a list item, a quote or a cell."""
        found: list[Adf] = []
        line: list[Adf] = []

        def flush() -> None:
            content = tidy(line)
            line.clear()
            if content:
                found.append({"type": "paragraph", "content": content})

        def walk(parts: list[Element | str], marks: tuple[Adf, ...]) -> None:
            for part in parts:
                if isinstance(part, str):
                    line.extend(self.text(_SPACE.sub(" ", part), marks))
                elif part.tag == "br":
                    line.append({"type": "hardBreak"})
                elif part.tag == "img":
                    line.extend(self._image(part, marks))
                elif part.tag in BLOCKS:
                    flush()
                    block = self._block(part, depth, within)
                    if block is None:  # only a division: its content stands here
                        walk(part.children, marks)
                        flush()
                    found.extend(block or ())
                else:
                    walk(part.children, self._marked(part, marks))

        walk(children, ())
        flush()
        return found

    def text(self, text: str, marks: tuple[Adf, ...] = ()) -> list[Adf]:
        """Return a text node, cut with an ellipsis where the budget ends."""
        text = CONTROLS.sub("", text)
        if not text or self.full or (not self.left and not text.strip()):
            return []
        if len(text) > self.left:
            text = text[: self.left].rstrip() + "…"
            self.full = True
        self.left = max(self.left - len(text), 0)
        code = any(mark["type"] == "code" for mark in marks)
        kept = [mark for mark in marks if not code or mark["type"] in ("code", "link")]  # code stands with links only
        return [{"type": "text", "text": text, "marks": kept}] if kept else [{"type": "text", "text": text}]

    def _block(self, element: Element, depth: int, within: str) -> list[Adf] | None:
        """Return the nodes of a block element, None when its content is to stand in its place."""
        tag = element.tag
        if self.full:
            return []
        if tag == "hr":
            return [{"type": "rule"}] if within in ("", "cell") else []
        if tag == "pre":
            text = "".join(element.texts()).replace("\r\n", "\n").strip("\n")
            content = self.text(text) if text.strip() else []
            return [{"type": "codeBlock", "content": content}] if content else []
        if depth >= DEEPEST:
            return None
        if tag in _HEADINGS and within in ("", "cell"):
            inner = self.blocks(element.children, depth + 1, within="heading")
            heading = {"type": "heading", "attrs": {"level": _HEADINGS[tag]}}
            return [{**block, **heading} if block["type"] == "paragraph" else block for block in inner]
        if within == "heading":
            return None
        if tag in _LISTS:
            return self._list(element, depth)
        if tag == "blockquote" and within in ("", "cell"):
            inner = self.blocks(element.children, depth + 1, within="quote")
            return [{"type": "blockquote", "content": inner}] if inner else []
        if tag == "table" and within == "":
            return self._table(element, depth)
        return None

    def _list(self, element: Element, depth: int) -> list[Adf]:
        items: list[Adf] = []
        for part in element.children:
            if isinstance(part, str) and not part.strip():
                continue
            item = part if isinstance(part, Element) and part.tag == "li" else None
            content = self.blocks(item.children if item else [part], depth + 1, within="item")
            if not content:
                continue
            if items and item is None and content[0]["type"] in _LISTS.values():
                items[-1]["content"].extend(content)  # a list straight inside a list belongs to the item before
                continue
            if content[0]["type"] not in ("paragraph", "codeBlock"):
                content.insert(0, {"type": "paragraph", "content": []})
            items.append({"type": "listItem", "content": content})
        return [{"type": _LISTS[element.tag], "content": items}] if items else []

    def _table(self, element: Element, depth: int) -> list[Adf]:
        rows: list[Adf] = []
        captions: list[Adf] = []
        for part in element.elements(("tbody", "thead", "tfoot")):
            if part.tag == "caption":
                captions += self.blocks(part.children, depth + 1, within="cell")
            cells = []
            for cell in part.elements() if part.tag == "tr" else ():
                if cell.tag in _CELLS:
                    content = self.blocks(cell.children, depth + 1, within="cell")
                    content = content or [{"type": "paragraph", "content": []}]  # a cell may not be without one
                    cells.append({"type": _CELLS[cell.tag], "content": content})
            if cells:
                rows.append({"type": "tableRow", "content": cells})
        wrote = any(block.get("content") for row in rows for cell in row["content"] for block in cell["content"])
        return [*captions, {"type": "table", "content": rows}] if wrote else captions

    def _image(self, element: Element, marks: tuple[Adf, ...]) -> list[Adf]:
        name = _SPACE.sub(" ", element.attrs.get("alt", "")).strip()
        return self.text(f"[{name}]", marks) if name else []

    def _marked(self, element: Element, marks: tuple[Adf, ...]) -> tuple[Adf, ...]:
        kind = _MARKS.get(element.tag, "")
        if element.tag == "a":
            href = CONTROLS.sub("", element.attrs.get("href", "")).strip()
            if _LINK.fullmatch(href) and len(href) <= 2_000:
                return (*(mark for mark in marks if mark["type"] != "link"), {"type": "link", "attrs": {"href": href}})
        if not kind or any(mark["type"] == kind for mark in marks):
            return marks
        return (*marks, {"type": kind})


def document(tree: Element, budget: int) -> Adf | None:
    """Return a fragment as a document with at most so many characters of text, None when it shows nothing."""
    content = _Writer(budget).blocks(tree.children)
    return {"type": "doc", "version": 1, "content": content} if content else None


def tidy(line: list[Adf]) -> list[Adf]:
    """Return the inline nodes of one paragraph without space at line ends; empty when it shows nothing."""
    found: list[Adf] = []
    for node in line:
        if node["type"] == "text":
            first = not found or found[-1]["type"] == "hardBreak" or found[-1].get("text", "").endswith(" ")
            text = node["text"].lstrip(" ") if first else node["text"]
            if text:
                found.append({**node, "text": text})
        else:
            _strip_end(found)
            found.append(node)
    while True:
        _strip_end(found)
        if not found or found[-1]["type"] != "hardBreak":
            break
        found.pop()
    while found and found[0]["type"] == "hardBreak":
        found.pop(0)
    return found if any(node.get("text", "").strip() for node in found) else []


def _strip_end(found: list[Adf]) -> None:
    while found and found[-1]["type"] == "text":
        text = found[-1]["text"].rstrip(" ")
        if text:
            found[-1] = {**found[-1], "text": text}
            return
        found.pop()
