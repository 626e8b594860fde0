"""Issues that people deleted: made once more when somebody asks, once, and never otherwise."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest
from harness import CLEAN, Tool, issue_of, standing, unique_tasks
from small_world import a_task, a_twin, digest, keep_copy, later, lose, put_back, sent, world

from pfjira.sandbox.faults import Fault
from pfjira.state.store import Store

FAMILY = """
version: 1
rules:
  - id: parent
    for: task
    when: task.id == TASK
    make: issue
    in: { project: HR, type: Task }
    set: { summary: Parent }
    children:
      - { key: sub, in: { project: HR }, set: { summary: Sub } }
      - { key: far, in: { project: ITOPS, type: Task }, set: { summary: Far } }
      - { key: near, in: { project: ITOPS, type: Task }, set: { summary: Near } }
"""


def deleted(tool: Tool) -> tuple[int, str]:
    """Let somebody delete an issue, have a run notice it, and return task and key."""
    task_id, issue = a_task(tool)
    tool.sandbox.jira.act("delete", key=issue.key)
    assert 1 == tool.run("sync", "--full").code
    later(tool)
    return task_id, issue.key


class Terminal(io.StringIO):
    """A terminal at which somebody has typed an answer."""

    def isatty(self) -> bool:
        """Say that there is a person."""
        return True


def test_row_15_a_deleted_issue_is_made_once_more_only_when_somebody_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No sweep and no edit makes it again; `--recreate` does, once; a lost state then adopts the new one."""
    with world(tmp_path) as tool:
        kept = a_task(tool, 1)[1].key
        task_id, key = deleted(tool)
        tool.sandbox.peopleforce.edit_task(task_id, ends_on="2031-02-03")
        codes = [tool.run("sync", *more).code for more in ((), ("--full",))]
        assert ([], 1) == (sent(tool), standing(tool.sandbox)["lost"]), codes
        for name, said in ((kept, "still shows"), ("ITOPS-999", "never kept")):
            refused = tool.run("replay", "--recreate", name, "--yes")
            assert (78, True, []) == (refused.code, said in refused.err, sent(tool)), refused.err

        shown = tool.run("replay", "--recreate", key, "--diff", "--json")
        assert (1, ["create"], []) == (shown.code, [one["action"] for one in shown.json["changes"]], sent(tool))
        monkeypatch.setattr("sys.stdin", Terminal("no\n"))
        assert (1, []) == (tool.run("replay", "--recreate", key).code, sent(tool))
        monkeypatch.setattr("sys.stdin", Terminal("yes\n"))
        made = tool.run("replay", "--recreate", key, "--json")
        new = issue_of(tool.sandbox, task_id).key
        assert (0, [{"was": key, "issue": new}]) == (made.code, made.json["recreated"]), made.out
        with Store.open(tool.state, read_only=True) as store:
            acts = store.rows("SELECT DISTINCT act FROM audit WHERE act LIKE 'replay%' ORDER BY act")
        assert [("replay",), ("replay --recreate",)] == acts
        later(tool)
        assert ([0, 0], []) == ([tool.run("sync").code, tool.run("sync", "--full").code], sent(tool))
        lose(tool)

        again = tool.run("sync", "--approve", digest(tool)) if tool.run("sync").code == 65 else tool.run("sync")

        assert (0, CLEAN, []) == (again.code, standing(tool.sandbox), sent(tool)), again.out
        follow = tool.run("replay", "--recreate", new, "--yes")
        assert (78, True) == (follow.code, "still shows" in follow.err)


def test_a_family_is_made_again_as_far_as_it_is_gone(tmp_path: Path) -> None:
    """With the parent come its deleted children, and the child that stayed is linked to the new parent."""
    with world(tmp_path, sync=False) as tool:
        tool.rules = tmp_path / "family.yaml"
        tool.rules.write_text(FAMILY.replace("TASK", str(unique_tasks(tool.sandbox)[0])))
        for project in ("HR", "ITOPS"):
            tool.sandbox.jira.act("create", project=project, summary="By hand")
        assert 0 == tool.run("sync").code
        keys = {str(issue.fields["summary"]): issue.key for issue in tool.sandbox.jira.issues.values()}
        for name in ("Sub", "Far", "Parent"):
            tool.sandbox.jira.act("delete", key=keys[name])
        assert 1 == tool.run("sync", "--full").code
        alone = tool.run("replay", "--recreate", keys["Far"], "--yes")
        later(tool)

        made = tool.run("replay", "--recreate", keys["Parent"], "--yes")
        assert (1, 0) == (alone.code, made.code), made.out
        later(tool)
        assert (0, ["jira POST issueLink"]) == (tool.run("sync").code, sent(tool))
        later(tool)

        assert (0, []) == (tool.run("sync", "--full").code, sent(tool))
        now = sorted(str(issue.fields["summary"]) for issue in tool.sandbox.jira.issues.values())
        assert ["By hand", "By hand", "Far", "Near", "Parent", "Sub"] == now


def test_of_an_issue_that_was_made_again_the_newest_is_adopted(tmp_path: Path) -> None:
    """The state is lost, and the deleted one is back: the new one is kept, the old one told as a double."""
    with world(tmp_path) as tool:
        old = a_task(tool)[1]
        task_id, key = deleted(tool)
        assert 0 == tool.run("replay", "--recreate", key, "--yes").code
        new = issue_of(tool.sandbox, task_id)
        back = a_twin(tool, old)
        lose(tool)
        later(tool)

        assert (65, []) == (tool.run("sync").code, sent(tool))
        assert 0 == tool.run("sync", "--approve", digest(tool)).code
        with Store.open(tool.state, read_only=True) as store:
            kept = store.rows("SELECT issue_key, generation FROM links WHERE id = ?", (str(task_id),))

        assert ([(new.key, 1)], "pfjira-duplicate" in back.fields["labels"]) == (kept, True)
        assert "pfjira-duplicate" not in new.fields["labels"]


@pytest.mark.parametrize("trouble", ["refused", "lost", "killed"])
def test_a_replay_that_dies_between_is_finished_by_an_ordinary_sync(tmp_path: Path, trouble: str) -> None:
    """After the generation rose and before the answer came: the next runs make the issue, or find it; never two."""
    faults = {
        "refused": Fault("status_before", "jira", "POST", "/issue$", status=503, times=None),
        "lost": Fault("drop_after", "jira", "POST", "/issue$"),
        "killed": Fault("delay", "jira", "POST", "/issue$", delay_s=60),
    }
    with world(tmp_path) as tool:
        _, key = deleted(tool)
        fault = tool.sandbox.faults.add(faults[trouble])
        if trouble == "killed":
            process = tool.start("replay", "--recreate", key, "--yes")
            until = time.monotonic() + 30
            while not fault.landed and process.poll() is None and time.monotonic() < until:
                time.sleep(0.01)
            process.kill()
            process.communicate()
        else:
            tool.run("replay", "--recreate", key, "--yes")
        assert 0 < fault.landed
        tool.sandbox.faults.clear()

        settled = tool.settle()

        assert (0, CLEAN) == (settled.code, standing(tool.sandbox)), settled.out
        with Store.open(tool.state, read_only=True) as store:
            assert [(1, 0)] == store.rows("SELECT generation, again FROM links WHERE generation > 0")


def test_an_issue_whose_record_wants_none_is_not_made_again(tmp_path: Path) -> None:
    """The task is done meanwhile: nothing is created, and the answer says so with exit 1."""
    with world(tmp_path) as tool:
        task_id, key = deleted(tool)
        tool.sandbox.peopleforce.complete(task_id)

        answer = tool.run("replay", "--recreate", key, "--yes", "--json")

        assert (1, [], [{"was": key, "issue": None}]) == (answer.code, sent(tool), answer.json["recreated"]), answer.out


def test_a_state_from_before_knows_the_new_issue_by_its_mark(tmp_path: Path) -> None:
    """The backup is older than the replay: the new issue is linked, and nothing is made or written."""
    with world(tmp_path) as tool:
        task_id, key = deleted(tool)
        copy = keep_copy(tool)
        assert 0 == tool.run("replay", "--recreate", key, "--yes").code
        put_back(tool, copy)
        later(tool)

        tool.run("sync")
        with Store.open(tool.state, read_only=True) as store:
            kept = store.rows("SELECT issue_key, state, generation FROM links WHERE id = ?", (str(task_id),))

        assert ([(issue_of(tool.sandbox, task_id).key, "live", 1)], [], CLEAN) == (
            kept,
            sent(tool),
            standing(tool.sandbox),
        )
