"""Which path leads to which handler: the whole surface of the simulated API on one page.

A path that is not here does not exist; the order is the order in which paths are tried, the busiest first.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pfjira.sandbox.jira.accounts import Accounts
from pfjira.sandbox.jira.groups import Groups
from pfjira.sandbox.jira.metadata import Metadata
from pfjira.sandbox.jira.parts import IssueLinks, IssueParts
from pfjira.sandbox.jira.reads import IssueReads
from pfjira.sandbox.jira.refusal import Refusal
from pfjira.sandbox.jira.render import Renderer
from pfjira.sandbox.jira.screens import Screens
from pfjira.sandbox.jira.searching import Searches
from pfjira.sandbox.jira.store import IssueStore
from pfjira.sandbox.jira.writes import IssueWrites
from pfjira.sandbox.wire import Reply, Request

Handler = Callable[..., Reply]
Routes = list[tuple[re.Pattern[str], dict[str, Handler]]]


def build_routes(store: IssueStore, people: Accounts, groups: Groups, renderer: Renderer, parts: IssueParts) -> Routes:
    """Return the paths below the root with their handlers by method."""
    about = Metadata(store, people, renderer)
    screens = Screens(store, renderer)
    writes = IssueWrites(store, people, renderer, parts)
    links = IssueLinks(store, renderer)
    reads = IssueReads(store, renderer)
    searches = Searches(store, people, renderer)

    def assignable(request: Request) -> Reply:
        issue = store.find(request.first("issueKey") or request.first("issueId") or "")
        named = request.first("project")
        if named is None and issue is None:
            raise Refusal(400, "Specify 'project' or 'issueKey'.")
        return people.assignable(request, issue is not None or store.site.project(named) is not None)

    def assignable_in_all(request: Request) -> Reply:
        keys = (request.first("projectKeys") or "").split(",")
        return people.assignable(request, all(store.site.project(key) for key in keys))

    key = r"issue/(?P<key>[^/]+)"
    table: dict[str, dict[str, Handler]] = {
        r"search/jql": {"GET": searches.search, "POST": searches.search},
        r"issue": {"POST": writes.create},
        r"issue/bulk": {"POST": writes.create_bulk},
        r"issue/bulkfetch": {"POST": searches.bulk_fetch},
        r"changelog/bulkfetch": {"POST": reads.changelogs},
        r"issue/createmeta/([^/]+)/issuetypes": {"GET": screens.create_types},
        r"issue/createmeta/([^/]+)/issuetypes/([^/]+)": {"GET": screens.create_fields},
        key: {"GET": reads.issue, "PUT": writes.edit, "DELETE": writes.delete},
        key + r"/transitions": {"GET": reads.transitions, "POST": writes.transition},
        key + r"/assignee": {"PUT": writes.assign},
        key + r"/editmeta": {"GET": screens.edit_fields},
        key + r"/changelog": {"GET": reads.changelog},
        key + r"/comment": {"GET": parts.list_comments, "POST": parts.post_comment},
        key + r"/worklog": {"GET": parts.list_worklogs, "POST": parts.post_worklog},
        key + r"/properties": {"GET": parts.list_properties},
        key + r"/properties/([^/]+)": {
            "GET": parts.get_property,
            "PUT": parts.put_property,
            "DELETE": parts.delete_property,
        },
        key + r"/remotelink": {"GET": links.get_remote, "POST": links.post_remote, "DELETE": links.delete_remote},
        key + r"/remotelink/([^/]+)": {"DELETE": links.delete_remote},
        r"issueLink": {"POST": links.link_issues},
        r"issueLinkType": {"GET": about.link_types},
        r"search/approximate-count": {"POST": searches.count},
        r"search": {"GET": searches.removed, "POST": searches.removed},
        r"jql/match": {"POST": searches.match},
        r"myself": {"GET": about.myself},
        r"mypermissions": {"GET": screens.permissions},
        r"serverInfo": {"GET": about.server_info},
        r"field": {"GET": about.fields},
        r"field/search": {"GET": about.fields_page},
        r"issuetype": {"GET": about.issue_types},
        r"priority": {"GET": about.priorities},
        r"resolution": {"GET": about.resolutions},
        r"resolution/search": {"GET": about.resolutions_page},
        r"status": {"GET": about.statuses},
        r"statuscategory": {"GET": about.status_categories},
        r"statuses/search": {"GET": about.statuses_page},
        r"project/search": {"GET": about.projects_page},
        r"project/([^/]+)": {"GET": about.project},
        r"project/([^/]+)/statuses": {"GET": about.project_statuses},
        r"user": {"GET": people.one},
        r"user/bulk": {"GET": people.bulk},
        r"user/search": {"GET": people.search},
        r"user/assignable/search": {"GET": assignable},
        r"user/assignable/multiProjectSearch": {"GET": assignable_in_all},
        r"users/search": {"GET": people.all_users},
        r"group/bulk": {"GET": groups.bulk},
        r"group/member": {"GET": groups.list_members},
        r"group/user": {"POST": groups.add, "DELETE": groups.remove},
    }
    return [(re.compile(pattern), methods) for pattern, methods in table.items()]
