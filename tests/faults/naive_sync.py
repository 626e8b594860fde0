"""A sync as one writes it at first: search, create, note it down. It is the control that the fault tests must see fail.

It keeps a note of what it made, yet nothing is written before a request leaves; so whatever dies in between is made
again, since the search index lags.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any
from urllib.parse import quote

PROJECT = "ITOPS"


def naive_sync(arguments: Sequence[str]) -> int:
    """Create an issue for each of these tasks, `ID=TITLE`, that the notes and Jira's search do not know."""
    address = os.environ["PFJIRA_JIRA_URL"].removeprefix("http://")
    with (
        closing(sqlite3.connect(os.environ["PFJIRA_STATE"], isolation_level=None)) as notes,
        closing(http.client.HTTPConnection(address, timeout=10)) as jira,
    ):
        notes.execute("CREATE TABLE IF NOT EXISTS made (task TEXT PRIMARY KEY, issue TEXT NOT NULL)")
        for argument in arguments:
            task, _, title = argument.partition("=")
            if notes.execute("SELECT 1 FROM made WHERE task = ?", (task,)).fetchone():
                continue
            jql = quote(f'project = {PROJECT} AND labels = "naive-{task}"')
            found = _ask(jira, "GET", f"/rest/api/3/search/jql?jql={jql}")["issues"]
            issue = found[0]["id"] if found else _create(jira, task, title)
            notes.execute("INSERT INTO made VALUES (?, ?)", (task, issue))
    return 0


def _create(jira: http.client.HTTPConnection, task: str, title: str) -> str:
    fields = {
        "project": {"key": PROJECT},
        "issuetype": {"name": "Task"},
        "summary": title,
        "labels": [f"naive-{task}"],
    }
    mark = [{"key": "pfjira", "value": {"op": f"task-{task}"}}]
    return str(_ask(jira, "POST", "/rest/api/3/issue", {"fields": fields, "properties": mark})["id"])


def _ask(jira: http.client.HTTPConnection, method: str, path: str, body: Any = None) -> Any:
    login = f"{os.environ['PFJIRA_JIRA_EMAIL']}:{os.environ['PFJIRA_JIRA_API_TOKEN']}"
    headers = {
        "Authorization": f"Basic {base64.b64encode(login.encode()).decode()}",
        "Content-Type": "application/json",
    }
    jira.request(method, path, None if body is None else json.dumps(body), headers)
    return json.loads(jira.getresponse().read())
