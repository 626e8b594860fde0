"""Issues that were made twice: the followed one stays, the others are labelled; nothing else is touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from harness import Tool
from small_world import a_task, a_twin, later, lose, sent, world
from story import story

from pfjira.connectors.jira.connector import Jira
from pfjira.sandbox.faults import Fault
from pfjira.sandbox.jira.store import StoredIssue
from pfjira.state import runs
from pfjira.state.pause import switch_on
from pfjira.state.store import Store

LABEL = "pfjira-duplicate"


def looks(issue: StoredIssue) -> dict[str, Any]:
    """Return everything that an issue shows but the time of its last change."""
    return {name: value for name, value in issue.fields.items() if name != "updated"} | {"comments": issue.comments[:]}


def listed(tool: Tool) -> tuple[list[str], str]:
    """Return the labelled duplicates that `status` shows, and what it warns of."""
    health = tool.run("status", "--json").json
    shown = health["facts"]["duplicates labelled"]
    return [] if shown == "none" else shown.split(", "), health["because"]


def test_duplicates_are_labelled_once_and_stay_a_persons_affair(tmp_path: Path) -> None:
    """Three issues of one mark: two get the label, by one planned change each; a person ends it by label or by Done."""
    with world(tmp_path) as tool:
        _, issue = a_task(tool)
        twins = [a_twin(tool, issue) for _ in range(2)]
        before, kept = [looks(twin) for twin in twins], looks(issue)
        later(tool)

        shown = tool.run("diff", "--full", "--json")
        plan = [(c["action"], c["issue"], [f["field"] for f in c["fields"]]) for c in shown.json["changes"]]
        assert (1, [("label duplicate", twin.key, ["labels", "duplicate of"]) for twin in twins]) == (shown.code, plan)
        done = tool.run("sync", "--full", "--json")
        assert (0, {"label duplicate": 2}) == (done.code, done.json["done"]), done.out
        assert [f"jira PUT {twin.id}" for twin in twins] == sent(tool)
        assert kept == looks(issue)
        assert [{**was, "labels": (*was["labels"], LABEL)} for was in before] == [looks(twin) for twin in twins]

        later(tool)
        assert (0, []) == (tool.run("sync", "--full").code, sent(tool))
        keys, warning = listed(tool)
        assert ([twin.key for twin in twins], False) == (keys, "duplicate" in warning)

        tool.sandbox.jira.act("edit", key=twins[0].key, field="labels", value=["pfjira"])
        tool.sandbox.jira.act("transition", key=twins[1].key, to="Done")
        later(tool)
        assert (0, [], []) == (tool.run("sync", "--full").code, sent(tool), listed(tool)[0])


def test_a_duplicate_whose_original_was_deleted_is_not_labelled(tmp_path: Path) -> None:
    """Perhaps it is the one that was to stay: it is shown in each full sweep, exit 1, until a person closes it."""
    with world(tmp_path) as tool:
        _, issue = a_task(tool)
        twin = a_twin(tool, issue)
        tool.sandbox.jira.act("delete", key=issue.key)
        later(tool)

        codes = [tool.run("sync", "--full").code, tool.run("sync").code]
        shown = tool.run("diff").out
        assert ([1, 1], [], True) == (codes, sent(tool), f"mark of {issue.key}, which is not in Jira" in shown), shown
        assert "1 duplicate to settle" in listed(tool)[1]

        tool.sandbox.jira.act("transition", key=twin.key, to="Done")
        later(tool)
        assert ([], []) == (sent(tool), tool.run("sync", "--full", "--json").json["missing"])
        assert "duplicate" not in listed(tool)[1]


def test_a_label_that_jira_refuses_is_said_and_not_sent_again(tmp_path: Path) -> None:
    """Exit 1 while it is unlabelled; only a full sweep tries again."""
    with world(tmp_path) as tool:
        _, issue = a_task(tool)
        twin = a_twin(tool, issue)
        later(tool)
        fault = tool.sandbox.faults.add(Fault("forbidden", "jira", "PUT", rf"/issue/{twin.id}$", times=1))

        codes = [tool.run("sync", "--full").code, tool.run("sync").code]
        assert (1, [1, 1], [f"jira PUT {twin.id}"]) == (fault.landed, codes, sent(tool))
        later(tool)
        assert (0, [f"jira PUT {twin.id}"]) == (tool.run("sync", "--full").code, sent(tool))


def test_a_pause_stops_labelling_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The label under way is put on, and counted by its run; none follows it, and after `resume` the other one is."""
    with world(tmp_path) as tool:
        _, issue = a_task(tool)
        twins = [a_twin(tool, issue) for _ in range(2)]
        later(tool)
        edit = Jira.edit

        def edit_and_pause(self: Jira, *arguments: Any, **more: Any) -> None:
            edit(self, *arguments, **more)
            switch_on(tool.state, who="somebody", why="", now=tool.now())

        monkeypatch.setattr(Jira, "edit", edit_and_pause)
        assert (75, [f"jira PUT {twins[0].id}"]) == (tool.run("sync", "--full").code, sent(tool))
        monkeypatch.undo()
        with Store.open(tool.state, read_only=True) as store:
            stopped = runs.last(store)
            assert [(1, "done"), (1, "intent")] == store.rows(
                "SELECT count(*), state FROM outbox WHERE action = 'label duplicate' GROUP BY state"
            )
        assert stopped is not None
        assert 1 == stopped.counts.get("label duplicate")
        tool.run("resume")
        later(tool)
        assert (0, [f"jira PUT {twins[1].id}"]) == (tool.run("sync", "--full").code, sent(tool))


def test_a_lost_state_follows_the_issue_without_the_label(tmp_path: Path) -> None:
    """Which one was followed is told by the label, though the other one is older."""
    with world(tmp_path) as tool:
        _, issue = a_task(tool)
        twin = a_twin(tool, issue)
        with tool.sandbox.jira.lock:
            issue.fields["labels"] = (*issue.fields["labels"], LABEL)
        lose(tool)
        later(tool)

        assert (0, []) == (tool.run("sync").code, sent(tool))
        assert [issue.key] == listed(tool)[0]
        tool.sandbox.jira.act("edit", key=twin.key, field="duedate", value="2031-01-01")
        later(tool)
        assert [f"jira PUT {twin.id}"] == (tool.run("sync"), sent(tool))[1]


def test_a_service_request_made_twice_is_labelled(tmp_path: Path) -> None:
    """The second one carries the mark as any issue does."""
    with story(tmp_path, "request") as told:
        told.jira.act("add_account", display_name="Ada Ray", email="ada.ray@example.com")
        told.hr.act("hire", first_name="Ada", last_name="Ray", hired_on=told.day(9), email="ada.ray@example.com")
        told.sync()
        a_twin(told.tool, told.issue("Laptop for Ada Ray"))
        assert {"label duplicate": 1} == told.sync("--full")
