"""A state that is older than Jira, lost, or of another address: a person looks before anything is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import CLEAN, matching, standing
from small_world import SECOND_RULE, a_new_task, a_task, a_twin, digest, keep_copy, later, lose, put_back, sent, world

from pfjira.sandbox.faults import Fault


def test_a_state_put_back_writes_nothing_before_a_person_looked(tmp_path: Path) -> None:
    """Completed, followed, restored, reopened: whose word counts is not known, so it is 65 until it is approved."""
    with world(tmp_path) as tool:
        copy = keep_copy(tool)
        task_id, issue = a_task(tool)
        tool.sandbox.peopleforce.complete(task_id)
        assert (0, "Done") == (tool.run("sync").code, issue.status.name)
        put_back(tool, copy)
        tool.sandbox.peopleforce.reopen(task_id)
        later(tool)

        codes = [tool.run("sync").code, tool.run("sync", "--full").code, tool.run("sync").code]
        assert ([65, 65, 65], []) == (codes, sent(tool))

        approved = tool.run("sync", "--approve", digest(tool))
        assert (0, 1) == (approved.code, len(sent(tool))), approved.err
        later(tool)
        assert (0, []) == (tool.run("sync").code, sent(tool))


def test_nonsense_beside_the_state_stops_nobody(tmp_path: Path) -> None:
    """A number that no state ever sees tells nothing; the next run writes a true one."""
    with world(tmp_path) as tool:
        beside = Path(f"{tool.state}.run")
        beside.write_text("9" * 30)
        assert (0, 0, "2") == (tool.run("diff").code, tool.run("sync").code, beside.read_text())


@pytest.mark.parametrize("part", [("--rule", "it-tasks"), ("--only", "TASK")])
def test_a_part_of_a_state_put_back_cannot_be_judged(tmp_path: Path, part: tuple[str, str]) -> None:
    """--rule and --only are refused until a whole run was; a person's digest does not change that."""
    with world(tmp_path) as tool:
        copy = keep_copy(tool)
        assert 0 == tool.run("sync").code
        task_id, _ = a_task(tool)
        tool.sandbox.peopleforce.edit_task(task_id, title="Another title")
        put_back(tool, copy)
        later(tool)
        arguments = [str(task_id) if word == "TASK" else word for word in part]

        assert "" == tool.run("diff", *arguments, "--json").json["guard"]["digest"]
        refused = tool.run("sync", *arguments)
        again = tool.run("sync", *arguments, "--approve", digest(tool, *arguments))

        assert ([65, 65], []) == ([refused.code, again.code], sent(tool)), refused.out
        assert 0 == tool.run("sync", "--approve", digest(tool)).code
        assert 0 == tool.run("sync", *arguments).code


@pytest.mark.parametrize("part", [("--rule", "copies"), ("--only", "TASK")])
def test_a_part_of_a_lost_state_cannot_be_judged(tmp_path: Path, part: tuple[str, str]) -> None:
    """The links would be rebuilt unasked, and the next run would write: refused with 65, and that one still is."""
    with world(tmp_path, SECOND_RULE) as tool:
        task_id, issue = a_task(tool)
        tool.sandbox.jira.act("edit", key=issue.key, field="summary", value="Edited meanwhile")
        arguments = [str(task_id) if word == "TASK" else word for word in part]
        lose(tool)

        codes = [tool.run("sync", *arguments).code, tool.run("sync").code]

        assert ([65, 65], [], "Edited meanwhile") == (codes, sent(tool), issue.fields["summary"])


def test_a_copy_taken_during_a_run_doubles_nothing(tmp_path: Path) -> None:
    """It is full of intents that were never sent; sixty hand-made issues later it is put back."""
    with world(tmp_path) as tool:
        for number in range(6):
            a_new_task(tool, f"Later {number}")
        fault = tool.sandbox.faults.add(
            Fault("rate_limited", "jira", "POST", r"/issue(/bulk)?$", retry_after=120, times=None)
        )
        assert 0 != tool.run("sync").code
        tool.sandbox.faults.clear()
        copy = keep_copy(tool)
        later(tool)
        assert 0 == tool.run("sync").code
        for number in range(60):
            tool.sandbox.jira.act("create", project="ITOPS", summary=f"By hand {number}")
        marked = len(tool.sandbox.jira.issues_by_op())
        later(tool, 900)
        for keep in ("nothing", ".run"):
            lose(tool, keep=keep)
            tool.state.write_bytes(copy.read_bytes())
            later(tool)
            assert (0, []) == (tool.run("sync").code, sent(tool))

        ops = tool.sandbox.jira.issues_by_op()
        assert (True, marked, 1) == (fault.landed > 0, len(ops), max(map(len, ops.values())))


@pytest.mark.parametrize("full", [False, True])
def test_issues_of_another_address_are_not_made_a_second_time_unasked(tmp_path: Path, full: bool) -> None:
    """The site got another address and a new state file: its issues carry our mark, though none fits; 65."""
    with world(tmp_path) as tool:
        moved = tool.environment()["PFJIRA_JIRA_URL"].replace("127.0.0.1", "localhost")
        tool.extra = {"PFJIRA_JIRA_URL": moved, "PFJIRA_STATE": str(tmp_path / "new.db")}
        arguments = ("--full",) if full else ()

        answer = tool.run("sync", *arguments)
        assert (65, [], CLEAN) == (answer.code, sent(tool), standing(tool.sandbox)), answer.err

        wanted = len(matching(tool.sandbox))
        approved = tool.run("sync", "--approve", digest(tool, *arguments), *arguments)
        assert (0, 2 * wanted) == (approved.code, len(tool.sandbox.jira.issues)), approved.err


def test_of_two_issues_with_one_mark_the_older_is_kept(tmp_path: Path) -> None:
    """After a loss the oldest is linked again; the other is labelled, once a person approved, and else left alone."""
    with world(tmp_path) as tool:
        task_id, issue = a_task(tool)
        twin = a_twin(tool, issue)
        lose(tool)
        later(tool)

        first = tool.run("sync")
        assert (65, []) == (first.code, sent(tool)), first.out
        assert (0, [f"jira PUT {twin.id}"]) == (tool.run("sync", "--approve", digest(tool)).code, sent(tool))

        tool.sandbox.jira.act("transition", key=twin.key, to="Done")
        tool.sandbox.peopleforce.edit_task(task_id, title="For the first one")
        later(tool)
        second = tool.run("sync", "--full")
        assert (0, "For the first one") == (second.code, issue.fields["summary"])
        assert twin.fields["summary"] != "For the first one"
        assert not tool.sandbox.peopleforce.tasks[task_id]["completed"]


def test_a_state_put_back_that_agrees_is_as_good_as_new(tmp_path: Path) -> None:
    """The first run looks at everything and finds no difference: the next ones write without asking."""
    with world(tmp_path) as tool:
        copy = keep_copy(tool)
        assert 0 == tool.run("sync").code
        put_back(tool, copy)
        later(tool)
        assert (0, []) == (tool.run("sync").code, sent(tool))
        tool.sandbox.peopleforce.edit_task(a_task(tool)[0], title="Moved on")
        later(tool)

        answer = tool.run("sync")

        assert (0, 1) == (answer.code, len(sent(tool))), answer.err


def test_a_state_put_back_is_looked_at_wholly_until_it_is_approved(tmp_path: Path) -> None:
    """A difference that only a full sweep sees (an edit of a completed task) is in the plan that is approved."""
    with world(tmp_path) as tool:
        task_id, issue = a_task(tool)
        tool.sandbox.peopleforce.complete(task_id)
        assert 0 == tool.run("sync").code
        later(tool)
        copy = keep_copy(tool)
        assert 0 == tool.run("sync").code
        put_back(tool, copy)
        tool.sandbox.peopleforce.edit_task(task_id, title="Edited when done")
        later(tool)

        refused = [tool.run("sync") for _ in range(2)]
        assert ([65, 65], []) == ([answer.code for answer in refused], sent(tool)), refused[1].out
        assert 0 == tool.run("sync", "--approve", digest(tool)).code
        assert "Edited when done" == issue.fields["summary"]


def test_a_forged_run_number_blinds_nobody(tmp_path: Path) -> None:
    """One that no run can have had does not count and calls; a state put back is noticed all the same."""
    with world(tmp_path) as tool:
        forged, other = a_task(tool)[1], a_task(tool, 1)
        forged.properties["pfjira"]["run"] = 900_000_000
        later(tool)
        copy = keep_copy(tool)
        assert (0, []) == (tool.run("sync", "--full").code, sent(tool))
        (alert,) = tool.run("alerts", "list", "--json").json
        assert ("forged mark", forged.key) == (alert["cause"], alert["subject"])

        tool.sandbox.peopleforce.edit_task(other[0], title="Another title")
        assert 0 == tool.run("sync").code
        lose(tool)
        tool.state.write_bytes(copy.read_bytes())
        tool.sandbox.peopleforce.edit_task(other[0], title="A third title")
        later(tool)
        assert (65, 3) == (tool.run("sync").code, other[1].properties["pfjira"]["run"])

        assert 0 == tool.run("sync", "--approve", digest(tool)).code
        forged.properties["pfjira"]["run"] = 1
        assert 0 == tool.run("sync", "--full").code
        assert [] == tool.run("alerts", "list", "--json").json
