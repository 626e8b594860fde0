"""Another program that undoes every write does not make pfjira write for ever."""

from __future__ import annotations

from pathlib import Path

from small_world import a_task, later, sent, world
from tally import Tally

ROUNDS = 30
PAUSE_S = 180
HOUR = 3600 // PAUSE_S
"""Rounds in an hour."""
BUDGET = 6


def test_an_adversarial_program_gets_six_writes_an_hour(tmp_path: Path, tally: Tally) -> None:
    """Thirty rounds, each undone at once: never more than six writes within an hour, then parked, said, and alerted.

    Others are written all the same. When the hour is over it is tried again, though Jira tells of no move any more by
    then; when nobody undoes it, all is well, and the alert is over.
    """
    with world(tmp_path) as tool:
        _, issue = a_task(tool)
        _, other = a_task(tool, 1)
        wanted = issue.fields["summary"]
        written, codes = [], []
        for number in range(ROUNDS):
            tool.sandbox.jira.act("edit", key=issue.key, field="summary", value=f"Undone {number}")
            if number == HOUR - 1:
                tool.sandbox.jira.act("edit", key=other.key, field="summary", value="A person's own")
            tool.sandbox.requests.clear()
            answer = tool.run("sync")
            codes.append(answer.code)
            mine = [line for line in sent(tool) if line.endswith(f"PUT {issue.id}")]
            written.append(len(mine))
            if number == HOUR - 1:
                parked, plan = answer, tool.run("diff", "--json").json
            tool.sandbox.clock.advance(PAUSE_S)

        most = max(sum(written[start : start + HOUR]) for start in range(ROUNDS - HOUR + 1))
        assert (BUDGET, 2 * BUDGET) == (most, sum(written))
        assert {0, 1} == set(codes)
        assert ["A person's own" != other.fields["summary"], 1] == [True, parked.code]
        said = f"{issue.key}: 6 writes in an hour, somebody else keeps changing summary"
        assert said in parked.out
        assert [(issue.key, ["summary"], BUDGET)] == [
            (one["issue"], one["fields"], one["writes"]) for one in plan["contested"]
        ]
        assert f"{issue.key} is parked: 6 writes in an hour" in tool.run("status").out
        assert "Undone" not in tool.run("status", "--json").out
        tally.add("D5", planned=ROUNDS, landed=ROUNDS)

        quiet: list[int] = []
        while 0 not in quiet and len(quiet) < 12:
            quiet.append(tool.run("sync").code)
            later(tool, 300)
        assert (True, wanted) == (6 <= len(quiet) < 10, issue.fields["summary"])
        assert [] == tool.run("status", "--json").json["alerts"]
