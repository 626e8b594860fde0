"""What rules do not read is not asked for: kinds, fields, dated positions. Requests are counted."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from story import Story, story

MOVER = 9012
PEOPLE = 30


def asked(told: Story, *arguments: str) -> Counter[str]:
    """Run a sync five minutes later; return how often PeopleForce was asked for each path, ids left out."""
    told.tool.sandbox.clock.advance(300)
    told.tool.sandbox.requests.clear()
    assert 0 == told.run("sync", *arguments).code
    paths = (entry.path for entry in told.tool.sandbox.requests if entry.system == "peopleforce")
    return Counter(re.sub(r"/\d+", "/ID", path.partition("/v3")[2]) for path in paths)


def test_rules_that_read_list_fields_only_read_nobody_singly(tmp_path: Path) -> None:
    """The contractor rule needs what lists show: who moved, one listing for each status each day, nothing else."""
    with story(tmp_path, "contractor-ending") as told:
        listings = Counter({"/employees": 1 + 3, "/employees/terminated": 1})
        told.pass_days(1)
        assert listings == asked(told)
        assert Counter({"/employees": 1}) == asked(told)
        assert listings == asked(told, "--full")


def test_leave_is_read_by_leave_rules_only(tmp_path: Path) -> None:
    """No rule for leave, no request for it; no rule for anything else than leave, no request for anything else."""
    for recipe in ("transfer", "offboarding", "contractor-ending", "manager-change"):
        (tmp_path / recipe).mkdir()
        with story(tmp_path / recipe, recipe) as told:
            seen = asked(told, "--full")
            assert (0, 0) == (seen["/leave_requests"], seen["/tasks"]), recipe
    (tmp_path / "leave").mkdir()
    with story(tmp_path / "leave", "long-leave") as told:
        assert {"/leave_requests"} == set(asked(told, "--full"))


def test_positions_are_read_of_people_who_moved_or_are_new(tmp_path: Path) -> None:
    """A quiet run reads no dated rows, one that finds a mover reads the mover's, a new person's are read once."""
    with story(tmp_path, "transfer") as told:
        quiet = asked(told)
        assert (0, 1) == (quiet["/employees/ID/positions"], quiet["/employees"])
        told.pass_days(1)
        assert 0 == asked(told)["/employees/ID/positions"]
        told.hr.place(MOVER, told.day(5), location="Lviv")
        assert 1 == asked(told)["/employees/ID/positions"]
        told.pass_days(1)
        asked(told)  # what moved within ten minutes before a run is read by the next one, too
        assert 0 == asked(told)["/employees/ID/positions"]
        told.hr.hire("Vira", "Nova", told.day(3), email="vira.nova@example.com")
        assert 1 == asked(told)["/employees/ID/positions"]


def test_no_rule_for_positions_reads_them(tmp_path: Path) -> None:
    """Terminations take a read of each person, since lists do not show them, but never of the dated rows."""
    with story(tmp_path, "offboarding") as told:
        told.hr.place(MOVER, told.day(5), location="Lviv")
        seen = asked(told)
        assert (0, 1) == (seen["/employees/ID/positions"], seen["/employees/ID"])
        told.pass_days(1)
        day = asked(told)
        assert (0, True) == (day["/employees/ID/positions"], day["/employees/ID"] <= PEOPLE)


def test_who_stays_the_same_is_not_read_again_because_the_day_changed(tmp_path: Path) -> None:
    """Rules about announced ends look at today: the lists are read each day, and people only when theirs comes near."""
    with story(tmp_path, "offboarding") as told:
        told.hr.terminate(9012, told.day(20))
        told.sync()
        told.pass_days(1)
        told.sync()  # he moved within the ten minutes before the last run, and is read once more
        read = []
        for _ in range(8):
            told.pass_days(1)
            told.tool.sandbox.requests.clear()
            told.run("sync")
            paths = [entry.path.rpartition("/")[2] for entry in told.tool.sandbox.requests]
            read.append([path for path in paths if path.isdecimal() and path.startswith("90")])

        assert [[], [], [], [], ["9012"]] == read[:5], read
        assert 3 == len(told.issues())
