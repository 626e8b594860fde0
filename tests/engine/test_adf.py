"""Documents: what HTML and text become, what is dropped, and when two documents count as the same."""

from __future__ import annotations

import copy
import time
from typing import Any

import pytest
from adf_schema import faults
from hypothesis import given, settings
from hypothesis import strategies as st

from pfjira.engine.adf import LONGEST, canonical, from_html, from_text, plain_text
from pfjira.sandbox.jira.adf import is_document

Node = dict[str, Any]

TAGS = [
    "p", "div", "b", "i", "u", "s", "code", "a", "br", "hr", "ul", "ol", "li", "h1", "h6", "blockquote", "pre", "table",
    "tr", "td", "th", "thead", "caption", "span", "script", "style", "img", "dl", "dt", "x-y",
]  # fmt: skip
PIECES = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
    st.sampled_from(
        ['<a href="https://a.example/x">', "<a href='javascript:x'>", "<a href=mailto:a@b.example>", "<!--", "-->"]
    ),
    st.sampled_from(["&amp;", "&#0;", "&#xD800;", "&nbsp;", "&lt", "<", ">", "'", '"', "<![CDATA[", "<?x", "</"]),
    st.sampled_from(["\n", " ", "\x00"]),
    st.text(max_size=5),
)
MESSY = st.lists(PIECES, max_size=40).map("".join)


def text(words: str, *marks: str) -> Node:
    """Return a text node."""
    return {"type": "text", "text": words} | ({"marks": [{"type": m} for m in marks]} if marks else {})


def node(kind: str, *content: Node, **attrs: Any) -> Node:
    """Return a node with content."""
    return {"type": kind, "content": list(content)} | ({"attrs": attrs} if attrs else {})


def para(words: str) -> Node:
    """Return a paragraph of plain words."""
    return node("paragraph", text(words))


def item(*content: Node) -> Node:
    """Return a list item."""
    return node("listItem", *content)


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>one</p><p>two</p>", [para("one"), para("two")]),
        ("<p>one<p>two", [para("one"), para("two")]),
        ("loose <div>inner</div> end", [para("loose"), para("inner"), para("end")]),
        ("<p> a \n  b </p>", [para("a b")]),
        ("a<br/>b<br>", [node("paragraph", text("a"), {"type": "hardBreak"}, text("b"))]),
        ("<b>x <i>y</i></b>", [node("paragraph", text("x ", "strong"), text("y", "strong", "em"))]),
        ("<u>a</u><s>b</s><b><code>c</code></b>", [
            node("paragraph", text("a", "underline"), text("b", "strike"), text("c", "code"))
        ]),
        ("<h2>T</h2><hr>", [node("heading", text("T"), level=2), {"type": "rule"}]),
        ("<ul><li>a<ol><li>b</li></ol></li><li>c</ul>", [
            node("bulletList", item(para("a"), node("orderedList", item(para("b")))), item(para("c")))
        ]),
        ("<ul><li>a</li><ul><li>b</li></ul></ul>", [
            node("bulletList", item(para("a"), node("bulletList", item(para("b")))))
        ]),
        ("<ul><li></li></ul>", None),
        ("<pre>a\n  b</pre>", [node("codeBlock", text("a\n  b"))]),
        ("<blockquote>q</blockquote>", [node("blockquote", para("q"))]),
        ("<table><tbody><tr><th>h<td>d</table>", [
            node("table", node("tableRow", node("tableHeader", para("h")), node("tableCell", para("d"))))
        ]),
        ("a &lt;b&gt; &amp; c", [para("a <b> & c")]),
        ("5 < 6 <b", [para("5 < 6 <b")]),
        ("<p title='a > b'>x</p>", [para("x")]),
        ("<script>alert(1)</script><style>p{}</style>x<!-- no -->", [para("x")]),
        ("<font color=red>x</font><o:p>y</o:p>", [para("xy")]),
        ("<img src='https://x/y.png' alt='a laptop'>", [para("[a laptop]")]),
        ("<a href='/relative'>x</a><a href='javascript:y'>y</a><a href='data:z'>z</a>", [para("xyz")]),
        ("a\x07\x1b[31mb", [para("a[31mb")]),
        ("one\ntwo\n\nthree", [node("paragraph", text("one"), {"type": "hardBreak"}, text("two")), para("three")]),
        ("", None),
        ("<p>&nbsp;</p><br><div> </div>", None),
    ],
)  # fmt: skip
def test_html_becomes_a_document(html: str, expected: list[Node] | None) -> None:
    """What people write in PeopleForce's editor keeps its shape; what cannot be shown is looked through."""
    document = from_html(html)

    assert expected == (document and _joined(document["content"]))


def _joined(content: list[Node]) -> list[Node]:
    """Return content with equal neighbouring texts joined: where a text is split is nobody's concern."""
    found: list[Node] = []
    for child in content:
        fresh = child | ({"content": _joined(child["content"])} if "content" in child else {})
        if found and found[-1]["type"] == "text" == fresh["type"] and found[-1].get("marks") == fresh.get("marks"):
            found[-1] = found[-1] | {"text": found[-1]["text"] + fresh["text"]}
        else:
            found.append(fresh)
    return found


def test_links_lead_to_the_web_or_to_mail_only() -> None:
    """An address that a browser would run never reaches Jira."""
    document = from_html('<a href="https://a.example/?q=1&amp;r=2">x</a> <a href=" MAILTO:a@b.example ">y</a>')
    assert document is not None
    links = [child["marks"][0]["attrs"]["href"] for child in document["content"][0]["content"] if "marks" in child]

    assert ["https://a.example/?q=1&r=2", "MAILTO:a@b.example"] == links


@pytest.mark.parametrize("html", ["<p>" + "word " * 20_000, "<b>x</b>y" * 20_000, "x" * 100_000, "<li>é</li>" * 9_000])
def test_what_is_too_long_is_cut_with_an_ellipsis(html: str) -> None:
    """Jira refuses more than 32,767 characters; the cut is visible and most of the room is used."""
    document = from_html(html)

    assert ([], True, True) == (faults(document), "…" in plain_text(document)[-2:], len(str(document)) > LONGEST * 0.7)


@given(MESSY | st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_whatever_html_is_given_the_document_is_valid(html: str) -> None:
    """from_html never raises; both the list of rules here and the simulated Jira take what it returns."""
    document = from_html(html)

    assert ([], True) == (faults(document), is_document(document)) if document else True


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_whatever_text_is_given_the_document_is_valid_and_says_the_same(words: str) -> None:
    """No word of a plain text is lost on the way into a document and back."""
    document = from_text(words)
    visible = "".join(c for c in words if c in "\n\r\t" or (ord(c) >= 32 and c not in "\x7f\ufffe\uffff"))

    assert ([], visible.split()) == ([] if document is None else faults(document), plain_text(document).split())


@pytest.mark.parametrize(
    "html",
    [
        "<a b='" * 15_000, "<a" * 30_000, "<!--" * 20_000, "<![" * 20_000, "<?" * 30_000, "<a \"'" * 20_000 + ">",
        "<div>" * 20_000, "<ul><li>x" * 9_000, "<table><tr><td>x" * 5_000, "</p>" * 20_000,
        "<a " + "b " * 40_000 + ">x",
        "<script>" * 9_000, "&#" * 40_000, "<p>" + " \n" * 40_000, "<img src='data:x," + "A" * 900_000 + "'>x",
    ],
)  # fmt: skip
def test_malicious_html_costs_little(html: str) -> None:
    """Time grows with the length only, however deep or broken the tags are."""
    began = time.perf_counter()
    document = from_html(html)

    assert ([], True) == (faults(document) if document else [], time.perf_counter() - began < 3)


def test_an_embedded_picture_does_not_push_the_text_out() -> None:
    """Megabytes of a picture are taken out before the length is limited."""
    document = from_html("<img src='data:image/png;base64," + "A" * 900_000 + "'><p>after</p>")

    assert "after" == plain_text(document)


def test_plain_text_reads_any_document() -> None:
    """A line for each paragraph; mentions and unknown nodes show the text they carry."""
    mention = {"type": "mention", "attrs": {"id": "1", "text": "@Ann"}}
    inner = node("paragraph", text("b "), mention, {"type": "hardBreak"}, text("c"))
    document = node("doc", para("a"), node("panel", inner))

    assert ("a\nb @Ann\nc", "", "") == (
        plain_text(document),
        plain_text(None),
        plain_text({"type": "doc", "content": 5}),
    )


def test_what_jira_adds_is_no_difference() -> None:
    """Ids, default attributes, split texts, order of marks and empty paragraphs come from Jira, not from people."""
    sent = from_html("<p>x <b><i>y</i></b></p><ol><li>z</li></ol><table><tr><td>t</table>")
    stored = copy.deepcopy(sent)
    assert stored is not None
    paragraph, ordered, table = stored["content"]
    paragraph["attrs"] = {"localId": "abc"}
    paragraph["content"][0:1] = [text("x"), text(" ")]
    paragraph["content"][-1]["marks"].reverse()
    ordered["attrs"] = {"order": 1, "localId": None}
    table["attrs"] = {"isNumberColumnEnabled": False, "layout": "default", "localId": "x"}
    table["content"][0]["content"][0]["attrs"] = {"colspan": 1, "rowspan": 1}
    stored["content"].append({"type": "paragraph", "content": []})

    assert canonical(sent) == canonical(stored)


@pytest.mark.parametrize(
    ("one", "other"),
    [("<p>a</p>", "<p>b</p>"), ("<b>a</b>", "<i>a</i>"), ("<h1>a</h1>", "<h2>a</h2>"),
     ("<ul><li>a</ul>", "<ol><li>a</ol>"),
     ("<a href='https://a.example'>x</a>", "<a href='https://b.example'>x</a>"), ("a<br>b", "<p>a</p><p>b</p>")],
)  # fmt: skip
def test_what_people_change_is_a_difference(one: str, other: str) -> None:
    """The normal form keeps all that a reader can see."""
    assert canonical(from_html(one)) != canonical(from_html(other))


@pytest.mark.parametrize(
    "nothing", [None, "", {}, {"type": "doc", "content": []}, node("doc", node("paragraph")), 7, []]
)
def test_every_kind_of_empty_is_none(nothing: Any) -> None:
    """Jira stores an emptied description in several ways."""
    assert canonical(nothing) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.sampled_from(["text", "paragraph", "table"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["type", "content", "text", "marks", "attrs", "order"]), inner, max_size=5)
    ),
    max_leaves=25,
)


@given(MESSY.map(from_html) | JSON)
@settings(max_examples=300, deadline=None)
def test_the_normal_form_is_its_own_normal_form(document: Any) -> None:
    """Applying it twice changes nothing, whatever Jira may send."""
    once = canonical(document)

    assert (once, True) == (canonical(once), isinstance(plain_text(document), str))
