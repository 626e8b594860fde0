"""Reads `targets` and `sources`: the only other programs that are called, or listened to."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from pfjira.config import rules_schema as schema
from pfjira.config.compile_facts import Facts
from pfjira.config.complaints import shortened
from pfjira.config.yaml_nodes import Node, Sequence
from pfjira.engine.doors import PostTarget, Source

_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_HEADER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}")


def targets(facts: Facts, node: Node | None) -> tuple[PostTarget, ...]:
    """Return the declared targets."""
    table = facts.read.mapping(node, "'targets'")
    found = []
    for key, value in table.entries if table else ():
        name = facts.read.name(key, "the name of a target")
        line = facts.read.table(value, f"the target {shortened(key.text)}", schema.TARGET_WORDS)
        if line is None or not facts.need(line, ("url",), "a target"):
            continue
        url = _url(facts, line.get("url"))
        secret = facts.read.name(line.get("secret"), "secret")
        if name is not None and url is not None:
            found.append(PostTarget(name, url, secret or "", key.line))
    return tuple(found)


def _url(facts: Facts, node: Node | None) -> str | None:
    text = facts.read.text(node, "url")
    if node is None or text is None:
        return None
    try:
        parts = urlsplit(text)
        host, well = parts.hostname or "", parts.port != 0
    except ValueError:
        host, well = "", False
    if not host or not well or not text.isascii() or not text.isprintable() or " " in text:
        facts.complaints.add(node, "url is no web address", f"for example: {schema.EXAMPLES['url']}")
    elif parts.scheme != "https" and not (parts.scheme == "http" and _is_here(host)):
        facts.complaints.add(node, "url must begin with https://", "http:// is for this computer only: 127.0.0.1")
    elif parts.username is not None or parts.fragment:
        facts.complaints.add(node, "url must hold no login and no #fragment", "name a secret instead: secret: NAME")
    else:
        return text
    return None


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def sources(facts: Facts, node: Node | None) -> tuple[Source, ...]:
    """Return the declared sources."""
    table = facts.read.mapping(node, "'sources'")
    found = []
    for key, value in table.entries if table else ():
        name = facts.read.name(key, "the name of a source")
        line = facts.read.table(value, f"the source {shortened(key.text)}", schema.SOURCE_WORDS)
        if line is None or not facts.need(line, ("id", "fields"), "a source"):
            continue
        given = line.get("fields")
        if isinstance(given, Sequence) and not given.parts:
            facts.complaints.add(given, "'fields' needs at least one path", f"for example: {schema.EXAMPLES['fields']}")
        fields = [_path(facts, part) for part in facts.read.one_or_more(given, "'fields'")]
        names = _path(facts, line.get("id"))
        scheme = facts.read.choice(line.get("scheme"), "scheme", schema.SCHEMES) or schema.SCHEMES[0]
        header = facts.read.text(line.get("header"), "header")
        header_node = line.get("header")
        if header_node is not None and header is not None and not _HEADER.fullmatch(header):
            facts.complaints.add(header_node, "header is no name of a header", "for example: x-signature")
        if name is not None and names is not None:
            all_fields = dict.fromkeys([*(path for path in fields if path is not None), names])
            found.append(Source(name, names, tuple(all_fields), scheme, header or "x-signature", key.line))
    return tuple(found)


def _path(facts: Facts, node: Node | None) -> str | None:
    text = facts.read.text(node, "a path")
    if node is None or text is None:
        return None
    if len(text) <= 200 and _DOTTED.fullmatch(text):
        return text
    facts.complaints.add(node, "a path must be names with dots between them, such as ticket.id")
    return None
