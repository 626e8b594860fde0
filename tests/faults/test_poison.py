"""One task that Jira refuses must not keep the others, and must not be tried again until something about it changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from harness import CLEAN, RULES, Tool, company, matching, standing, writes
from tally import Tally

from pfjira.sandbox.server import Sandbox

TOO_LONG = "x" * 300
"""A text field of Jira holds 255 characters; summaries are cut by us, other fields are refused by Jira."""
WANTED = 200


@pytest.fixture
def poisoned(tmp_path: Path) -> Iterator[Tool]:
    """200 tasks that want an issue, one of which Jira refuses."""
    rules = tmp_path / "rules.yaml"
    line = '      customfield_10050: "{{ task.title }}"\n'
    rules.write_text(RULES.read_text().replace("      duedate:", line + "      duedate:"))
    with Sandbox(company(people=60, tasks=235)) as sandbox:
        tasks = list(matching(sandbox))
        for task_id in tasks[WANTED:]:
            sandbox.peopleforce.remove_task(task_id)
        sandbox.peopleforce.edit_task(tasks[117], title=TOO_LONG)
        yield Tool(sandbox, tmp_path, rules)


def the_poison(tool: Tool) -> int:
    """Return the id of the refused task."""
    (found,) = [task_id for task_id, task in matching(tool.sandbox).items() if task["title"] == TOO_LONG]
    return found


@pytest.mark.parametrize("bulk", ["50", "1"])
def test_row_37_one_refused_task_is_one_dead_letter(poisoned: Tool, bulk: str, tally: Tally) -> None:
    """199 issues are made; the letter names task, field and Jira's reason; exit 1."""
    answer = poisoned.run("sync", PFJIRA_JIRA_BULK=bulk)

    assert (WANTED, 1, 199) == (len(matching(poisoned.sandbox)), answer.code, len(poisoned.sandbox.jira.issues))
    assert "199 issues created" in answer.out
    (line,) = [line for line in answer.out.splitlines() if line.startswith("refused")]
    assert f"task {the_poison(poisoned)}" in line
    assert "255 characters" in line
    assert TOO_LONG not in answer.out + answer.err
    made = len(poisoned.sandbox.jira.issues)
    tally.add("D6", "37", planned=1, landed=1, lost=WANTED - 1 - made, doubled=standing(poisoned.sandbox)["doubled"])


def test_row_37_a_dead_letter_is_not_sent_again(poisoned: Tool) -> None:
    """The second run writes nothing and still says, by exit 1, that somebody should look; so does status."""
    poisoned.run("sync")
    poisoned.sandbox.requests.clear()

    answer = poisoned.run("sync")
    status = poisoned.run("status", "--json")

    assert (1, [], 1) == (answer.code, writes(poisoned.sandbox.requests), status.code)
    (letter,) = status.json["dead_letters"]
    assert (f"peopleforce/task/{the_poison(poisoned)}", "create", 1) == (
        letter["ref"],
        letter["action"],
        letter["attempts"],
    )


@pytest.mark.parametrize("by_name", [False, True])
def test_who_asks_for_it_gets_a_dead_letter_tried_again(poisoned: Tool, by_name: bool) -> None:
    """`--full`, and `--only` with the task's id, ask Jira again, once, and keep one letter."""
    poisoned.run("sync")
    poisoned.sandbox.requests.clear()

    answer = poisoned.run("sync", *(("--only", str(the_poison(poisoned))) if by_name else ("--full",)))

    creations = [entry for entry in writes(poisoned.sandbox.requests) if entry.path.endswith("/issue")]
    (letter,) = poisoned.run("status", "--json").json["dead_letters"]
    assert (1, 1, 2) == (answer.code, len(creations), letter["attempts"])


def test_a_mended_task_clears_its_letter(poisoned: Tool) -> None:
    """Once the title is shorter in PeopleForce, the issue is made, the letter goes, and the exit code is 0."""
    poisoned.run("sync")
    poisoned.sandbox.peopleforce.edit_task(the_poison(poisoned), title="Short enough")

    answer = poisoned.run("sync")

    assert (0, CLEAN) == (answer.code, standing(poisoned.sandbox)), answer.out
    assert [] == poisoned.run("status", "--json").json["dead_letters"]


def test_a_removed_task_takes_its_letter_along(poisoned: Tool) -> None:
    """A refused task that is deleted in PeopleForce is nobody's business any more after a full sweep."""
    poisoned.run("sync")
    poisoned.sandbox.peopleforce.remove_task(the_poison(poisoned))

    answer = poisoned.run("sync", "--full")

    assert (0, CLEAN) == (answer.code, standing(poisoned.sandbox)), answer.out
