"""The search resource: pages over an index that lags, with tokens, and the reads by id that do not lag.

What a search finds comes from the index alone, except for ids named in `reconcileIssues`, which are judged by what
is stored now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

from pfjira.sandbox.jira import jql
from pfjira.sandbox.jira.accounts import Accounts
from pfjira.sandbox.jira.index import Doc
from pfjira.sandbox.jira.matching import compile_node, order_keys, ordered, select
from pfjira.sandbox.jira.names import Scope
from pfjira.sandbox.jira.payload import closed, flag, json_object, listed
from pfjira.sandbox.jira.refusal import Refusal, bad_payload
from pfjira.sandbox.jira.render import Renderer, choose
from pfjira.sandbox.jira.store import IssueStore
from pfjira.sandbox.wire import Reply, Request

RECONCILE_LIMIT = 50
PROPERTY_KEYS_LIMIT = 5
FEW_FIELDS = 3
_BAD_TOKEN = "The provided next page token is invalid or expired."
_SEARCH_MEMBERS: dict[str, type | tuple[type, ...]] = {
    "jql": str,
    "nextPageToken": str,
    "maxResults": int,
    "fields": list,
    "expand": str,
    "properties": list,
    "fieldsByKeys": bool,
    "failFast": bool,
    "reconcileIssues": list,
}
_FETCH_MEMBERS: dict[str, type | tuple[type, ...]] = {
    "issueIdsOrKeys": list,
    "fields": list,
    "properties": list,
    "expand": list,
    "fieldsByKeys": bool,
}


@dataclass(slots=True)
class _Cursor:
    """What a page token stands for."""

    signature: tuple[Any, ...]
    position: int
    born: float
    found: list[int] = field(default_factory=list)


class Searches:
    """The search endpoints and the batch read."""

    def __init__(self, store: IssueStore, accounts: Accounts, renderer: Renderer) -> None:
        self._store = store
        self._accounts = accounts
        self._renderer = renderer
        self._cursors: dict[str, _Cursor] = {}
        self._tokens = 0

    def search(self, request: Request) -> Reply:
        """Answer GET and POST /search/jql."""
        wanted = self._wanted(request)
        limit = wanted.get("maxResults", 50)
        if not 1 <= limit <= 5000:
            raise Refusal(400, "The max results parameter has to be between 1 and 5,000.")
        fields, properties = wanted.get("fields", []), wanted.get("properties", [])
        if len(properties) > PROPERTY_KEYS_LIMIT:
            raise Refusal(400, f"At most {PROPERTY_KEYS_LIMIT} issue property keys can be requested.")
        reconcile = [int(i) for i in wanted.get("reconcileIssues", [])]
        if len(reconcile) > RECONCILE_LIMIT:
            raise Refusal(400, f"At most {RECONCILE_LIMIT} issues can be reconciled.")
        only_ids = not choose(fields, self._store.site) and not properties and not ({"key", "*none"} & set(fields))
        size = min(limit, self._page_cap(len(choose(fields, self._store.site)), only_ids))
        signature = (wanted.get("jql", ""), tuple(sorted(reconcile)))
        found, position = self._found(wanted.get("jql", ""), reconcile, signature, wanted.get("nextPageToken"))
        page = found[position : position + size]
        answer: dict[str, Any] = {"issues": self._shown(page, wanted, only_ids)}
        answer["isLast"] = position + size >= len(found)
        if not answer["isLast"]:
            answer["nextPageToken"] = self._token(signature, position + size, found)
        return Reply(200, answer)

    def count(self, request: Request) -> Reply:
        """Answer POST /search/approximate-count: as the index sees it."""
        body = closed(json_object(request), {"jql": str})
        return Reply(200, {"count": len(self._run(body.get("jql", ""), []))})

    def match(self, request: Request) -> Reply:
        """Answer POST /jql/match: which of the given issues match which query, judged by the index."""
        body = closed(json_object(request), {"issueIds": list, "jqls": list})
        if not all(isinstance(t, str) for t in body.get("jqls", [])) or not _all_numbers(body.get("issueIds", [])):
            raise bad_payload()
        matches = []
        for text in body.get("jqls", []):
            try:
                found = {doc.id for doc in self._run(text, [])}
                matches.append({"matchedIssues": [i for i in body.get("issueIds", []) if i in found], "errors": []})
            except Refusal as refused:
                matches.append({"matchedIssues": [], "errors": refused.messages})
        return Reply(200, {"matches": matches})

    def removed(self, request: Request) -> Reply:
        """Answer the search that was taken away in 2025."""
        raise Refusal(
            self._store.options.old_search,
            "The requested API has been removed. Please migrate to the "
            "/rest/api/3/search/jql API. A full migration guideline is available at "
            "https://developer.atlassian.com/changelog/#CHANGE-2046",
        )

    def bulk_fetch(self, request: Request) -> Reply:
        """Answer POST /issue/bulkfetch: missing issues are simply absent, the others ordered by id."""
        body = closed(json_object(request), _FETCH_MEMBERS)
        wanted = body.get("issueIdsOrKeys")
        if not isinstance(wanted, list) or not wanted or not all(isinstance(i, str) for i in wanted):
            raise bad_payload()
        limit = self._store.options.bulk_fetch_limit
        if len(wanted) > limit:
            raise Refusal(400, f"The number of issues exceeds the limit of {limit}.")
        if not all(isinstance(t, str) for n in ("fields", "properties", "expand") for t in body.get(n, [])):
            raise bad_payload()
        if len(body.get("properties", [])) > PROPERTY_KEYS_LIMIT:
            raise Refusal(400, f"At most {PROPERTY_KEYS_LIMIT} issue property keys can be requested.")
        found = {issue.id: issue for issue in map(self._store.find, wanted) if issue is not None}
        fields = body.get("fields") or ["*navigable"]
        shown = [
            self._renderer.issue(found[i], fields, body.get("properties", []), body.get("expand", []))
            for i in sorted(found, key=int)
        ]
        return Reply(200, {"issues": shown, "issueErrors": []})

    def _page_cap(self, fields: int, only_ids: bool) -> int:
        options = self._store.options
        if only_ids:
            return options.page_cap
        return options.page_cap_few_fields if fields <= FEW_FIELDS else options.page_cap_with_fields

    def _wanted(self, request: Request) -> dict[str, Any]:
        if request.method == "POST":
            wanted = closed(json_object(request), _SEARCH_MEMBERS)
            if not all(isinstance(t, str) for n in ("fields", "properties") for t in wanted.get(n, [])):
                raise bad_payload()
            if not _all_numbers(wanted.get("reconcileIssues", [])):
                raise bad_payload()
            return wanted
        wanted = {
            name: value for name in ("jql", "nextPageToken", "expand") if (value := request.first(name)) is not None
        }
        try:
            if request.first("maxResults") is not None:
                wanted["maxResults"] = int(request.first("maxResults") or "")
            wanted["reconcileIssues"] = [int(i) for i in listed(request, "reconcileIssues")]
        except ValueError:
            raise bad_payload() from None
        wanted["fields"], wanted["properties"] = listed(request, "fields"), listed(request, "properties")
        wanted["failFast"] = flag(request, "failFast")
        return wanted

    def _found(
        self, text: str, reconcile: list[int], signature: tuple[Any, ...], token: str | None
    ) -> tuple[list[int], int]:
        if token is None:
            return [doc.id for doc in self._run(text, reconcile)], 0
        cursor = self._cursors.get(token)
        now = self._store.clock.now().timestamp()
        if cursor is None or cursor.signature != signature or now - cursor.born > self._store.options.token_life_s:
            raise Refusal(400, _BAD_TOKEN)
        if self._store.options.paging == "snapshot":
            return cursor.found, cursor.position
        return [doc.id for doc in self._run(text, reconcile)], cursor.position

    def _token(self, signature: tuple[Any, ...], position: int, found: list[int]) -> str:
        self._tokens += 1
        token = f"CAEaAg{self._tokens:08x}"
        kept = found if self._store.options.paging == "snapshot" else []
        self._cursors[token] = _Cursor(signature, position, self._store.clock.now().timestamp(), kept)
        while len(self._cursors) > 1000:
            del self._cursors[next(iter(self._cursors))]
        return token

    def _compile(self, text: str) -> Callable[[], list[Doc]]:
        return select(jql.parse(text), self._scope())

    def _scope(self) -> Scope:
        options = self._store.options
        me = self._accounts.myself
        return Scope(
            self._store.index,
            self._store.site,
            self._store.clock.now(),
            ZoneInfo(me.time_zone),
            me.account_id,
            self._number,
            options.unknown_jql_names == "empty",
            options.property_jql == "error",
        )

    def _number(self, key_or_id: str) -> int | None:
        issue = self._store.find(key_or_id)
        if issue is not None:
            return int(issue.id)
        return int(key_or_id) if key_or_id.isdecimal() and int(key_or_id) in self._store.index.docs else None

    def _run(self, text: str, reconcile: list[int]) -> list[Doc]:
        now = self._store.clock.now().timestamp()
        self._store.index.catch_up(now)
        try:
            found = [doc for doc in self._compile(text)() if doc.project not in self._store.site.hidden]
        except Refusal as refused:
            if self._store.options.unknown_jql_names == "empty" and "does not exist" in refused.messages[0]:
                return []
            raise
        if self._store.options.index_flicker:
            found = [doc for doc in found if doc.id in reconcile or not self._flickers(doc.id, now)]
        return self._reconciled(text, found, reconcile) if reconcile else found

    def _reconciled(self, text: str, found: list[Doc], reconcile: list[int]) -> list[Doc]:
        """Judge the named issues by their state of now, and put the result in order again."""
        query = jql.parse(text)
        named = set(reconcile)
        current = [issue.doc() for i in named if (issue := self._store.find(str(i))) is not None]
        if query.where is None:  # an unbounded query was refused before
            return found
        test = compile_node(query.where, self._scope()).test
        merged = [doc for doc in found if doc.id not in named] + [doc for doc in current if test(doc)]
        return ordered(merged, order_keys(query, self._scope()))

    def _flickers(self, number: int, now: float) -> bool:
        return crc32(f"{number}/{int(now / 10)}".encode()) % 10_000 < self._store.options.index_flicker * 10_000

    def _shown(self, page: list[int], wanted: dict[str, Any], only_ids: bool) -> list[dict[str, Any]]:
        if only_ids:
            return [{"id": str(number)} for number in page if self._visible(number)]
        expand = [part.strip() for part in wanted.get("expand", "").split(",")]
        shown = []
        for number in page:
            issue = self._store.issues.get(str(number))
            if issue is None:  # deleted since it was indexed: its values are gone, the page is short
                continue
            doc = self._store.index.docs.get(number)
            stored = doc.fields if doc and self._store.options.search_values == "indexed" else None
            shown.append(
                self._renderer.issue(issue, wanted.get("fields", []), wanted.get("properties", []), expand, stored)
            )
        return shown

    def _visible(self, number: int) -> bool:
        return str(number) in self._store.issues or number in self._store.index.docs


def _all_numbers(values: list[Any]) -> bool:
    return all(isinstance(value, int) and not isinstance(value, bool) for value in values)
