"""The switch that stops all writing: seen by a running sync of another process, by every later one, and by people."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from harness import CLEAN, Tool, company, matching, standing, writes
from small_world import a_task, later, sent, world
from tally import Tally

from pfjira.cli import pausing
from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox
from pfjira.state.store import Store

CREW = 8
SLOW = {
    "creating": (Fault("delay", "jira", "POST", "/issue$", times=None, delay_s=0.2), 1),
    "updating": (Fault("delay", "jira", "PUT", times=None, delay_s=0.6), CREW),
}


@pytest.mark.parametrize("name", ["updating", pytest.param("creating", marks=pytest.mark.long)])
def test_row_40_a_pause_stops_a_running_sync_within_one_effect(tmp_path: Path, name: str, tally: Tally) -> None:
    """What is under way at that moment is answered and settled; nothing follows it, and after `resume` all is done."""
    fault, in_flight = SLOW[name]
    with Sandbox(company(people=20, tasks=24)) as sandbox:
        tool = Tool(sandbox, tmp_path, extra={"PFJIRA_JIRA_BULK": "1"})
        if name == "updating":
            tool.run("sync")
            for task_id in list(matching(sandbox))[:17]:
                sandbox.peopleforce.edit_task(task_id, title=f"Renamed {task_id}")
        sandbox.faults.add(fault)
        sandbox.requests.clear()
        process = tool.start("sync")
        deadline = time.monotonic() + 60
        while fault.seen < 2 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        said = tool.run("pause", "--because", "the auditors are here")
        paused_at = sandbox.clock.now()
        _, err = process.communicate(timeout=60)
        after = [entry for entry in writes(sandbox.requests) if entry.at > paused_at]
        sandbox.faults.clear()

        assert (0, 75) == (said.code, process.returncode), err
        assert len(after) <= in_flight
        assert "pfjira: Paused by " in err
        assert "the auditors are here" in err
        assert "`pfjira resume`" in err
        before = len(writes(sandbox.requests))
        assert (75, before) == (tool.run("sync").code, len(writes(sandbox.requests)))
        assert 0 == tool.run("resume").code
        assert (0, CLEAN) == (tool.settle().code, standing(sandbox))
        effects = [entry for entry in writes(sandbox.requests) if entry.method == "PUT" and entry.status == 204]
        assert name == "creating" or 17 == len(effects)
    tally.add("40", planned=1, landed=1, doubled=len(after) > in_flight)


def test_row_40_a_sync_that_begins_while_paused_only_looks(tool: Tool) -> None:
    """It says how many changes wait and for whom; whoever only looks goes on; both acts are in the audit."""
    task_id = next(iter(matching(tool.sandbox)))
    tool.sandbox.peopleforce.edit_task(task_id, title="Another title")
    tool.run("pause", "--because", "moving house")
    began = tool.run("sync")
    looks = [tool.run(*words.split()).code for words in ("diff", "people list", "conflicts list", f"explain {task_id}")]
    status, again = tool.run("status", "--json"), tool.run("pause", "--json")
    written = writes(tool.sandbox.requests)
    lifted = tool.run("resume", "--json")

    assert (75, []) == (began.code, written)
    assert "1 change waits, and nothing was written" in began.err
    assert [1, 0, 0, 0] == looks
    assert (1, "warning", "moving house") == (status.code, status.json["verdict"], status.json["paused"]["why"])
    assert (False, True, 0) == (again.json["changed"], lifted.json["changed"], tool.run("sync").code)
    with Store.open(tool.state, read_only=True) as store:
        acts = store.rows("SELECT act, subject FROM audit WHERE act IN ('pause', 'resume') ORDER BY number")
    assert [("pause", "moving house"), ("resume", "")] == acts
    assert (None, 0) == (tool.run("status", "--json").json["paused"], tool.run("resume").code)


def test_a_pause_counts_though_the_state_is_busy(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    """The switch waits for nobody; that the audit lacks it is said."""
    monkeypatch.setattr(pausing, "PATIENCE_MS", 20)
    with Store.open(tool.state) as busy, busy.write():
        answer = tool.run("pause")
        assert (0, True) == (answer.code, "not in the audit" in answer.err)

    assert 75 == tool.run("sync").code


def test_a_switch_that_cannot_be_read_is_on(tool: Tool) -> None:
    """Its being there is what counts, whatever became of its words."""
    for text in ("", "{", "[]", json.dumps({"who": None, "why": 5})):
        Path(f"{tool.state}.paused").write_text(text)

        assert 1 == tool.run("status").code, text
    assert (75, 0, 0) == (tool.run("sync").code, tool.run("resume").code, tool.run("sync").code)


def test_row_40_a_decision_made_while_paused_is_kept_for_later(tmp_path: Path) -> None:
    """`conflicts resolve` writes to neither system, says that the choice is kept; the next run carries it out."""
    ask = ('summary: "{{ task.title }}"', 'summary: { value: "{{ task.title }}", own: ask }')
    with world(tmp_path, ask) as tool:
        task_id, issue = a_task(tool)
        tool.sandbox.peopleforce.edit_task(task_id, title="Moved in HR")
        tool.sandbox.jira.act("edit", key=issue.key, field="summary", value="Moved in Jira")
        tool.run("sync")
        later(tool)
        tool.run("pause")
        answer = tool.run("conflicts", "resolve", issue.key, "summary", "--take", "peopleforce")

        assert (75, [], "Moved in Jira") == (answer.code, sent(tool), issue.fields["summary"])
        assert "What you chose is remembered." in answer.err
        tool.run("resume")
        assert (0, "Moved in HR") == (tool.run("sync").code, issue.fields["summary"])
