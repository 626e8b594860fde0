"""Two public clients drive the simulated Jira: whatever they rely on besides the document must be there too."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from atlassian import Jira
from jira import JIRA
from jira_site import document

from pfjira.sandbox.company import SERVICE_EMAIL, SERVICE_TOKEN
from pfjira.sandbox.server import Sandbox


@pytest.fixture
def pycontribs(sandbox: Sandbox) -> Iterator[JIRA]:
    """Lend the `jira` package, without its own retries."""
    client = JIRA(
        sandbox.jira_url,
        basic_auth=(SERVICE_EMAIL, SERVICE_TOKEN),
        options={"rest_api_version": "3"},
        max_retries=0,
    )
    yield client
    client.close()  # type: ignore[no-untyped-call]  # the package has no types there


@pytest.fixture
def atlassian(sandbox: Sandbox) -> Iterator[Jira]:
    """Lend the `atlassian-python-api` package."""
    client = Jira(sandbox.jira_url, username=SERVICE_EMAIL, password=SERVICE_TOKEN, cloud=True, api_version="3")
    yield client
    client.close()


def test_the_jira_package_works_an_issue(sandbox: Sandbox, pycontribs: JIRA) -> None:
    """Create, find, edit, comment, close: the usual road of a script."""
    fields = {
        "project": {"key": "HR"},
        "issuetype": {"name": "Task"},
        "summary": "Accounts",
        "description": document("For Jan"),
    }
    issue = pycontribs.create_issue(fields={**fields, "labels": ["pfjira"]})
    found = pycontribs.enhanced_search_issues("labels = pfjira", fields=["summary"])
    issue.update(fields={"duedate": "2026-12-01"})
    pycontribs.add_comment(issue, document("Half way"))
    pycontribs.transition_issue(issue, "Done", resolution={"name": "Done"})

    stored = sandbox.jira.issue(issue.key)
    assert [issue.key] == [one.key for one in found]
    assert ("Done", "2026-12-01", 1) == (stored.status.name, stored.fields["duedate"], len(stored.comments))


def test_the_jira_package_knows_cloud_and_its_caller(pycontribs: JIRA) -> None:
    """ServerInfo and myself have what the package reads from them."""
    assert pycontribs.deploymentType == "Cloud"
    assert SERVICE_EMAIL == pycontribs.myself()["emailAddress"]


def test_the_atlassian_package_works_an_issue(sandbox: Sandbox, atlassian: Jira) -> None:
    """The other client takes the same road."""
    made = atlassian.issue_create(
        {
            "project": {"key": "ITOPS"},
            "issuetype": {"name": "Task"},
            "summary": "Laptop",
            "description": document("For Jan"),
            "labels": ["pfjira"],
        }
    )
    found = atlassian.enhanced_jql("project = ITOPS AND labels = pfjira", fields=["summary", "status"])
    atlassian.issue_add_comment(made["key"], document("Ordered"))  # type: ignore[arg-type]  # it thinks of v2
    atlassian.set_issue_status(made["key"], "In Progress")

    stored = sandbox.jira.issue(made["key"])
    assert [made["key"]] == [one["key"] for one in found["issues"]]
    assert ("In Progress", 1) == (stored.status.name, len(stored.comments))
