"""Records that are gone and that no rule withdraws: they are looked for once, not each night."""

from __future__ import annotations

from pathlib import Path

from test_once import people

LEAVE = '  - { id: x, for: leave, make: issue, in: { project: HR, type: Task }, set: { summary: "{{ leave.id }}" } }\n'


def test_what_is_gone_is_looked_for_once(tmp_path: Path) -> None:
    """Five requests of leave are removed: five reads by id and one of somebody known, and none the next night."""
    with people(tmp_path, LEAVE, people=30) as tool:
        sandbox = tool.sandbox
        days = [(f"2031-0{month}-05", f"2031-0{month}-06") for month in range(1, 6)]
        made = [
            sandbox.peopleforce.act("request_leave", employee=9001, starts_on=day, ends_on=end, type="Time off")["id"]
            for day, end in days
        ]
        for leave in made:
            sandbox.peopleforce.act("set_leave_state", id=leave, state="approved")
        assert 0 == tool.run("sync").code
        for leave in made:
            sandbox.peopleforce.act("remove_leave", id=leave)

        singly = []
        for _ in range(4):
            sandbox.clock.advance(86_400)
            sandbox.requests.clear()
            assert 0 == tool.run("sync", "--full").code
            paths = [entry.path.rpartition("/")[2] for entry in sandbox.requests.of("peopleforce")]
            singly.append(sum(path.isdecimal() for path in paths))

        assert [0, 6, 0, 0] == singly
