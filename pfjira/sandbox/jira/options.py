"""Everything about the simulated Jira that may be switched: one switch for each fact that the vendor does not document.

The defaults are what Jira most probably does, or the harsher choice where that is open. An option never changes
what was stored, only how the site behaves; it must not know of any test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class JiraOptions:
    """The behaviour of one simulated site."""

    base_url: str = "https://example.atlassian.net"
    """What `self` addresses begin with (data, not something to build on)."""
    login: str = "sync@example.com"
    token: str = "sandbox-token"
    token_expired: bool = False
    """A token that ended: 401, like a wrong one."""
    scoped_token: bool = False
    """A scoped token: good behind the gateway address only, 401 on the site's own."""
    bad_login: Literal["text", "json", "anonymous"] = "text"
    """How a wrong login is refused; `anonymous` treats it as no login at all."""
    anonymous: Literal["refuse", "empty"] = "refuse"
    """Without a login: 401 everywhere, or empty lists and 404 (only `myself` needs a login then)."""

    index_lag_s: float = 0.0
    """Seconds until a new issue is visible to search."""
    index_jitter_s: float = 0.0
    """Up to so many more seconds, fixed for each issue."""
    edit_lag_s: float | None = None
    """Seconds until a changed issue is searched in its new state; None: as `index_lag_s`."""
    index_flicker: float = 0.0
    """Share of the issues that drop out of any one search for a moment (by issue and tenth second of the clock)."""
    search_values: Literal["current", "indexed"] = "current"
    """Whether search answers the values that matched, or those of now."""
    paging: Literal["snapshot", "shifting"] = "snapshot"
    """Whether the pages of one search come from one result, or are evaluated anew (then rows may shift)."""
    page_cap: int = 5000
    page_cap_few_fields: int = 1000
    """A page never has more issues than this with one to three fields (only ids: `page_cap`)."""
    page_cap_with_fields: int = 100
    """A page never has more issues than this once more fields are asked for."""
    token_life_s: float = 7 * 86400.0
    unknown_jql_names: Literal["error", "empty"] = "error"
    property_jql: Literal["error", "empty"] = "error"
    """What `issue.property[...]` answers on a site where no app declared the index."""
    old_search: Literal[410, 404] = 410

    bulk_create_limit: int = 50
    bulk_fetch_limit: int = 100
    bulk_keeps_order: bool = True
    """Whether the `issues` of a bulk create come in the order of the request."""
    property_lag_s: float = 0.0
    """Seconds by which properties given at creation appear after the issue."""
    key_gap_every: int = 0
    """Leave a gap in the key counter of a project after so many issues; 0: never."""
    noop_edit_touches: bool = True
    """Whether an edit that changes nothing moves `updated`."""
    property_touches: bool = False
    """Whether a property write moves `updated`."""
    edit_checks_screen: bool = True
    comment_needs_screen: bool = True
    """Whether a comment inside a transition is refused when the transition has no screen."""
    hierarchy_checked: bool = True
    may_set_reporter: bool = True
    may_edit: bool = True
    may_browse_users: bool = True
    """Without it user searches answer 200 and an empty list."""
    groups_read_only: bool = False
    """Groups come from an identity provider; adding people is refused."""
    createmeta_member: Literal["fields", "results"] = "fields"
    delete_needs_content_type: bool = True
    """Answer 415 to a DELETE of a remote link without a Content-Type header."""
    conflict_every: int = 0
    """Answer 409 to each so-manieth edit or transition; 0: never."""

    burst_per_s: float | None = None
    """Steady requests a second for each method and endpoint; None: count, but never refuse."""
    burst_size: int = 100
    limited_is_done: bool = False
    """Whether a request answered 429 was carried out all the same (that it was not is inferred, not promised)."""
    per_issue_limits: bool = True
    """At most 20 writes in 2 s and 100 in 30 s on one issue."""
    retry_after: Literal["seconds", "absent", "zero"] = "seconds"
