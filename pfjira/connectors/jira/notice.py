"""Jira's webhooks (reference section 10): which event is about which issue or account.

An event may be older than what the issue shows now, and the search index older than the event: what is named here is
read by id, and nothing in the body is believed.
"""

from __future__ import annotations

import re

from pfjira.connectors.notice import Notice, document, number, part, topic_of
from pfjira.connectors.signature import Headers, only
from pfjira.engine.model import Json, Ref

HEADER = "x-hub-signature"
SYSTEM = "jira"
_IDENTIFIER = "x-atlassian-webhook-identifier"

_VERBS = ("created", "updated", "deleted")
_ISSUE = (("issue", "id"),)
_ENDS = (("issueLink", "sourceIssueId"), ("issueLink", "destinationIssueId"))

TOPICS: dict[str, tuple[str, tuple[tuple[str, ...], ...], bool]] = {
    **{f"jira:issue_{verb}": ("issue", _ISSUE, True) for verb in _VERBS},
    **{f"worklog_{verb}": ("issue", (("worklog", "issueId"), *_ISSUE), True) for verb in _VERBS},
    **{f"user_{verb}": ("account", (("user", "accountId"),), True) for verb in _VERBS},
    **{f"comment_{verb}": ("issue", _ISSUE, False) for verb in _VERBS},
    **{f"attachment_{verb}": ("issue", _ISSUE, False) for verb in ("created", "deleted")},
    **{f"issue_property_{verb}": ("issue", _ISSUE, False) for verb in ("set", "deleted")},
    **{f"issuelink_{verb}": ("issue", _ENDS, False) for verb in ("created", "deleted")},
}
"""Topic to the kind it is about, where ids may stand, and whether one must; all others concern nothing of ours."""


def notice(raw: bytes) -> Notice:
    """Return what a body is about. Raise BadDelivery when it is no JSON object."""
    body = document(raw)
    topic = topic_of(body, "webhookEvent")
    if topic not in TOPICS:
        return Notice(topic)
    kind, places, needed = TOPICS[topic]
    read = _account if kind == "account" else number
    found = dict.fromkeys(one for place in places if (one := read(part(body, *place))))
    if found:
        return Notice(topic, tuple(Ref(SYSTEM, kind, one) for one in found))
    # What a comment or a link is about is not documented, and no rule reads it: that alone is no reason to read all.
    return Notice(topic, sweep=kind if needed else "")


def identifier(headers: Headers) -> str | None:
    """Return what all attempts at one delivery have in common, where it was said."""
    given = only(headers, _IDENTIFIER)
    return given.decode("ascii") if given and re.fullmatch(rb"[A-Za-z0-9-]{8,80}", given) else None


def _account(value: Json) -> str | None:
    return value if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9:_-]{1,128}", value) else None
