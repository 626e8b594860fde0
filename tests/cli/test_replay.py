"""`replay`: what was refused is planned anew and carried out, what was deleted is made once more, and only then."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from harness import CLEAN, Tool, issue_of, standing, unique_tasks
from small_world import TICKETS, a_task, later, sent, world

from pfjira.sandbox.faults import Fault
from pfjira.state.store import Store

TOO_LONG = "x" * 300
TWO_FIELDS = (
    "      duedate:",
    '      customfield_10050: "{{ task.title }}"\n      customfield_10053: "{{ task.title }}"\n      duedate:',
)
"""A text field of 255 characters, and one that takes numbers only."""
FEW = ("  update: { max: 50, percent: 20 }\n", "  update: { max: 1, percent: 0 }\n")
NEXT = "when the record or the rules change, else at the next full sweep"
PEOPLE = """
version: 1
rules:
  - id: joiner
    for: employee
    when: employee.status == "employed"
    make: issue
    in: { project: HR, type: Task }
    set: { summary: "{{ employee.full_name }}" }
"""


def refuse(tool: Tool, *numbers: int) -> list[int]:
    """Let Jira refuse edits of the issues of some tasks, have each tried once, and return the tasks."""
    tasks = [a_task(tool, number)[0] for number in numbers]
    for task_id in tasks:
        issue = issue_of(tool.sandbox, task_id)
        tool.sandbox.faults.add(Fault("status_before", "jira", "PUT", f"/issue/{issue.id}$", status=400, times=None))
        tool.sandbox.peopleforce.edit_task(task_id, ends_on="2031-02-03")
        assert 1 == tool.run("sync").code
    tool.sandbox.faults.clear()
    later(tool)
    return tasks


def listed(tool: Tool, *more: str) -> Any:
    """Return the list of letters as data."""
    answer = tool.run("replay", "--list", "--json", *more)
    assert 0 == answer.code, answer.err
    return answer.json


def audit(tool: Tool) -> list[tuple[str, str]]:
    """Return which replays were noted: act and subject."""
    with Store.open(tool.state, read_only=True) as store:
        return [
            (act, subject) for act, subject in store.rows("SELECT act, subject FROM audit WHERE act LIKE 'replay%'")
        ]


def test_letters_are_planned_anew_and_carried_out(tmp_path: Path) -> None:
    """`--list` tells cause, attempts and the next attempt; `--diff` shows today's plan; then it is done, and noted."""
    with world(tmp_path) as tool:
        first, second = refuse(tool, 0, 1)
        (cause,) = listed(tool)["causes"]
        assert ("it-tasks", "update", 400, 2) == tuple(cause[name] for name in ("rule", "action", "status", "count"))
        assert [(1, f"peopleforce/task/{first}", 1, NEXT), (2, f"peopleforce/task/{second}", 1, NEXT)] == [
            (one["number"], one["ref"], one["attempts"], one["next"]) for one in cause["letters"]
        ]
        assert (1, []) == (tool.run("sync").code, sent(tool))
        tool.sandbox.peopleforce.edit_task(first, ends_on="2031-05-06")

        shown = tool.run("replay", "1", "--diff", "--json")
        assert (1, [["2031-05-06"]], []) == (
            shown.code,
            [[field["after"] for field in change["fields"]] for change in shown.json["changes"]],
            sent(tool),
        )
        one = tool.run("replay", "1")
        assert (1, 1) == (one.code, len(sent(tool))), one.out
        rest = tool.run("replay", "--rule", "it-tasks", "--since", "2d", "--json")

        assert (0, [2], 2) == (rest.code, rest.json["letters"], len(sent(tool))), rest.out
        assert [("replay", "1"), ("replay", "2")] == audit(tool)
        assert 0 == listed(tool)["count"]
        assert [(2, "it was done"), (1, "it was done")] == [
            (one["number"], one["why"]) for one in listed(tool, "--cleared")["cleared"]
        ]
        assert (0, "There is no such dead letter; nothing was done.\n") == (
            (again := tool.run("replay", "--all")).code,
            again.out,
        )
        assert (78, True) == ((over := tool.run("replay", "1")).code, "was cleared on" in over.err)


def test_each_refused_field_is_a_letter_of_its_own(tmp_path: Path) -> None:
    """Two fields of one record are two causes; the one that is mended says so, and the other goes on counting."""
    with world(tmp_path, TWO_FIELDS, sync=False) as tool:
        task_id = unique_tasks(tool.sandbox)[0]
        for number, known in enumerate(unique_tasks(tool.sandbox, regular=False)):
            tool.sandbox.peopleforce.edit_task(known, title=str(number))
        tool.sandbox.peopleforce.edit_task(task_id, title=TOO_LONG)
        assert 1 == tool.run("sync", "--only", f"task/{task_id}").code
        both = {one["field"]: [letter["attempts"] for letter in one["letters"]] for one in listed(tool)["causes"]}
        tool.sandbox.peopleforce.edit_task(task_id, title="No number")

        mended = tool.run("replay", f"task/{task_id}")

        assert {"customfield_10050": [1], "customfield_10053": [1]} == both
        assert 1 == mended.code
        left = [(one["field"], one["letters"][0]["attempts"]) for one in listed(tool)["causes"]]
        over = [(one["field"], one["why"]) for one in listed(tool, "--cleared")["cleared"]]
        assert [("customfield_10053", 2)] == left
        assert [("customfield_10050", "it is refused for another reason now")] == over
        (said,) = [line for line in tool.run("status").out.splitlines() if "dead letter  " in line]
        assert "customfield_10053" in said


def test_row_37_one_bad_record_is_a_letter_until_it_is_mended(tmp_path: Path) -> None:
    """Everybody else's issue is made; mended on Jira's side, replay alone brings the last one in."""
    with world(tmp_path, sync=False) as tool:
        tool.sandbox.faults.add(Fault("status_before", "jira", "POST", "/issue$", status=400))

        first = tool.run("sync", PFJIRA_JIRA_BULK="1")
        lacking = standing(tool.sandbox)["lost"]
        done = tool.run("replay", "--all")

        assert (1, 1) == (first.code, lacking)
        assert (0, CLEAN, 0) == (done.code, standing(tool.sandbox), listed(tool)["count"]), done.out


def test_a_success_whose_answer_was_lost_clears_its_letter_too(tmp_path: Path) -> None:
    """The issue is found again by its mark, and the letter about its creation is over."""
    with world(tmp_path, sync=False) as tool:
        tool.sandbox.faults.add(Fault("status_before", "jira", "POST", "/issue$", status=400))
        tool.run("sync", PFJIRA_JIRA_BULK="1")
        lost = tool.sandbox.faults.add(Fault("drop_after", "jira", "POST", "/issue$"))

        tool.run("replay", "--all")
        settled = tool.settle()

        assert (1, 0, CLEAN, 0) == (lost.landed, settled.code, standing(tool.sandbox), listed(tool)["count"])


def test_a_guard_stops_a_replay_too(tmp_path: Path) -> None:
    """65 with the command that approves exactly this, nothing written; with the digest it is done; both are noted."""
    with world(tmp_path, FEW) as tool:
        refuse(tool, 0, 1)

        refused = tool.run("replay", "--all", "--json")
        approval = f"  pfjira replay --all --json --approve {refused.json['digest']}"
        assert (65, True, []) == (refused.code, approval in refused.err, sent(tool))
        done = tool.run("replay", "--all", "--approve", refused.json["digest"])

        assert (0, 2) == (done.code, len(sent(tool))), done.out
        assert [("replay refused", "1 2"), ("replay", "1 2")] == audit(tool)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say --all, --rule RULE or --since WHEN"),
        (("1", "--all"), "leave out --all"),
        (("--list", "1"), "names nothing to be done"),
        (("--all", "--cleared"), "goes with --list"),
        (("--since", "yesterday"), "30min"),
        (("--rule", "it-task"), "did you mean 'it-tasks'?"),
        (("--recreate",), "issue keys or KIND/ID"),
        (("--recreate", "ITOPS-1"), "say --yes"),
    ],
)
def test_what_cannot_be_meant_is_a_wrong_command_line(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """Exit 2 with what to say instead; nothing is opened."""
    with world(tmp_path, sync=False) as tool:
        answer = tool.run("replay", *arguments)

        assert (2, True, False) == (answer.code, said in answer.err, tool.state.exists()), answer.err


def test_a_letter_goes_with_its_record_only_when_that_is_gone_for_certain(tmp_path: Path) -> None:
    """404 for everybody proves nothing; 404 while others are seen does, and the history says so."""
    with world(tmp_path, sync=False) as tool:
        tool.rules = tmp_path / "people.yaml"
        tool.rules.write_text(PEOPLE)
        tool.sandbox.faults.add(Fault("status_before", "jira", "POST", "/issue$", status=400))
        assert 1 == tool.run("sync", PFJIRA_JIRA_BULK="1").code
        number = listed(tool)["causes"][0]["letters"][0]["ref"].rpartition("/")[2]
        nobody = tool.sandbox.faults.add(
            Fault("status_before", "peopleforce", path=r"/employees/\d+", status=404, times=None)
        )

        unsure = tool.run("replay", "--all", "--json")
        assert (1, [f"peopleforce/employee/{number}"], 1) == (
            unsure.code,
            unsure.json["not_found"],
            listed(tool)["count"],
        )
        assert nobody.landed > 1
        tool.sandbox.faults.clear()
        tool.sandbox.faults.add(
            Fault("status_before", "peopleforce", path=f"/employees/{number}$", status=404, times=None)
        )
        sure = tool.run("replay", "--all", "--json")

        assert (0, [f"peopleforce/employee/{number}"]) == (sure.code, sure.json["gone"]), sure.out
        assert ["the record is gone"] == [one["why"] for one in listed(tool, "--cleared")["cleared"]]


def test_a_delivery_is_replayed_until_it_was_worked_off(tmp_path: Path) -> None:
    """A refused one is planned anew; one that was worked off is erased, and the tool says so."""
    with world(tmp_path, sync=False) as tool:
        tool.rules = tmp_path / "hooks.yaml"
        tool.rules.write_text(TICKETS)
        event = tmp_path / "event.json"
        event.write_text(json.dumps({"id": "T-7", "title": "Printer"}))
        tool.run("deliver", "desk", str(event))
        tool.sandbox.faults.add(Fault("status_before", "jira", "POST", "/issue$", status=400))
        assert 1 == tool.run("sync").code

        shown, done = tool.run("replay", "hook.desk/T-7", "--diff"), tool.run("replay", "hook.desk/T-7")
        over = tool.run("replay", "hook.desk/T-7")

        assert (1, 0, 1) == (shown.code, done.code, len(tool.sandbox.jira.issues)), done.out
        assert (78, True) == (over.code, "what it held is erased" in over.err)
