"""What is added to an issue once: comments, and work that was done on it.

Jira has no key that makes a second request harmless, so each carries our property with the op, and what is there is
looked through first (neither can be searched by property, reference 4.4). That makes every call safe to repeat: a lost
answer is Unavailable, never OutcomeUnknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pfjira.connectors.address import segment
from pfjira.connectors.base import Stamp
from pfjira.connectors.http import Api
from pfjira.connectors.jira import codec
from pfjira.connectors.jira.spacing import Spacing
from pfjira.engine.model import Json
from pfjira.errors import OutcomeUnknown, Unavailable

PAGE = 100


class Remarks:
    """Comments and worklogs, once per op."""

    def __init__(self, api: Api, spacing: Spacing) -> None:
        """Write through this interface."""
        self._api = api
        self._spacing = spacing

    def comment(self, issue_id: str, text: str, op: str) -> None:
        """Add a comment, unless one with this op is there."""
        body = {"body": codec.paragraph(text), "properties": codec.marked(Stamp(op, 0))}
        self._once(issue_id, "comment", "comments", body, op, right="add comments")

    def log_work(self, issue_id: str, text: str, spent_s: int, started: datetime, op: str) -> None:
        """Add a worklog, unless one with this op is there. The remaining estimate stays, and nobody gets mail."""
        body: dict[str, Json] = {
            "started": codec.stamp(started),
            "timeSpentSeconds": spent_s,
            "properties": codec.marked(Stamp(op, 0)),
        }
        if text:
            body["comment"] = codec.paragraph(text)
        params = {"adjustEstimate": "leave", "notifyUsers": "false"}
        self._once(issue_id, "worklog", "worklogs", body, op, params=params, right="work on issues")

    def _once(
        self,
        issue_id: str,
        part: str,
        member: str,
        body: Mapping[str, Json],
        op: str,
        *,
        right: str,
        params: Mapping[str, str] | None = None,
    ) -> None:
        path, said = f"issue/{segment(issue_id)}/{part}", f"issue/{{id}}/{part}"
        if self._is_there(path, said, member, op):
            return
        self._spacing.wait(issue_id)
        try:
            self._api.write("POST", path, dict(body), said=said, params=params, right=right)
        except OutcomeUnknown as error:
            raise look_again(error) from error

    def _is_there(self, path: str, said: str, member: str, op: str) -> bool:
        start = 0
        while True:
            params = {"startAt": start, "maxResults": PAGE, "expand": "properties"}
            payload = self._api.get(path, params, said=said)
            rows = codec.member(payload, member)
            if not isinstance(rows, list):
                raise self._api.unexpected(f"GET {said}", f"an answer without {member}")
            if any(codec.op_of(row) == op for row in codec.objects(rows)):
                return True
            start += len(rows)
            # The vendor's schema calls a worklog page's `total` the number on that page: a full page goes on.
            full = len(rows) >= (codec.whole(payload.get("maxResults")) or PAGE)
            if not rows or (not full and start >= codec.whole(payload.get("total"))):
                return False


def look_again(error: OutcomeUnknown) -> Unavailable:
    """Make the error for a lost answer where a second call looks first, unlike a create."""
    return Unavailable(str(error), hint="it is looked up and finished on the next run", system="jira")
