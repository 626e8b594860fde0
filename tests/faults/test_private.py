"""People's data stays in the two systems: state, logs and answers of a sync hold ids, names of fields, fingerprints."""

from __future__ import annotations

from pathlib import Path

from harness import SECRETS, Tool, company

from pfjira.sandbox.faults import Fault
from pfjira.sandbox.server import Sandbox


def test_state_and_commentary_hold_no_values_and_no_secrets(tmp_path: Path) -> None:
    """After creations, a refusal, a drift, a completion and an error, no planted value is found anywhere."""
    with Sandbox(company()) as sandbox:
        tool = Tool(sandbox, tmp_path)
        sandbox.faults.add(Fault("status_before", "jira", "POST", path=r"/issue/bulk$", status=400))
        said = [tool.run("sync", "--json")]
        sandbox.clock.advance(60)
        task = next(task for task in sandbox.peopleforce.tasks.values() if not task["completed"])
        sandbox.peopleforce.edit_task(task["id"], title="Zanzibar Quokka")
        key = next(iter(sandbox.jira.issues.values())).key
        sandbox.jira.act("edit", key=key, field="summary", value="Xylophone Narwhal")
        said += [tool.run("sync", "--json"), tool.run("status", "--json")]
        sandbox.faults.add(Fault("html", "peopleforce"))
        said.append(tool.run("sync"))

        values = {"Zanzibar Quokka", "Xylophone Narwhal", *SECRETS}
        values |= {person.email for person in sandbox.company.people if person.email}
        values |= {person.last_name for person in sandbox.company.people}
        values |= {str(task["title"]) for task in sandbox.peopleforce.tasks.values()}
        kept = b"".join(path.read_bytes() for path in tmp_path.glob("state.db*"))
        spoken = "".join(answer.out + answer.err for answer in said)

    assert len(kept) > 50_000
    assert [] == sorted(value for value in values if value.encode() in kept)
    assert [] == sorted(value for value in values if value in spoken)
