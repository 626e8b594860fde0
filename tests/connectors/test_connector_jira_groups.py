"""Groups: found by name or id, joined and left as often as one likes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pfjira.connectors.jira.connector import Jira
from pfjira.errors import Forbidden, Rejected
from pfjira.sandbox.faults import Fault
from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.server import Sandbox

Start = Callable[..., Sandbox]
Connect = Callable[..., Jira]
Change = Callable[[Jira, str, str], None]

GROUP = "9fd0b3b5-6a0c-4a1e-8d0c-2f9b5b9c6d11"
NOBODY = "712020:00000000-0000-0000-0000-000000000000"


def members(sandbox: Sandbox) -> list[str]:
    """Return who is in the group."""
    return sandbox.jira.groups.members[GROUP]


@pytest.mark.parametrize("name", ["it-staff", GROUP])
def test_a_group_is_found_by_name_or_id(jira: Jira, name: str) -> None:
    """Names change, so the id is what is kept."""
    assert GROUP == jira.group_id(name)


@pytest.mark.parametrize("name", ["it-stuff", "", "00000000-0000-0000-0000-000000000000"])
def test_a_group_that_is_not_there_is_refused(jira: Jira, name: str) -> None:
    """Nothing is taken for it, not even when no name is given."""
    with pytest.raises(Rejected) as caught:
        jira.group_id(name)

    assert "jira: the site has no group" in str(caught.value)


def test_an_account_joins_and_leaves(sandbox: Sandbox, jira: Jira) -> None:
    """One request each, and none to look first."""
    own = jira.check_login()
    before = len(list(sandbox.requests))

    jira.add_member(GROUP, own)
    joined = list(members(sandbox))
    jira.remove_member(GROUP, own)

    assert ([own], [], 2) == (joined, members(sandbox), len(list(sandbox.requests)) - before)


def test_twice_is_as_once(sandbox: Sandbox, jira: Jira) -> None:
    """The site refuses the second; who is in decides whether that is an error."""
    own = jira.check_login()

    for _ in range(2):
        jira.add_member(GROUP, own)
    joined = list(members(sandbox))
    for _ in range(2):
        jira.remove_member(GROUP, own)

    assert ([own], []) == (joined, members(sandbox))


def test_lost_answers_are_no_matter(sandbox: Sandbox, jira: Jira) -> None:
    """Both are sent again at once, and end as wished."""
    own = jira.check_login()
    lost = [sandbox.faults.add(Fault("drop_after", method=method, path="group/user")) for method in ("POST", "DELETE")]

    jira.add_member(GROUP, own)
    joined = list(members(sandbox))
    jira.remove_member(GROUP, own)

    assert ([own], [], [1, 1]) == (joined, members(sandbox), [fault.landed for fault in lost])


@pytest.mark.parametrize("group", [GROUP, "no-such-group"])
def test_an_account_that_cannot_join_is_refused(jira: Jira, group: str) -> None:
    """Whoever is not there does not get in; the message says neither group nor account."""
    with pytest.raises(Rejected) as caught:
        jira.add_member(group, NOBODY)

    assert (404, False) == (caught.value.status, NOBODY in str(caught.value))


def test_leaving_a_group_that_is_not_there_is_refused(jira: Jira) -> None:
    """That nobody is in it cannot be told."""
    with pytest.raises(Rejected):
        jira.remove_member("no-such-group", NOBODY)


@pytest.mark.parametrize(
    "change", [lambda jira, *who: jira.add_member(*who), lambda jira, *who: jira.remove_member(*who)]
)
def test_a_group_of_the_identity_provider_is_left_to_it(start: Start, to_jira: Connect, change: Change) -> None:
    """The hint names the right that lacks."""
    jira = to_jira(start(jira=JiraOptions(groups_read_only=True)))

    with pytest.raises(Forbidden) as caught:
        change(jira, GROUP, NOBODY)

    assert "site administration" in caught.value.hint
