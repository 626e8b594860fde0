"""Draw the picture in README: `.ci/uv run python tests/tui/picture.py` writes pfjira/guide/dashboard.svg anew."""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(Path(__file__).parent)]


def main() -> None:
    """Let a sandbox company leave something of everything, and draw the first look at it."""
    from boards import PFJIRA, Driven, board_over, drive
    from furnished import paced
    from small_world import a_new_task, a_task, later, world

    from pfjira.sandbox.faults import Fault
    from pfjira.state.timetable import boot_time

    ask = ('summary: "{{ task.title }}"', 'summary: { value: "{{ task.title }}", own: ask }')
    with tempfile.TemporaryDirectory() as folder, world(Path(folder), ask, people=200, tasks=120) as tool:
        for number in range(2):
            task_id, issue = a_task(tool, number)
            tool.sandbox.peopleforce.edit_task(task_id, title="Moved in HR")
            tool.sandbox.jira.act("edit", key=issue.key, field="summary", value="Moved in Jira")
        tool.sandbox.faults.add(Fault("status_before", "jira", "POST", r"/issue(/bulk)?$", status=400, times=3))
        for number in range(3):
            a_new_task(tool, f"Refused {number}")
        tool.run("sync", PFJIRA_JIRA_BULK="1")
        for _ in range(4):
            later(tool)
            tool.run("sync")
        paced(tool.state, boot_time())
        board = board_over(tool.state, environment=tool.environment(), clock=tool.now, program=PFJIRA)

        async def script(at: Driven) -> None:
            await at.until(lambda: board.outlook)
            await at.pilot.pause(6)
            drawn = re.sub(r"@font-face \{.*?\}\s*", "", board.export_screenshot(title="pfjira tui"), flags=re.DOTALL)
            (ROOT / "pfjira/guide/dashboard.svg").write_text(re.sub(r"terminal-\d+", "t", drawn))

        drive(board, script, size=(100, 32), drawn=True)


if __name__ == "__main__":
    main()
