"""The histories of issues: whose edit a write of ours came over, in the moment between our last look and the write.

Jira's writes cannot depend on what they replace; its history tells afterwards (reference: bulk changelog, up to 1,000
issues and 10 fields a request, oldest first).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from pfjira.connectors.http import Api
from pfjira.connectors.jira import codec

MOST_FIELDS = 10
PAGES = 20
"""More than the histories of a hundred issues take; what lies beyond is not looked at."""


def overwritten(
    api: Api, seen: Mapping[str, datetime], fields: Collection[str], own_account: str
) -> list[tuple[str, str]]:
    """Return (issue id, field) that somebody else changed after we had seen the issue, and our change came after his.

    `seen` is issue id to the time of its last change as it was when we looked. Raise ConnectorError.
    """
    body: dict[str, object] = {"issueIdsOrKeys": sorted(seen)}
    if len(fields) <= MOST_FIELDS:
        body["fieldIds"] = sorted(fields)
    found: dict[tuple[str, str], None] = {}
    touched: set[tuple[str, str]] = set()
    for _ in range(PAGES):
        page = api.query("changelog/bulkfetch", body)
        for log in codec.objects(codec.member(page, "issueChangeLogs")):
            issue_id = str(log.get("issueId"))
            since = seen.get(issue_id)
            for entry in codec.objects(log.get("changeHistories")):
                at = codec.moment(entry.get("created"))
                if since is None or at is None or at <= since:
                    continue
                mine = (entry.get("author") or {}).get("accountId") == own_account
                for changed in codec.objects(entry.get("items")):
                    place = issue_id, str(changed.get("fieldId") or changed.get("field"))
                    if not mine:
                        touched.add(place)
                    elif place in touched:
                        found[place] = None
        token = codec.member(page, "nextPageToken")
        if not token:
            break
        body["nextPageToken"] = token
    return [place for place in found if place[1] in fields]
