"""A whole life in simulated time: people act on both sides, requests go astray, processes die, states are lost.

One seed is one life, and lives it again to the request. In the end everything is calm, and both sides must tell the
same story, which is worked out here from the sandbox's own stores.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

from harness import RULES, company, writes
from machine import Machine, MortalStore, Outcome, rules_from, standing_still
from weather import CREATION, Weather

from pfjira.errors import PlanRefused
from pfjira.sandbox.company import IT_DOMAIN, SERVICE_EMAIL
from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.jira.store import StoredIssue
from pfjira.sandbox.peopleforce.options import PeopleForceOptions
from pfjira.state import letters, outbox

WIDE = "guards:\n" + "".join(f"  {name}: {{ max: 999, percent: 0 }}\n" for name in ("create", "update", "cancel"))
PLAIN = re.sub(r"guards:\n(  .*\n)+", WIDE, RULES.read_text())
DUE = 'duedate: "{{ task.ends_on }}"'
VARIANTS = (PLAIN, PLAIN, PLAIN.replace(DUE, 'duedate: { value: "{{ task.ends_on }}", own: ask }'))
"""The delivered rules, twice as often as rules under which both sides may move a date."""
LIVES = (3600.0, 0.0, 5.0, 60.0, 300.0, 300.0, 1000.0, 4000.0)
ACTS = (
    *("new", "edit", "complete", "reopen", "remove", "poison", "mend", "email"),
    *("done", "back", "summary", "due", "both", "unlabel", "move", "delete"),
)

DEATHS: tuple[tuple[int, str], ...] = (
    *((number, "") for number in range(2, 40, 5)),
    *((number, "^commit") for number in range(1, 11)),
    *((number, rf"^{moment} POST .*/issue(/bulk)?$") for moment in ("send", "answer") for number in (1, 1, 1, 2)),
)
"""At which moment a process may die, and among which."""


@dataclass
class Life:
    """Everybody who acts, and what they remember."""

    seed: int
    folder: Path
    trouble: float = 0.75
    """How often a run has some."""
    acted: Counter[str] = field(default_factory=Counter)
    touched: set[int] = field(default_factory=set)
    """Tasks whose completion somebody moved, on either side."""
    deleted: set[int] = field(default_factory=set)
    """Tasks whose issue a person deleted."""
    removed: set[int] = field(default_factory=set)
    forgotten: bool = False
    """Whether the state was ever lost or put back: what nobody remembers, nobody can be blamed for."""
    died: int = 0
    wrongly_cancelled: list[str] = field(default_factory=list)
    verdicts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Found the company."""
        pick = self.random = Random(self.seed)
        self.lag = pick.choice((0.0, 0.0, 20.0, 60.0, 600.0))
        jira = JiraOptions(
            index_lag_s=self.lag,
            index_jitter_s=pick.choice((0.0, 10.0)),
            property_lag_s=pick.choice((0.0, 0.0, 5.0)),
            key_gap_every=pick.choice((0, 0, 3)),
            conflict_every=pick.choice((0, 0, 0, 7)),
        )
        pages = PeopleForceOptions(page_size=pick.choice((50, 2, 2)))
        tasks = pick.choice((3, 5, 7))
        options = company(people=12, tasks=tasks, completed_tasks=1, seed=self.seed, jira=jira, peopleforce=pages)
        self.sandbox = standing_still(options)
        self.hr, self.jira = self.sandbox.peopleforce, self.sandbox.jira
        for task_id in self.hr.tasks:
            self.hr.edit_task(task_id, title=f"Task {task_id}.")
        self.weather = Weather(self.sandbox, pick, self.meddle)
        rules = rules_from(pick.choice(VARIANTS))
        self.machine = Machine(self.sandbox, self.folder, rules, pick, pick.choice((1, 3, 50)), befalls=self.weather)
        self.machine.lose_state()
        self.copies: list[MortalStore] = []
        self.born: dict[str, int] = {}

    @property
    def hits(self) -> Counter[int]:
        """How often each row of the failure matrix was lived through."""
        return self.weather.hits

    @property
    def harm(self) -> Counter[str]:
        """Count the verdicts that are harm."""
        words = {"doubled": "doubled", "lost": "lost"}
        found = Counter(name for verdict in self.verdicts for name, word in words.items() if verdict.startswith(word))
        found["wrong_cancels"] += len(self.wrongly_cancelled)
        return found

    # --- people ---

    def matching(self) -> list[int]:
        """Return the open tasks that must have an issue."""
        return [
            task_id
            for task_id, task in self.hr.tasks.items()
            if not task["completed"] and task["assigned_to"] and task["assigned_to"]["email"].endswith(f"@{IT_DOMAIN}")
        ]

    def by_task(self) -> dict[int, list[StoredIssue]]:
        """Return task id to its issues, by the title that each had when it was first seen."""
        found: dict[int, list[StoredIssue]] = {}
        for issue in self.jira.issues.values():
            if issue.id not in self.born:
                number = re.match(r"Task (\d+)\.", str(issue.fields["summary"]))
                self.born[issue.id] = int(number[1]) if number else 0
            found.setdefault(self.born[issue.id], []).append(issue)
        return found

    def act(self, verb: str | None = None) -> None:
        """Let one person do one thing, if there is anything to do it to."""
        verb = verb or self.random.choice(ACTS)
        task_id = self.random.choice(sorted(self.hr.tasks))
        kept = [(task, found) for task, found in sorted(self.by_task().items()) if task in self.hr.tasks]
        issues = [(task, issue) for task, found in kept for issue in found]
        serial = sum(self.acted.values())
        if issues and verb in ("done", "back", "summary", "due", "both", "unlabel", "move", "delete"):
            if self._in_jira(verb, *self.random.choice(issues), serial):
                self.acted[verb] += 1
        elif self._in_hr(verb, task_id, serial):
            self.acted[verb] += 1

    def _in_hr(self, verb: str, task_id: int, serial: int) -> bool:
        task = self.hr.tasks[task_id]
        match verb:
            case "new":
                open_ = self.matching()
                if not open_ or len(self.hr.tasks) > 12:
                    return False
                made = self.hr.create_task(title="?", assigned_to=self.hr.tasks[open_[0]]["assigned_to"])
                self.hr.edit_task(made["id"], title=f"Task {made['id']}.")
            case "edit":
                day = f"2031-01-{self.random.randrange(1, 28):02d}"
                self.hr.edit_task(task_id, title=f"Task {task_id}. Version {serial}", ends_on=day)
            case "poison":
                self.hr.edit_task(task_id, title=f"Task {task_id}. " + "x" * 300)
                self.hits[37] += 1
            case "mend":
                self.hr.edit_task(task_id, title=f"Task {task_id}.")
            case "complete" | "reopen":
                self.touched.add(task_id)
                getattr(self.hr, verb)(task_id)
            case "remove" if len(self.removed) < 2:
                self.hr.remove_task(task_id)
                self.removed.add(task_id)
            case "email" if task["assigned_to"] and task["assigned_to"]["email"].endswith(IT_DOMAIN):
                person, address = int(task["assigned_to"]["id"]), f"new.name{serial}@{IT_DOMAIN}"
                self.hr.edit_employee(person, email=address)
                for other in list(self.hr.tasks.values()):
                    if other["assigned_to"] and other["assigned_to"]["id"] == person:
                        self.hr.edit_task(other["id"], assigned_to=person)
                self.hits[35] += 1
            case _:
                return False
        return True

    def _in_jira(self, verb: str, task_id: int, issue: StoredIssue, serial: int) -> bool:
        act = self.jira.act
        match verb:
            case "done":
                self.touched.add(task_id)
                act("transition", key=issue.key, to="Done", resolution="Done")
            case "back":
                self.touched.add(task_id)
                act("transition", key=issue.key, to=self.random.choice(("To Do", "In Progress")))
            case "summary":
                act("edit", key=issue.key, field="summary", value=f"By hand {serial}")
                self.hits[12] += 1
            case "due":
                act("edit", key=issue.key, field="duedate", value=self.random.choice(("2032-02-02", None)))
                self.hits[12] += 1
            case "both":
                self.hr.edit_task(task_id, title=f"Task {task_id}. Both {serial}", ends_on="2033-03-03")
                act("edit", key=issue.key, field="summary", value=f"Both {serial}")
                act("edit", key=issue.key, field="duedate", value="2034-04-04")
                self.hits[13] += 1
            case "unlabel":
                act("labels", key=issue.key, remove=issue.fields.get("labels", ()))
                self.hits[16] += 1
            case "move":
                act("move", key=issue.key, project=self.random.choice(("HR", "ITOPS")))
                self.hits[16] += 1
            case "delete" if len(self.deleted) < 2 and self.random.random() < 0.5:
                act("delete", key=issue.key)
                self.deleted.add(task_id)
                self.hits[15] += 1
            case _:
                return False
        return True

    def meddle(self, issue_id: str) -> bool:
        """Edit an issue between our read and our write."""
        if issue_id not in self.jira.issues:
            return False
        name, value = self.random.choice((("summary", "Meanwhile"), ("duedate", "2035-05-05")))
        self.jira.act("edit", key=self.jira.issues[issue_id].key, field=name, value=value)
        return True

    # --- days ---

    def live(self, runs: int) -> None:
        """Let some runs pass."""
        pick = self.random
        for _ in range(runs):
            for _ in range(pick.randrange(3)):
                self.act()
            self.weather.forecast(None if pick.random() < self.trouble else "calm")
            deadly, near = pick.choice(DEATHS) if pick.random() < 0.35 else (None, "")
            self.run(full=pick.random() < 0.35, deadly=deadly, near=near)
            self.weather.clear()
            self._mishaps_of_the_machine()
            self.sandbox.clock.advance(pick.choice(LIVES))

    def run(self, *, full: bool, deadly: int | None = None, near: str = "") -> Outcome:
        """Run once, and look whether any harm was done."""
        rows = self._begun()
        outcome = self.machine.sync(full=full, deadly=deadly, near=near)
        if outcome.code == -1:
            self.died += 1
            self._count_death(rows, self.machine.died_at)
        for task_id, issues in self.by_task().items():
            for issue in issues:
                if issue.status.name == "Cancelled" and task_id in self.hr.tasks:
                    self.wrongly_cancelled.append(f"{issue.key} of task {task_id}")
        return outcome

    def _begun(self) -> int:
        return len([row for row in outbox.unfinished(self.machine.store) if row.action == "create"])

    def _count_death(self, before: int, where: str) -> None:
        """Count a death near a creation by its row: 1 to 5 of the matrix."""
        open_ = [row for row in outbox.unfinished(self.machine.store) if row.action == "create"]
        path = where.rpartition(" ")[2]
        if CREATION.search(path) and "POST" in where:
            self.hits[2 if where.startswith("send") else 3] += 1
        elif where == "commit":
            self.hits[4 if any(row.may_exist for row in open_) else 1] += 1
        elif where == "committed":
            self.hits[2 if open_ and len(open_) >= before else 5] += 1

    def _mishaps_of_the_machine(self) -> None:
        pick, machine = self.random, self.machine
        match pick.random():
            case luck if luck < 0.10:
                self.copies.append(machine.store.copy())
            case luck if luck < 0.19 and self.copies:
                machine.store = pick.choice(self.copies).copy()
                self._forget(9)
            case luck if 0.19 < luck < 0.23:
                machine.lose_state()
                self._forget(10)
            case luck if 0.23 < luck < 0.3:
                machine.wrong_by = pick.choice((1, -1)) * pick.choice((timedelta(hours=1), timedelta(days=400)))
                self.hits[29] += 1

    def _forget(self, row: int) -> None:
        self.forgotten = True
        self.hits[row] += 1
        # Nobody puts a state back within the seconds in which Jira does not show the marks of what was just made.
        self.sandbox.clock.advance(30)

    def settle(self) -> None:
        """Let calm return, and note everything that is not as it must be."""
        for task_id in [task for task, row in self.hr.tasks.items() if len(row["title"]) > 255]:
            self.hr.edit_task(task_id, title=f"Task {task_id}.")
        self.machine.wrong_by = timedelta()
        outcome = Outcome(70)
        for day in range(12):
            # What a list held that is empty now is gone after a day.
            self.sandbox.clock.advance(4000 if day < 4 else 90_000)
            outcome = self.run(full=True)
            if isinstance(outcome.error, PlanRefused) and outcome.error.digest:
                outcome = self.machine.sync(full=True, approve=outcome.error.digest)
            waits = day < 5 and self.removed and not all(self.hr.task_ids(completed=half) for half in (False, True))
            if outcome.report is not None and not outcome.report.done and not self._restless(outcome) and not waits:
                break
        before = len(self.sandbox.requests)
        for full in (True, False):
            self.sandbox.clock.advance(300)
            outcome = self.run(full=full)
        self.verdicts += self._judge(outcome, before)

    def _restless(self, outcome: Outcome) -> bool:
        """Say whether time alone will still change something."""
        report = outcome.report
        return report is None or bool(self._open() or report.letters or self._gone())

    def _open(self) -> set[str]:
        """Return the tasks for which something was begun and not ended.

        Not those whose issue a person deleted before it was ever read: it was answered, so it is never made again.
        """
        rows = outbox.unfinished(self.machine.store)
        return {row.key for row in rows if not (row.named and int(row.key) in self.deleted)}

    def _gone(self) -> bool:
        """Say whether an issue whose task is gone is open still, and somebody remembers whose it was."""
        if self.forgotten:
            return False
        found = self.by_task()
        return any(one.status.category.key != "done" for task in self.removed for one in found.get(task, ()))

    def _judge(self, outcome: Outcome, before: int) -> Iterator[str]:
        """Yield what is wrong after all."""
        late = [f"{entry.method} {entry.path}" for entry in writes(self.sandbox.requests[before:])]
        if late:
            yield f"writes after agreement: {late}"
        if outcome.report is None:
            yield f"the last run failed: {outcome.error}"
            return
        if self._open() or outcome.report.letters:
            yield f"left open: {self._open()}, {outcome.report.letters} letters"
        asked = {conflict.issue_key for conflict in letters.conflicts(self.machine.store)}
        own = next(one.account_id for one in self.sandbox.company.accounts if one.email == SERVICE_EMAIL)
        found = self.by_task()
        for task_id, issues in found.items():
            if len(issues) > 1 and task_id not in self.deleted:
                yield f"doubled: task {task_id} has {[issue.key for issue in issues]}"
            for issue in issues:
                yield from self._compared(task_id, issue, asked, own)
        for task_id in self.matching():
            if task_id not in found and task_id not in self.deleted:
                yield f"lost: task {task_id} has no issue"

    def _compared(self, task_id: int, issue: StoredIssue, asked: set[str], own: str) -> Iterator[str]:
        task = self.hr.tasks.get(task_id)
        done = issue.status.category.key == "done"
        ours = [comment for comment in issue.comments if comment["author"] == own]
        if len(ours) > 1 and not self.forgotten:
            yield f"{issue.key} was commented on {len(ours)} times"
        if issue.key in asked or (task is None and self.forgotten):
            return
        if (task is None or bool(task["completed"])) != done:
            how = "gone" if task is None else "completed" if task["completed"] else "open"
            yield f"{issue.key} is {issue.status.name}, task {task_id} is {how}"
        if task is not None and done and task_id not in self.touched:
            yield f"{issue.key} was closed though nobody completed task {task_id}"
        if task is not None and task["title"] != issue.fields["summary"]:
            yield f"{issue.key} has another title than task {task_id}"

    def digest(self) -> str:
        """Return what names this life, to the request."""
        lived = hashlib.sha256()
        for entry in self.sandbox.requests:
            lived.update(repr((entry.at, entry.method, entry.path, entry.query, entry.body, entry.status)).encode())
        return lived.hexdigest()[:16]


def play(folder: Path, seed: int, runs: int = 8) -> Life:
    """Live one life and let it settle."""
    life = Life(seed, folder)
    life.live(runs)
    life.settle()
    return life
