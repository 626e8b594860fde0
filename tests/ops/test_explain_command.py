"""`explain` on a small company: which rule did what, why another did not, what is open, and what to try next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import Answer, Tool, company
from small_world import a_new_task, a_task, sent, world

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox

ASK = ('summary: "{{ task.title }}"', 'summary: { value: "{{ task.title }}", own: ask }')
PEOPLE = """version: 1
rules:
  - id: hello
    for: employee
    when: [employee.status == "employed", employee.date_of_birth is none]
    make: issue
    in: { project: HR, type: Task }
    set: { summary: "Hello {{ employee.full_name }}" }
  - id: moved
    for: position
    when: not position.first
    make: comment
    on: welcome
    text: "Moves on {{ position.effective_on }}"
  - id: greeting
    for: employee
    when: employee.status in ["employed", "probation"]
    make: comment
    on: welcome
    text: "Hello {{ employee.full_name }}"
  - id: welcome
    for: employee
    when: employee.status in ["employed", "probation"]
    key: "{{ employee.id }}/{{ employee.episode }}"
    make: issue
    in: { project: HR, type: Task }
    set: { summary: "Welcome {{ employee.full_name }}" }
  - id: tasks
    for: task
    make: nothing
"""


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Tool]:
    """Lend a company in which both sides may edit the title."""
    with world(tmp_path, ASK) as tool:
        yield tool


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Tool]:
    """Lend a company whose rules look at people, positions and tasks; its first sync is done."""
    path = tmp_path / "rules.yaml"
    path.write_text(PEOPLE)
    with Sandbox(company(people=12, tasks=4, completed_tasks=0)) as sandbox:
        tool = Tool(sandbox, tmp_path, path)
        assert 0 == tool.run("sync").code
        sandbox.clock.advance(900)
        sandbox.requests.clear()
        yield tool


def explained(tool: Tool, name: object) -> dict[str, Any]:
    """Return the one story about a name."""
    answer = tool.run("explain", str(name), "--json")
    assert 0 == answer.code, answer.out + answer.err
    (story,) = answer.json["found"]
    return dict(story)


def standing(story: dict[str, Any]) -> dict[str, str]:
    """Return rule to how it stands, of the last look that holds it."""
    return {rule["rule"]: rule["standing"] for look in story["looks"] for rule in look["rules"]}


def test_a_kept_task_is_explained_by_id_by_kind_and_by_issue(small: Tool) -> None:
    """Three names of one thing say the same, name the issue, and nothing is written."""
    task_id, issue = a_task(small)
    stories = [explained(small, name) for name in (task_id, f"task/{task_id}", issue.key, issue.key.lower())]

    assert stories[0] == stories[1] == stories[2] == stories[3]
    assert {"ignore-drafts": "taken", "it-tasks": "applies"} == standing(stories[0])
    assert [(issue.key, "live")] == [(one["issue"], one["state"]) for one in stories[0]["issues"]]
    assert [] == sent(small)


def test_a_task_of_somebody_else_shows_the_value_that_failed(small: Tool) -> None:
    """The condition with its mark, the value that it read, and what to change."""
    tasks = small.sandbox.peopleforce.tasks
    other = next(
        one for one, task in tasks.items()
        if not task["completed"] and not task["assigned_to"]["email"].endswith("@it.example.com")
    )  # fmt: skip

    answer = small.run("explain", str(other))

    assert 0 == answer.code
    assert '✗ task.assigned_to.email is endingwith("@it.example.com")' in answer.out
    assert f"task.assigned_to.email: {tasks[other]['assigned_to']['email']}" in answer.out
    assert f"`pfjira diff --only task/{other}`" in answer.out.splitlines()[-1]


def test_a_draft_is_left_alone_and_takes_the_record_from_later_rules(small: Tool) -> None:
    """`make: nothing` has its line too."""
    task_id = a_new_task(small, "[draft] Not yet")

    answer = small.run("explain", str(task_id))

    assert "leaves it alone on purpose" in answer.out
    assert "it-tasks" + " " * 17 + "taken by ignore-drafts before" in answer.out


def test_what_would_be_done_now_is_the_plan_of_a_sync_for_the_record(small: Tool) -> None:
    """The same changes as `diff --only`, with the command that carries them out."""
    task_id, _ = a_task(small)
    small.sandbox.peopleforce.edit_task(task_id, ends_on="2031-02-03")

    story = explained(small, task_id)

    assert small.run("diff", "--only", str(task_id), "--json").json["changes"] == story["plan"]["changes"]
    assert [f"`pfjira sync --only task/{task_id}` carries out what the plan shows."] == story["next"]


def test_a_conflict_is_told_with_the_command_that_decides_it(small: Tool) -> None:
    """Whether a run has seen it already or not."""
    task_id, issue = a_task(small)
    small.sandbox.peopleforce.edit_task(task_id, title="Moved in HR")
    small.sandbox.jira.act("edit", key=issue.key, field="summary", value="Moved in Jira")
    command = f"`pfjira conflicts resolve {issue.key} summary --take peopleforce|jira` decides the conflict."

    before = explained(small, task_id)
    small.run("sync")
    after = explained(small, task_id)

    assert ([command], [command]) == (before["next"], after["next"])
    assert ([], ["summary"]) == tuple([one["field"] for one in story["conflicts"]] for story in (before, after))


def test_a_rule_that_is_off_says_by_whom_and_why(small: Tool) -> None:
    """And how it is switched on again."""
    task_id, _ = a_task(small)
    small.run("rules", "disable", "it-tasks", "--why", "holiday")

    answer = small.run("explain", str(task_id))

    assert "off: disabled by" in answer.out
    assert "holiday" in answer.out
    assert "`pfjira rules enable it-tasks`" in answer.out


def test_a_shadow_rule_says_that_it_only_shows(tmp_path: Path) -> None:
    """What it would do is shown, and how it is let loose."""
    with world(tmp_path, ("    make: issue\n", "    make: issue\n    shadow: true\n"), sync=False) as tool:
        task_id, out = next(iter(tool.sandbox.peopleforce.tasks)), ""
        for task_id, task in tool.sandbox.peopleforce.tasks.items():
            if task["assigned_to"]["email"].endswith("@it.example.com") and not task["completed"]:
                out = tool.run("explain", str(task_id)).out
                break

    assert "only shown (shadow: true)" in out
    assert "shadow: create" in out
    assert "Take `shadow: true` from the rule" in out


def test_a_refused_write_and_a_parked_creation_are_told(small: Tool) -> None:
    """The dead letter with its reason; the creation of open outcome with its stage."""
    task_id, issue = a_task(small)
    small.sandbox.faults.add(Fault("status_before", "jira", "PUT", f"/issue/{issue.id}$", status=400, times=None))
    small.sandbox.peopleforce.edit_task(task_id, ends_on="2031-02-03")
    lost = a_new_task(small, "Its answer is lost")
    small.sandbox.faults.add(Fault("drop_before", "jira", "POST", "/issue(/bulk)?$", times=None))
    small.run("sync")

    refused, parked = explained(small, task_id), explained(small, lost)

    assert ["update"] == [one["action"] for one in refused["dead_letters"]]
    assert f"Mend what was refused, then `pfjira replay task/{task_id}`." in refused["next"]
    assert [("create", True)] == [
        (one["action"], one["stage"] in ("unknown", "parked", "intent")) for one in parked["open"]
    ]


def test_a_record_that_is_gone_is_told_from_the_state(small: Tool) -> None:
    """PeopleForce does not show it any more: what is kept for it is told, exit 0."""
    task_id, issue = a_task(small)
    small.sandbox.peopleforce.remove_task(task_id)

    story = explained(small, issue.key)

    assert (False, [issue.key]) == (story["shown"], [one["issue"] for one in story["issues"]])
    assert "`pfjira sync --full`" in story["next"][0]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("somebody@example.com", "No rule is for people themselves"),
        ("OPS-1", "pfjira keeps no issue OPS-1"),
        ("99999999", "there is no record 99999999"),
        ("leave/6001", "No rule looks at records of the kind leave"),
        ("task/abc", "abc is no id"),
        ("abc", "abc is neither an id nor the key of an issue"),
    ],
)
def test_a_name_that_means_nothing_is_said_so(small: Tool, name: str, said: str) -> None:
    """Exit 78, one sentence, and what the command takes; as JSON too."""
    plain, document = small.run("explain", name), small.run("explain", name, "--json")

    assert (78, 78, True, True) == (plain.code, document.code, said in plain.err, said in document.json["error"])
    assert 1 == len(plain.complaints)


def test_a_person_is_seen_by_every_kind_of_rule_and_by_each_position(people: Tool) -> None:
    """One look as an employee, one for each dated row; the employment is counted; a birth date is never shown."""
    person = next(iter(people.sandbox.peopleforce.employees.by_id))

    story = explained(people, f"employee/{person}")
    out = people.run("explain", f"employee/{person}").out

    labels = [look["label"] for look in story["looks"]]
    assert ("", True) == (labels[0], len(labels) > 1 and labels[1].startswith("position "))
    assert {"number": 1, "ended": False} == story["episode"]
    reads = [
        read for look in story["looks"] for rule in look["rules"] for part in rule["when"] for read in part["reads"]
    ]
    hidden = [read for read in reads if read["name"] == "employee.date_of_birth"]
    assert [(None, True)] == [(read["value"], read["hidden"]) for read in hidden]
    assert "employee.date_of_birth: (not shown)" in out


def test_an_id_that_a_person_and_a_task_share_tells_both(people: Tool) -> None:
    """Employees and tasks are counted apart: both are meant."""
    task_id = next(iter(people.sandbox.peopleforce.tasks))
    person = next(iter(people.sandbox.peopleforce.employees.by_id))
    people.sandbox.peopleforce._tasks.add({**people.sandbox.peopleforce.tasks[task_id], "id": person})

    answer: Answer = people.run("explain", str(person), "--json")

    assert [f"employee/{person}", f"task/{person}"] == [story["record"] for story in answer.json["found"]]


def test_a_person_is_found_by_the_address_and_the_address_is_written_nowhere(people: Tool) -> None:
    """Whatever the case of its letters: the same as by id. Neither state nor log hold it."""
    person, row = next(iter(people.sandbox.peopleforce.employees.by_id.items()))
    email = str(row.email)

    assert explained(people, f"employee/{person}") == explained(people, email.upper())
    nobody = people.run("explain", "nobody@nowhere.example")
    assert (78, True) == (nobody.code, "shows nobody with this e-mail address" in nobody.err)
    kept = "".join(path.read_text(errors="replace") for path in people.folder.rglob("*") if path.is_file())
    assert not [text for text in (email, email.upper(), "nowhere.example") if text in kept]


def test_a_deed_says_when_it_was_done(people: Tool) -> None:
    """What a rule did once is told with its moment."""
    person = next(iter(people.sandbox.peopleforce.employees.by_id))
    assert 0 == people.run("sync", "--only", f"employee/{person}").code

    (done,) = explained(people, f"employee/{person}")["done"]
    (issue,) = explained(people, f"employee/{person}")["issues"]

    assert ("greeting", True, False) == (done["rule"], done["at"].startswith("20"), done["removed"])
    assert "welcome" == issue["rule"]


def test_without_a_state_it_explains_as_for_a_first_run(tmp_path: Path) -> None:
    """Nothing was synced yet: conditions and plan are told, and no state file appears."""
    with world(tmp_path, sync=False) as tool:
        task_id = next(iter(tool.sandbox.peopleforce.tasks))
        answer = tool.run("explain", str(task_id))

        assert (0, False) == (answer.code, tool.state.exists()), answer.err
