"""The recipe `inbound-hook`, played: what another program delivers becomes an issue, and is forgotten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from harness import Answer
from story import Story, story

from pfjira.sandbox.faults import Fault

SECRET_TEXT = "the-printer-burns-since-noon"


def deliver(told: Story, *documents: Any) -> Answer:
    """Deliver documents, one in each line of a file."""
    file = told.tool.folder / "event.json"
    file.write_text("\n".join(json.dumps(document) for document in documents))
    return told.run("deliver", "helpdesk", str(file))


def ticket(number: str, title: str, **more: Any) -> dict[str, Any]:
    """Return a document as the help desk sends it, with more in it than is declared."""
    given = {"id": number, "title": title, "text": SECRET_TEXT, "reporter": {"phone": "555-0123"}, **more}
    return {"event": "opened", "ticket": given}


def kept(told: Story, text: str) -> bool:
    """Say whether a text stands in any file of the state."""
    return any(text.encode() in path.read_bytes() for path in told.tool.folder.glob("state.db*"))


def test_a_delivery_becomes_one_issue_and_is_forgotten(tmp_path: Path) -> None:
    """Only what is declared is kept, and only until the issue is there; a repeated id is not taken again."""
    with story(tmp_path, "inbound-hook") as told:
        answer = deliver(told, ticket("T-1", "Copier in flames", urgent=True))
        assert (0, True, False) == (answer.code, kept(told, SECRET_TEXT), kept(told, "555-0123")), answer.err

        assert {"create": 1} == told.sync()
        issue = told.issue("Copier in flames")
        assert ("ITOPS", "2", True) == (
            issue.project.key,
            issue.fields["priority"],
            SECRET_TEXT in json.dumps(issue.fields["description"]),
        )
        assert (False, False) == (kept(told, SECRET_TEXT), kept(told, "Copier in flames"))

        told_of_it = told.run("explain", "ITOPS-1").out
        assert (True, False) == ("what was delivered is erased" in told_of_it, "PeopleForce" in told_of_it)

        again = deliver(told, ticket("T-1", "Copier in flames again"))
        assert (0, True) == (again.code, "1 id was taken before" in again.out)
        assert ({}, 1, False) == (told.sync(), len(told.issues()), kept(told, "in flames again"))


def test_many_are_worked_off_together_and_spam_is_not(tmp_path: Path) -> None:
    """One in each line; what no rule wants is erased just so."""
    with story(tmp_path, "inbound-hook") as told:
        answer = deliver(told, ticket("T-1", "Printer"), ticket("T-2", "[spam] A yacht"), ticket("T-3", "Mouse"))
        assert "3 deliveries taken" in answer.out

        assert {"create": 2} == told.sync()
        assert (["Printer", "Mouse"], False) == (
            [str(issue.fields["summary"]) for issue in told.issues()],
            kept(told, "A yacht"),
        )


def test_the_issue_is_jiras_from_then_on(tmp_path: Path) -> None:
    """Nobody delivers the end: what people do with the issue is theirs, and nothing is written."""
    with story(tmp_path, "inbound-hook") as told:
        deliver(told, ticket("T-1", "Printer"))
        told.sync()
        told.jira.act("edit", key=told.issue("Printer").key, field="summary", value="Printer, second floor")
        told.move("Printer", "Done", resolution="Done")

        assert ({}, {}) == (told.sync(), told.sync("--full"))
        assert ("Done", "Printer, second floor") == (told.status("Printer"), told.issue("Printer").fields["summary"])


@pytest.mark.parametrize("kind", ["drop_after", "status_before"])
def test_a_creation_that_failed_is_made_later_and_then_forgotten(tmp_path: Path, kind: Any) -> None:
    """Until the issue is there what was delivered is kept; then it is erased. One issue in the end."""
    with story(tmp_path, "inbound-hook") as told:
        deliver(told, ticket("T-1", "Printer"))
        fault = told.tool.sandbox.faults.add(Fault(kind, "jira", "POST", r"issue(/bulk)?$", times=1))
        told.run("sync")
        assert 1 == fault.landed

        assert 0 == told.tool.settle(minutes=40).code
        assert (1, False) == (len(told.issues()), kept(told, SECRET_TEXT))


def test_a_field_that_is_declared_later_is_empty_in_what_came_before(tmp_path: Path) -> None:
    """What was kept under other rules is worked off under the new ones."""
    with story(tmp_path, "inbound-hook") as told:
        deliver(told, ticket("T-1", "Printer", room="4.12"))
        text = told.tool.rules.read_text(encoding="utf-8")
        text = text.replace("ticket.urgent,", "ticket.urgent, ticket.room,")
        text = text.replace("trunc(200) }}", "trunc(200) }} in {{ hook.ticket.room | default('some room') }}")
        told.tool.rules.write_text(text, encoding="utf-8")

        assert {"create": 1} == told.sync()
        assert 1 == len(told.issues("Printer in some room"))


def test_what_was_refused_is_mended_by_delivering_it_again(tmp_path: Path) -> None:
    """A dead letter is kept with its values until the newer document of the same id is taken by Jira."""
    with story(tmp_path, "inbound-hook") as told:
        deliver(told, ticket("T-1", "Printer", due="as soon as possible"))
        assert (1, 1) == (told.run("sync").code, told.run("sync").code)
        deliver(told, ticket("T-1", "Printer", due=told.day(3)))

        assert {"create": 1} == told.sync()
        assert (told.day(3), False) == (told.issue("Printer").fields["duedate"], kept(told, SECRET_TEXT))
