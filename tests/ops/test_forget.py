"""`pfjira forget`: no byte of the person is left in the state, nothing of others is lost, nothing is made twice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from story import Story, story

from pfjira.engine.model import Ref
from pfjira.engine.people import Doubt
from pfjira.state import alerts, audit, inbox, lives, outbox, people
from pfjira.state.people import Identity
from pfjira.state.store import Store

HR_ID, OTHER, CANDIDATE = "770000091", "9004", "880000077"
ACCOUNT = "712020:quokka-0091"
NOW = datetime(2030, 1, 15, 12, tzinfo=UTC)
PRINTS = ("print-of-address-0091", "print-of-number-0091")
STATED = "712020:stated-0091"


def planted() -> list[bytes]:
    """Return every text that stands for the person."""
    return [text.encode() for text in (HR_ID, CANDIDATE, ACCOUNT, STATED, *PRINTS, "LEFT-0091", "QUOKKA-0091")]


def held(folder: Path, texts: list[bytes]) -> dict[str, list[bytes]]:
    """Return which files of the state hold which of these bytes."""
    files = {path.name: path.read_bytes() for path in folder.glob("state.db*") if ".before" not in path.name}
    return {name: found for name, content in files.items() if (found := [one for one in texts if one in content])}


def plant(told: Story) -> None:
    """Write down of the person whatever the state can hold, beside what a sync has written."""
    with Store.open(told.tool.state) as store, store.write():
        pair = Identity(HR_ID, ACCOUNT, None, "link", PRINTS[0], NOW, "ann", NOW, number=PRINTS[1])
        doubtful = Identity(
            OTHER,
            None,
            Doubt.SEVERAL,
            "email",
            "",
            NOW,
            since=NOW,
            others=(HR_ID, "9005"),
            suggested=(ACCOUNT, "712020:b"),
        )
        people.save(store, [pair, doubtful])
        people.state(store, [("email", PRINTS[0], STATED)], "ann", NOW)
        people.save_assignable(store, [("HR", ACCOUNT, True)], NOW)
        lives.save_candidates(store, [(CANDIDATE, "print"), ("880000078", "print")])
        lives.hire_candidates(store, [(CANDIDATE, HR_ID)])
        store.run("UPDATE snapshots SET waiting = ? WHERE id = ?", (f"9005,{HR_ID}", OTHER))
        for kind, number in (("employee", HR_ID), ("candidate", CANDIDATE), ("task", "7001")):
            reason = f"status 400 about {ACCOUNT} QUOKKA-0091" if kind == "task" else "status 400"
            store.run(
                "INSERT INTO dead_letters (rule, kind, id, action, status, field, reason, fingerprint, rules, "
                "first_seen, last_seen) VALUES ('r', ?, ?, 'create', 400, '', ?, '', '', '', '')",
                (kind, number, reason),
            )
            store.run("INSERT INTO conflicts VALUES ('r', ?, 'duedate', ?, ?, 'LEFT-0091', '')", (number, kind, number))
        store.run("DELETE FROM conflicts WHERE kind = 'task'")
        store.run("INSERT INTO deeds VALUES ('group', ?, ?, 'team', '71', 'op', 'done', '')", ("71/x", f"it/{ACCOUNT}"))
        for text in (f"Rule r: employee {HR_ID} is parked QUOKKA-0091.", "Rule r: employee 9005 is parked."):
            alerts.put(store, alerts.Cause.PING_PONG, text[:22], text, day="2030-01-15", now=NOW, full=False)
        store.run("UPDATE runs SET error = ? WHERE number = 1", (f"employee/{HR_ID} QUOKKA-0091",))
        store.set_meta("offered plan", f'{{"scope": "--only employee/{HR_ID}"}}')
        for person in (HR_ID, "9005"):
            ref = Ref("peopleforce", "employee", person)
            inbox.receive(store, inbox.Arrival("peopleforce", "employee.updated", "digest", person, (ref,)), NOW)
        for act, subject in (
            ("people link", f"{HR_ID} {ACCOUNT}"), ("replay", f"task/7001 employee/{HR_ID}"), ("people link", "9005 b"),
        ):  # fmt: skip
            audit.append(store, "ann", act, subject, NOW)


def hired(told: Story) -> None:
    """Let the person be hired under an id that nothing else looks like, and be kept an issue for."""
    told.hr.employees._next_id = int(HR_ID)
    told.hr.act("hire", first_name="Ann", last_name="Lee", hired_on=told.day(7))


def test_nothing_of_a_person_is_left_and_nothing_of_others_is_lost(tmp_path: Path) -> None:
    """0 bytes in file, log and index of the log; acts stay a whole chain; copies and logs are named, then deleted."""
    with story(tmp_path, "onboarding", prepare=hired) as told:
        issues = sorted(issue.key for issue in told.issues())
        plant(told)
        texts = planted()
        assert {*texts} == {text for found in held(tmp_path, texts).values() for text in found}
        assert (0, 2) == (told.run("backup").code, told.run("forget", HR_ID).code)

        answer = told.run("forget", f"employee/{HR_ID}", "--yes", "--json")

        assert 0 == answer.code, answer.err
        assert {} == held(tmp_path, texts)
        assert {
            "snapshots", "links", "outbox", "dead_letters", "conflicts", "deeds", "people", "people_stated",
            "assignable", "candidates", "episodes", "alerts", "runs", "meta", "inbox", "audit",
        } == set(answer.json["rows"])  # fmt: skip
        assert issues == sorted(answer.json["issues"])
        assert [".db", ".jsonl"] == [Path(one["file"]).suffix for one in answer.json["left"]]
        assert 0 == told.run("audit", "verify").code
        acts = told.run("audit", "list", "--json").json
        assert ["(forgotten)", "(forgotten)", "9005 b"] == [act["subject"] for act in acts if act["who"] == "ann"]
        with Store.open(told.tool.state, read_only=True) as store:
            assert [("9005",)] == store.rows("SELECT waiting FROM snapshots WHERE waiting <> ''")
            assert [(OTHER, "9005", "712020:b")] == store.rows("SELECT hr_id, others, suggested FROM people")
            assert [("880000078",)] == store.rows("SELECT id FROM candidates")
            assert [("task",)] == store.rows("SELECT kind FROM dead_letters")
            assert (1, [("employee/9005",)]) == (len(alerts.every(store)), store.rows("SELECT refs FROM inbox"))
        again = told.run("forget", HR_ID, "--yes", "--backups")
        assert (0, True, []) == (again.code, "Nothing is kept" in again.out, [*tmp_path.glob("backups/*")])

        # Who is still in PeopleForce comes back with the issues that there are, once a person has looked.
        told.tool.sandbox.clock.advance(3600)
        refused = told.run("sync", "--json")
        assert 65 == refused.code, refused.out
        assert 0 == told.run("sync", "--approve", refused.json["digest"]).code
        assert issues == sorted(issue.key for issue in told.issues())


def test_a_person_with_an_open_write_is_not_forgotten(tmp_path: Path) -> None:
    """65 and nothing erased: a creation that nobody knows of any more could be made twice."""
    with story(tmp_path, "onboarding", prepare=hired) as told:
        with Store.open(told.tool.state) as store, store.write():
            store.run("UPDATE outbox SET state = 'parked' WHERE number = 1")
            assert [Ref("peopleforce", "employee", HR_ID)] == [row.ref for row in outbox.unfinished(store)]

        refused = told.run("forget", HR_ID, "--yes")

        assert (65, True) == (refused.code, HR_ID.encode() in told.tool.state.read_bytes())
        assert "1 write about employee" in refused.err


def test_a_reader_that_holds_old_pages_is_told(tmp_path: Path) -> None:
    """75 while somebody reads what was before; once more when he is gone, and nothing is left."""
    with story(tmp_path, "onboarding", prepare=hired) as told:
        with Store.open(told.tool.state, read_only=True) as reader:
            for _ in reader.each("SELECT * FROM snapshots"):
                held_up = told.run("forget", HR_ID, "--yes")
                break
        assert (75, True) == (held_up.code, "Another process was reading" in held_up.out)
        assert (0, {}) == (told.run("forget", HR_ID, "--yes").code, held(tmp_path, [HR_ID.encode()]))


@pytest.mark.parametrize("person", ["task/7001", "Ann Lee", ""])
def test_only_a_person_can_be_forgotten(tmp_path: Path, person: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Another sort of record, or a name, is a wrong command line."""
    from pfjira.cli.app import main

    assert 2 == main(["forget", person, "--yes", "--state", str(tmp_path / "state.db")])
    assert "HR id" in capsys.readouterr().err
