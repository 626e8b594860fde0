"""Reads HTML that people typed or pasted into a shallow tree, in time that grows only with its length.

The standard library's parser takes minutes for 100 kB of `<a b='<a b='`; this one looks at each character a few
times. It mends wrong nesting, never refuses, never raises, and decides nothing about what the text should become.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from types import MappingProxyType

LONGEST = 200_000
"""Characters that are looked at, after embedded pictures are taken out."""
_DEEPEST = 30
"""Open elements; what lies deeper is read as if it lay there."""

BLOCKS = frozenset({
    "p", "div", "section", "article", "header", "footer", "main", "aside", "nav", "address", "figure", "figcaption",
    "form", "fieldset", "dl", "dt", "dd", "details", "summary", "blockquote", "pre", "table", "ul", "ol", "menu",
    "li", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "caption",
})  # fmt: skip
_VOID = frozenset({
    "br", "hr", "img", "input", "meta", "link", "wbr", "col", "source", "area", "base", "embed", "param", "track",
})  # fmt: skip
_DROPPED = frozenset({
    "script", "style", "head", "title", "template", "noscript", "iframe", "object", "svg", "math", "select",
    "textarea",
})  # fmt: skip
_CLOSES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"li": ("li",), "dt": ("dt", "dd"), "dd": ("dt", "dd"), "tr": ("tr",), "td": ("td", "th"), "th": ("td", "th")}
)
"""What an opening tag ends when it was left open, up to the next list or table."""
_FENCES = frozenset({"ul", "ol", "menu", "dl", "table"})
_TABLE = frozenset({"table", "tr", "tbody", "thead", "tfoot"})

_DATA_URI = re.compile(r"""data:[^"'\s<>]{40,}""")
_NAME = re.compile(r"/?[A-Za-z][^\s/>]*")
_END_OR_QUOTE = re.compile(r"""[>"']""")
_ATTRIBUTE = re.compile(r"""([^\s=/>"']+)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>]*))?""")


@dataclass(slots=True)
class Element:
    """A tag with what stands in it: elements and texts in order."""

    tag: str
    attrs: Mapping[str, str]
    children: list[Element | str] = field(default_factory=list)

    def elements(self, through: tuple[str, ...] = ()) -> Iterator[Element]:
        """Yield the child elements, looking through some tags."""
        for part in self.children:
            if isinstance(part, Element):
                if part.tag in through:
                    yield from part.elements(through)
                else:
                    yield part

    def texts(self) -> Iterator[str]:
        """Yield all text inside as it was written, `br` as a line break."""
        for part in self.children:
            if isinstance(part, str):
                yield part
            elif part.tag == "br":
                yield "\n"
            else:
                yield from part.texts()


def parse(fragment: str) -> Element:
    """Return a fragment as a tree whose root has no tag."""
    tree = _Tree()
    for text, tag, attrs in _tokens(_DATA_URI.sub("", fragment)[:LONGEST]):
        if text:
            tree.text(unescape(text))
        elif tag.startswith("/"):
            tree.close(tag[1:])
        else:
            tree.open(tag, attrs)
    return tree.root


def _tokens(source: str) -> Iterator[tuple[str, str, str]]:
    """Yield (text, "", "") and ("", tag or /tag, its attributes); comments and dropped elements are left out."""
    missing: set[str] = set()  # quotes that do not occur any more: not searched for again
    place = 0
    while place < len(source):
        opening = source.find("<", place)
        if opening < 0:
            break
        if opening > place:
            yield source[place:opening], "", ""
        if source.startswith("<!--", opening):
            end = source.find("-->", opening + 4)
            place = len(source) if end < 0 else end + 3
            continue
        name = _NAME.match(source, opening + 1)
        if name is None and source[opening + 1 : opening + 2] not in ("!", "?", "/"):
            yield "<", "", ""
            place = opening + 1
            continue
        end = _tag_end(source, name.end(), missing) if name else source.find(">", opening)
        if end < 0:  # never closed: it is text, and so is all that follows
            yield source[opening:], "", ""
            return
        place = end + 1
        if name is None:
            continue
        tag = name.group().lower()
        if tag in _DROPPED:
            closing = re.compile(f"</{tag}[^>]*>?", re.IGNORECASE).search(source, place)
            place = closing.end() if closing else len(source)
            continue
        yield "", tag, source[name.end() : end]
    if place < len(source):
        yield source[place:], "", ""


def _tag_end(source: str, place: int, missing: set[str]) -> int:
    """Return where the `>` of a tag is, outside of quotes that are closed; -1 when there is none."""
    while match := _END_OR_QUOTE.search(source, place):
        quote, place = match.group(), match.end()
        if quote == ">":
            return match.start()
        if quote not in missing:
            closing = source.find(quote, place)
            if closing < 0:
                missing.add(quote)
            else:
                place = closing + 1
    return -1


class _Tree:
    """The elements that are open, and the rules by which people leave them open."""

    def __init__(self) -> None:
        self.root = Element("", {})
        self._open = [self.root]

    def text(self, text: str) -> None:
        self._open[-1].children.append(text)

    def open(self, tag: str, attrs: str) -> None:
        if tag in BLOCKS and self._open[-1].tag == "p":
            self._open.pop()
        ends = _CLOSES.get(tag, ())
        for place in range(len(self._open) - 1, 0, -1) if ends else ():
            if self._open[place].tag in _FENCES:
                break
            if self._open[place].tag in ends:
                del self._open[place:]
                break
        named = {m[1].lower(): unescape((m[2] or "").strip("\"'")) for m in _ATTRIBUTE.finditer(attrs)} if attrs else {}
        element = Element(tag, named)
        self._open[-1].children.append(element)
        if tag not in _VOID and len(self._open) < _DEEPEST:
            self._open.append(element)

    def close(self, tag: str) -> None:
        """Close the innermost open element of this name, if there is one and no cell lies between."""
        for place in range(len(self._open) - 1, 0, -1):
            if self._open[place].tag == tag:
                del self._open[place:]
                return
            if self._open[place].tag in ("td", "th") and tag not in _TABLE:
                return
