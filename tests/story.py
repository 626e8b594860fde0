"""A story played in time: one recipe of the cookbook against a sandbox whose days pass.

Nothing here asserts more than that a sync which has nothing left to do writes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from harness import Answer, Tool, company, writes

from pfjira.sandbox.jira.store import StoredIssue
from pfjira.sandbox.server import Sandbox

RECIPES = Path(__file__).resolve().parents[1] / "pfjira" / "guide" / "cookbook"
_BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def rules_of(recipe: str) -> str:
    """Return the rules file that a recipe shows: its first block of YAML."""
    found = _BLOCK.search((RECIPES / f"{recipe}.md").read_text(encoding="utf-8"))
    assert found is not None, f"the recipe {recipe} shows no rules"
    return found[1]


class Story:
    """A company, a recipe's rules, and a clock."""

    def __init__(self, tool: Tool) -> None:
        self.tool, self.hr, self.jira = tool, tool.sandbox.peopleforce, tool.sandbox.jira

    @property
    def today(self) -> date:
        """The sandbox's day (UTC)."""
        return self.tool.sandbox.clock.now().date()

    def day(self, number: int) -> str:
        """Return the day so many days from today, as ISO text."""
        return (self.today + timedelta(days=number)).isoformat()

    def pass_days(self, number: int) -> None:
        """Let days pass."""
        self.tool.sandbox.clock.advance(number * 86_400)

    def sync(self, *arguments: str, expect: int = 0) -> dict[str, int]:
        """Run a sync five minutes later, and one more, which must write nothing; return what the first one did."""
        self.tool.sandbox.clock.advance(300)
        answer = self.run("sync", "--json", *arguments)
        assert expect == answer.code, answer.out + answer.err
        self.tool.sandbox.clock.advance(300)
        self.tool.sandbox.requests.clear()
        again = self.run("sync", "--json")
        sent = [(entry.system, entry.method, entry.path) for entry in writes(self.tool.sandbox.requests)]
        assert (expect, {}, []) == (again.code, again.json["done"], sent), again.out + again.err
        done: dict[str, int] = answer.json["done"]
        return done

    def run(self, *arguments: str, **environment: str) -> Answer:
        """Run any command."""
        return self.tool.run(*arguments, **environment)

    def issues(self, text: str = "") -> list[StoredIssue]:
        """Return the issues whose summary holds a text, oldest first."""
        found = [issue for issue in self.jira.issues.values() if text in str(issue.fields["summary"])]
        return sorted(found, key=lambda issue: int(issue.id))

    def issue(self, text: str) -> StoredIssue:
        """Return the one issue whose summary holds a text."""
        (found,) = self.issues(text)
        return found

    def status(self, text: str) -> str:
        """Return the status of the one issue whose summary holds a text."""
        return str(self.issue(text).status.name)

    def move(self, text: str, to: str, **more: Any) -> None:
        """Let a person move the one issue whose summary holds a text."""
        self.jira.act("transition", key=self.issue(text).key, to=to, **more)

    def account(self, account_id: object) -> str | None:
        """Return the address behind an account; None for nobody."""
        accounts = self.tool.sandbox.company.accounts
        return next((one.email for one in accounts if one.account_id == account_id), None)

    def assignee(self, text: str) -> str | None:
        """Return the address of whom the one issue whose summary holds a text is assigned to."""
        return self.account(self.issue(text).fields.get("assignee"))

    def email(self, hr_id: int) -> str | None:
        """Return a person's address in PeopleForce."""
        return self.hr.employees.by_id[hr_id].email

    def assign(self, text: str, hr_id: int) -> None:
        """Let somebody in Jira assign the one issue whose summary holds a text."""
        self.jira.act("assign", key=self.issue(text).key, email=self.email(hr_id))

    def comments(self, text: str) -> list[str]:
        """Return the comments on the one issue whose summary holds a text, as JSON, oldest first."""
        return [json.dumps(comment["body"]) for comment in self.issue(text).comments]

    def person(self, hr_id: int) -> dict[str, Any]:
        """Return what PeopleForce shows of a person."""
        return dict(self.hr.rows.detail(self.hr.employees.by_id[hr_id]))


@contextmanager
def story(
    folder: Path,
    recipe: str,
    *,
    prepare: Callable[[Story], None] | None = None,
    targets: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
    **sizes: Any,
) -> Iterator[Story]:
    """Lend a small company whose first sync under a recipe's rules is done; `prepare` acts before it.

    `targets`: addresses in the recipe, each with the name of the sandbox's target that stands in its place.
    """
    path = folder / "rules.yaml"
    with Sandbox(company(**{"people": 30, "tasks": 0, "completed_tasks": 0, **sizes})) as sandbox:
        text = rules_of(recipe)
        for address, name in (targets or {}).items():
            assert address in text, f"the recipe {recipe} does not name {address}"
            text = text.replace(address, sandbox.target_url(name))
        path.write_text(text, encoding="utf-8")
        # In the morning and in UTC, so that no story begins on one day and acts on the next.
        now = sandbox.clock.now()
        morning = (now + timedelta(days=1)).replace(hour=6, minute=0, second=0)
        sandbox.clock.advance((morning - now).total_seconds())
        told = Story(Tool(sandbox, folder, path, {"PFJIRA_TIMEZONE": "UTC", **(environment or {})}, direct=True))
        if prepare is not None:
            prepare(told)
        assert 0 == told.run("rules", "lint").code, told.run("rules", "lint").err
        told.sync()
        yield told
