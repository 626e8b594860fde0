"""What webhooks make a run look at: records that did not seem to move, whole kinds, people in doubt, lost creations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from harness import company, writes
from hooked_world import HIRED, World, hooked
from receiving import take
from small_world import a_new_task

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.hooks import Event
from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.state import deliveries, inbox
from pfjira.state.store import Store

NOBODY = b'{"action": "employee_update", "data": {}}'


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Lend a company in which a new position does not move the person's record, and search lags by a day."""
    options = company(people=20, tasks=8, completed_tasks=2)
    options = replace(
        options, peopleforce=PeopleForceOptions(related_rows_touch=False), jira=JiraOptions(index_lag_s=86_400.0)
    )
    with hooked(tmp_path_factory.mktemp("notices"), options) as world:
        world.hr.hire("Hooke", "Newman", HIRED, email="hooke@it.example.com")
        for _ in range(2):  # the second no longer reaches back to the hiring
            assert 0 == world.tool.run("sync").code
            world.tool.sandbox.clock.advance(900)
        world.listen()
        yield world


def requests(world: World) -> list[str]:
    """Return the PeopleForce requests since the last time."""
    found = [entry.path.rpartition("/v3/")[2] for entry in world.tool.sandbox.requests if entry.system == "peopleforce"]
    world.tool.sandbox.requests.clear()
    return found


def department(world: World) -> str:
    """Return what Jira shows of the newcomer's department."""
    return next(str(i.fields["description"]) for i in world.jira.issues.values() if "Newman" in i.fields["summary"])


def test_a_record_that_was_named_is_looked_at_though_it_did_not_move(shared: World) -> None:
    """A new position leaves `updated_at` alone: the poll sees nothing, the webhook says whom to read.

    Our own write comes back as a webhook, too, and finds nothing to do.
    """
    number = max(shared.hr.employees.by_id)
    shared.hr.place(number, "2026-02-02", department="Warehouse")
    told = shared.listen()
    requests(shared)

    assert (0, False) == (shared.tool.run("sync").code, "Warehouse" in department(shared))
    requests(shared)
    assert 1 == take(shared.tool.state, told)
    assert (0, True) == (shared.tool.run("sync", "--pending").code, "Warehouse" in department(shared))
    assert {"employees", f"employees/{number}"} >= set(requests(shared))
    echo = shared.listen()
    assert ["jira:issue_updated"] == [event.topic for event in echo]
    assert (1, 0) == (take(shared.tool.state, echo), shared.tool.run("sync", "--pending").code)
    assert [] == [entry.path for entry in writes(shared.tool.sandbox.requests)]
    assert "No webhook named anything" in shared.tool.run("sync", "--pending").out


def test_a_body_that_names_nobody_has_the_kind_read(shared: World) -> None:
    """All pages of people, and nothing else of PeopleForce; then it is settled."""
    requests(shared)
    take(shared.tool.state, [Event("peopleforce", "employee_update", NOBODY)])

    assert 0 == shared.tool.run("sync", "--pending").code
    assert {"employees"} == set(requests(shared))
    with Store.open(shared.tool.state, read_only=True) as store:
        assert 0 == inbox.tally(store)["pending"]


def test_a_run_that_was_stopped_leaves_deliveries_for_the_next(shared: World) -> None:
    """Nor does a run settle them that was asked for one record only, or take the word that something waits."""
    take(shared.tool.state, [Event("peopleforce", "leave_request_destroy", b'{"action": "leave_request_destroy"}')])
    shared.tool.sandbox.faults.add(Fault("status_before", "peopleforce", path="leave", times=None, status=500))
    stopped = shared.tool.run("sync", "--pending")
    shared.tool.sandbox.faults.clear()
    inbox.raise_flag(shared.tool.state)
    only = shared.tool.run("sync", "--only", f"employee/{max(shared.hr.employees.by_id)}")
    shared.tool.run("replay", f"employee/{max(shared.hr.employees.by_id)}")
    assert inbox.flag(shared.tool.state).exists()
    with Store.open(shared.tool.state, read_only=True) as store:
        waiting = len(inbox.pending(store))
    facts = shared.tool.run("status", "--json").json["facts"]
    found = shared.tool.run("doctor", "--json", PFJIRA_JIRA_WEBHOOK_SECRET="short").json["findings"]
    said = [(one["ok"], one["detail"]) for one in found if one["subject"] == "webhooks"]

    assert ("1", "0 min ago") == (facts["webhooks waiting"], facts["last webhook"])
    short = "PFJIRA_JIRA_WEBHOOK_SECRET must be 32 bytes or more, and is not."
    assert [(False, short), (True, "the last one came 0 min ago")] == said
    assert (69, 0, 1, 0) == (stopped.code, only.code, waiting, shared.tool.run("sync").code)


def test_a_new_account_is_found_at_once_for_who_waits_for_one(shared: World) -> None:
    """Whoever is in review is asked about once a day; the webhook of an account makes it now."""
    person = max(shared.hr.employees.by_id)
    shared.hr.create_task(title="For Newman", assigned_to=person)
    assert 0 == shared.tool.run("sync").code
    account = shared.jira.act("add_account", display_name="Hooke Newman", email="hooke@it.example.com")
    body = b'{"webhookEvent": "user_created", "user": {"accountId": "%s"}}' % account.encode()
    shown = []
    for told in ([], [Event("jira", "user_created", body)]):
        take(shared.tool.state, told)
        assert 0 == shared.tool.run("sync").code
        shown += [i.fields.get("assignee") for i in shared.jira.issues.values() if i.fields["summary"] == "For Newman"]

    assert [None, account] == shown


def test_a_webhook_is_a_witness_of_a_creation_whose_answer_was_lost(shared: World) -> None:
    """Search lags, the keys that follow are elsewhere: only the webhook tells that the issue is there."""
    sandbox, tool = shared.tool.sandbox, shared.tool
    shared.listen()
    a_new_task(tool, "Lost and found")
    sandbox.faults.add(Fault("drop_after", "jira", "POST", r"/issue(/bulk)?$"))
    sandbox.faults.add(Fault("drop_before", "jira", path="issue/bulkfetch", nth=3, times=None))  # after the creation
    tool.run("sync")
    sandbox.faults.clear()
    with Store.open(tool.state) as store:
        store.run("UPDATE outbox SET highest_key = highest_key + 1000 WHERE state IN ('unknown', 'parked', 'leased')")
    alone = tool.run("sync", "--json").json
    take(tool.state, shared.listen())
    told = tool.run("sync", "--pending", "--json").json

    assert (1, 0) == (alone["open"], told["open"])
    assert 1 == sum("Lost and found" == issue.fields["summary"] for issue in sandbox.jira.issues.values())


def test_a_document_that_is_replaced_while_it_is_worked_off_is_not_erased(tmp_path: Path) -> None:
    """The receiver does not wait for a run: what it put in the place of what the run has read is there for the next."""
    now = datetime.now(UTC)
    with Store.open(tmp_path / "state.db") as store, store.write():
        deliveries.receive(store, "desk", "1", {"title": "Printr"}, now)
        read = [(number, version) for number, _, version in deliveries.held(store, "desk")]
        deliveries.receive(store, "desk", "1", {"title": "Printer"}, now)
        deliveries.settle(store, "desk", read, now)

        assert [("1", {"title": "Printer"})] == deliveries.pending(store, "desk")


def test_a_second_change_in_the_same_words_is_not_settled_with_the_first(tmp_path: Path) -> None:
    """PeopleForce numbers nothing, and some bodies may hold no time: what came after a run read waits for the next."""
    body, path = b'{"action": "employee_position_update", "data": {"employee_id": 7}}', tmp_path / "state.db"
    take(path, [Event("peopleforce", "employee_position_update", body)])
    with Store.open(path) as store:
        taken = [(one.number, one.received_at) for one in inbox.pending(store)]
        news = take(path, [Event("peopleforce", "employee_position_update", body)])
        left = []
        for _ in range(2):
            with store.write():
                inbox.settle(store, taken, datetime.now(UTC))
            taken = [(one.number, one.received_at) for one in inbox.pending(store)]
            left.append(len(taken))

    assert (0, [1, 0]) == (news, left)
