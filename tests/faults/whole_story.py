"""A few people join, move and leave under rules that use the whole language; and the truth of both systems afterwards.

The truth is counted in the sandbox's own stores. Nothing here asserts; tests do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from harness import Answer, Tool, company
from whole_language_rules import RULES

from pfjira.sandbox.company import Account
from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.jira.store import StoredIssue
from pfjira.sandbox.server import Sandbox

DAY_S = 86_400
WRITES: dict[str, tuple[Literal["jira", "peopleforce", "target"], str, str]] = {
    "issue": ("jira", "POST", r"/issue(/bulk)?$"),
    "request": ("jira", "POST", r"servicedeskapi/request$"),
    "mark": ("jira", "PUT", r"/properties/pfjira$"),
    "label": ("jira", "PUT", r"/issue/\d+$"),
    "link": ("jira", "POST", r"/issueLink$"),
    "comment": ("jira", "POST", r"/comment$"),
    "worklog": ("jira", "POST", r"/worklog$"),
    "join": ("jira", "POST", r"/group/user$"),
    "leave": ("jira", "DELETE", r"/group/user$"),
    "move": ("jira", "POST", r"/transitions$"),
    "task": ("peopleforce", "POST", r"/tasks$"),
    "fields": ("peopleforce", "PUT", r"/employees/\d+$"),
    "note": ("peopleforce", "POST", r"/notes$"),
    "hand out": ("peopleforce", "POST", r"/asset_assignments$"),
    "take back": ("peopleforce", "PUT", r"/asset_assignments/\d+$"),
    "post": ("target", "POST", r"/provision$"),
}
"""Every sort of write that the story needs, as a fault names it: system, method, path."""


class WholeStory:
    """The people of the story, and what happens to them."""

    def __init__(self, tool: Tool, people: int) -> None:
        self.tool, self.sandbox = tool, tool.sandbox
        self.hr, self.jira = tool.sandbox.peopleforce, tool.sandbox.jira
        plain = [p for p in self.hr.employees.by_id if not any(p in odd for odd in self._odd())]
        self.managers = plain[:2]
        self.people: list[int] = []
        self.count = people

    def _odd(self) -> list[list[int]]:
        return list(self.sandbox.company.irregular.values())

    @property
    def today(self) -> str:
        """The sandbox's day."""
        return self.sandbox.clock.now().date().isoformat()

    def join(self) -> None:
        """Hire everybody, each with an account."""
        for number in range(self.count):
            name, email = f"Joiner{number}", f"joiner{number}@it.example.com"
            self.sandbox.company.accounts.append(Account(f"712020:joiner{number}", name, email))
            hired = self.hr.hire("Ann", name, self.today, email=email, manager=self.managers[0])
            self.people.append(int(hired["id"]))

    def move(self) -> None:
        """Give everybody another manager."""
        for person in self.people:
            self.hr.place(person, self.today, manager=self.managers[1])

    def finish(self) -> None:
        """Let Jira finish the onboarding of all but the last."""
        for issue in self.issues("Onboard"):
            if not issue.fields["summary"].endswith(f"Joiner{self.count - 1}"):
                self.jira.act("transition", key=issue.key, to="Done", resolution="Done")

    def leave(self) -> None:
        """Let the last person leave: the day before yesterday, so that it acts at once."""
        self.sandbox.clock.advance(3 * DAY_S)
        self.hr.terminate(self.people[-1], self.today)
        self.sandbox.clock.advance(2 * DAY_S)

    def collect(self) -> None:
        """Let Jira finish the collecting of what was handed out."""
        for issue in self.issues("Collect"):
            self.jira.act("transition", key=issue.key, to="Done", resolution="Done")

    @property
    def chapters(self) -> tuple[Any, ...]:
        """What happens, in order."""
        return self.join, self.move, self.finish, self.leave, self.collect

    def issues(self, text: str) -> list[StoredIssue]:
        """Return the issues whose summary begins with a text."""
        return [issue for issue in self.jira.issues.values() if str(issue.fields["summary"]).startswith(text)]

    def truth(self) -> Counter[str]:
        """Count everything that was made, by what it is; doubles show as a number too high."""
        found: Counter[str] = Counter()
        by_id = self.jira.issues
        for issue in by_id.values():
            words = str(issue.fields["summary"]).partition(" ")[0]
            found[f"issue {words}"] += 1
            found["unmarked"] += not issue.properties.get("pfjira")
            found["unlabelled"] += "pfjira" not in (issue.fields.get("labels") or ())
            found[f"comment {words}"] += len(issue.comments)
            found[f"worklog {words}"] += len(issue.worklogs)
            found[f"child {words}"] += issue.fields.get("parent") is not None
            found[f"link {words}"] += len(issue.links)
            found[f"assigned {words}"] += issue.fields.get("assignee") is not None
            found[f"{words} {issue.status.name}"] += 1
        found["doubled"] = sum(len(ids) - 1 for ids in self.jira.issues_by_op().values())
        found["members"] = len(self.jira.groups.members_of("vpn-users"))
        found["notes"] = sum(len(notes) for notes in self.hr.notes.by_person.values())
        found["tasks"] = sum("goodbye" in str(task["title"]) for task in self.hr.tasks.values())
        shown = [self.hr.rows.detail(self.hr.employees.by_id[person]) for person in self.people]
        found["fields"] = sum(bool((one["fields"].get("laptop_ticket") or {}).get("value")) for one in shown)
        lent = [a for a in self.hr.assets.assignments.values() if a.person_id in self.people]
        found["lent"], found["back"] = len(lent), sum(bool(a.returned_on) for a in lent)
        posts = list(self.sandbox.targets)
        found["posts"] = len({one.headers["idempotency-key"] for one in posts})
        found["posted bodies"] = len({str(one.body) for one in posts})
        return +found

    def wanted(self) -> Counter[str]:
        """Return what the truth must be in the end."""
        n = self.count
        done = n - 1
        return +Counter({
            "issue Onboard": n, "issue Desk": n, "issue Accounts": n, "issue Laptop": n, "issue Collect": done,
            "comment Onboard": n + 1, "comment Accounts": n + 1, "worklog Onboard": n, "child Desk": n,
            "comment Desk": 1, "link Onboard": n, "link Accounts": n,
            "assigned Onboard": n, "assigned Accounts": n,
            "Onboard Done": done, "Onboard Cancelled": 1, "Desk To Do": done, "Desk Cancelled": 1,
            "Accounts To Do": done, "Accounts Cancelled": 1, "Laptop Waiting for support": n, "Collect Done": done,
            "members": done, "notes": done, "tasks": 1, "fields": done, "lent": done, "back": done,
            "posts": n, "posted bodies": n,
        })  # fmt: skip

    def gap(self) -> dict[str, tuple[int, int]]:
        """Return what there is, and what there should be, where the two differ."""
        found, wanted = self.truth(), self.wanted()
        return {name: (found[name], wanted[name]) for name in found | wanted if found[name] != wanted[name]}

    def settle(self) -> Answer:
        """Run sync until it has nothing left, and once more, for what waits for what was made."""
        self.sandbox.clock.advance(300)
        answer = self.tool.settle(minutes=40)
        if answer.code == 0:
            self.sandbox.clock.advance(300)
            answer = self.tool.settle(minutes=40)
        return answer

    def approve(self) -> Answer:
        """Settle with a person who approves whatever is asked about."""
        answer = self.settle()
        for _ in range(3):
            if (digest := re.search(r"--approve ([0-9a-f]{16})", answer.err)) is None:
                break
            self.tool.run("sync", "--full", "--approve", digest[1])
            answer = self.settle()
        return answer

    def tell(self) -> list[int]:
        """Let everything happen, settling after each chapter; return the last exit code of each."""
        codes = []
        for chapter in self.chapters:
            chapter()
            codes.append(self.settle().code)
        return codes


@contextmanager
def whole_story(folder: Path, *, people: int = 2, bulk: int = 50, lag: float = 0.0) -> Iterator[WholeStory]:
    """Lend the story before its first chapter."""
    options = company(people=12, tasks=4, completed_tasks=0, jira=JiraOptions(index_lag_s=lag))
    with Sandbox(options) as sandbox:
        asset = sandbox.peopleforce.add_asset("A laptop", "STORY-1")["id"]
        rules = folder / "rules.yaml"
        rules.write_text(re.sub("ASSET", str(asset), RULES.replace("URL", sandbox.url)))
        yield WholeStory(Tool(sandbox, folder, rules, {"PFJIRA_JIRA_BULK": str(bulk)}), people)
