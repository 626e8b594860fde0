"""Deliveries that no rule reads any more: said, kept a while for a rule that comes back, and then erased."""

from __future__ import annotations

from pathlib import Path

from small_world import TICKETS, world

from pfjira.state import deliveries, listings
from pfjira.state.store import Store

OTHER = """
version: 1
rules:
  - { id: tasks, for: task, make: nothing }
"""


def test_what_no_rule_reads_ends_visibly_and_is_taken_when_a_rule_comes_back_in_time(tmp_path: Path) -> None:
    """It counts as unread, not as waiting; a source that is back finds it, and after 14 days it is erased."""
    with world(tmp_path, sync=False, people=5, tasks=1, completed_tasks=0) as tool:

        def deliver(number: str) -> None:
            with Store.open(tool.state) as store, store.write():
                deliveries.receive(store, "desk", number, {"id": number, "title": f"Printer {number}"}, tool.now())

        def run(rules: str, days: int = 0) -> tuple[dict[str, str], int]:
            (tmp_path / "rules.yaml").write_text(rules)
            tool.sandbox.clock.advance(days * 86_400)
            assert 0 == tool.run("sync").code
            with Store.open(tool.state, read_only=True) as store:
                rows = listings.window(store, listings.DELIVERIES, "", 0, 9, 9)
            facts = tool.run("status", "--json").json["facts"]
            return {row[2]: row[8] for row in rows}, facts.get("deliveries that no rule reads", 0)

        run(OTHER)
        deliver("1")
        assert ({"1": "unwanted"}, 1) == run(OTHER)
        assert ({"1": "done"}, 0) == run(TICKETS, days=13)
        deliver("2")
        assert {"1": "done", "2": "unwanted"} == run(OTHER)[0]
        assert ({"1": "done", "2": "erased"}, 0) == run(OTHER, days=15)
        deliver("2")
        assert {"1": "done", "2": "done"} == run(TICKETS)[0]
        titles = sorted(str(issue.fields["summary"]) for issue in tool.sandbox.jira.issues.values())
        assert ["Printer 1", "Printer 2"] == titles
