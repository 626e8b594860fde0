"""What a first sync costs: calls against the fewest possible, time against a bare client in bulk and a naive one.

    python tests/benchmarks/first_sync.py [--tasks 1000] [--naive 50]

Prints one JSON document, with a part for each time that an answer takes. All clients meet the same sandbox in the same
run, unpaced; one more part is at the usual rates.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import ssl
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import noop
import orjson
from measuring import Figure, spent

from pfjira.cli.collector import ALLOCATIONS

BULK_CREATE, BULK_FETCH = 50, 100
CONSTANT = 40
"""Calls that any first run makes, whatever its size: what the project and its fields are, and what is there already."""
WALL = 1.3
"""Times the slower of the bare client and the rate."""
JIRA_RATE, HR_RATE = 20.0, 4.0
"""The usual settings, in requests a second."""
ANSWERS_S = (0.0, 0.02, 0.1)


def main() -> int:
    """Measure and print; exit 1 when the calls are over the budget."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=1000)
    parser.add_argument("--naive", type=int, default=50, help="tasks that the naive client makes")
    chosen = parser.parse_args()
    found = {f"{1000 * answer_s:.0f} ms": measure(chosen.tasks, answer_s, naive=chosen.naive) for answer_s in ANSWERS_S}
    found["20 ms, at the usual rates"] = measure(chosen.tasks, 0.02, naive=chosen.naive, paced=True)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return int(any(part["jira_calls"] > part["jira_calls_most"] for part in found.values()))


def figures(size: str) -> Iterator[Figure]:
    """Yield the rows of the table."""
    tasks = 10_000 if size == "full" else 1000
    for answer_s, paced in (*((answer_s, False) for answer_s in ANSWERS_S), (0.02, True)):
        found = measure(tasks, answer_s, naive=50, paced=paced)
        if not answer_s:
            yield Figure(
                f"first sync of {tasks:,} tasks: calls to Jira",
                f"{found['jira_calls']}",
                f"N/50 + N/100 + {CONSTANT} = {found['jira_calls_most']}",
                f"{found['issues']:,} issues in {found['creates']} bulk creates and {found['reads']} bulk reads; "
                f"one call a task: {found['issues']:,}",
            )
        name = f"first sync, answers take {1000 * answer_s:.0f} ms"
        if paced:
            yield Figure(
                f"{name}, at the usual rates",
                f"{found['wall_to_rate']:.2f} x",
                f"<= {WALL} x",
                f"what {HR_RATE:.0f} and {JIRA_RATE:.0f} requests a second allow ({found['rate_s']:.0f} s), wall",
            )
        else:
            naive, ours = found["naive_ms_an_issue"], found["ours_ms_an_issue"]
            yield Figure(
                name,
                f"{found['wall_to_bare']:.2f} x",
                f"<= {WALL} x" if answer_s else "",
                f"a bare client in bulk ({found['bare_s']:.1f} s), wall; an issue takes {ours:.1f} ms, "
                f"with one call a task {naive:.1f} ms",
            )


def measure(tasks: int, answer_s: float, *, naive: int, paced: bool = False) -> dict[str, Any]:
    """Return the figures of one first sync, and of the other clients in the same sandbox."""
    with tempfile.TemporaryDirectory() as folder, noop.serving(tasks, people=max(50, tasks // 10)) as environment:
        rules = noop.open_rules(Path(folder))
        environment |= {"PFJIRA_STATE": f"{folder}/state.db", "PFJIRA_RULES": str(rules)}
        rates = {"PFJIRA_JIRA_RATE": f"{JIRA_RATE}", "PFJIRA_PEOPLEFORCE_RATE": f"{HR_RATE}"} if paced else {}
        base = environment["PFJIRA_JIRA_URL"]
        if answer_s:
            noop.control(base, "POST", "faults", {"kind": "delay", "delay_s": answer_s, "times": None})
        ours = spent(lambda: as_the_command(environment | rates))
        listing = noop.control(base, "GET", "requests")
        pages = [entry for entry in listing if entry["system"] == "peopleforce"]
        calls = [entry for entry in listing if entry["system"] == "jira"]
        issues = issues_of(environment)
        bare = spent(lambda: in_bulk(environment, pages, issues))
        slow = spent(lambda: one_by_one(environment, naive))
    # Nothing is made before everything was read, as the guards must see the whole plan: the two times add up.
    rate_s = len(calls) / JIRA_RATE + len(pages) / HR_RATE
    return {
        "issues": issues,
        "jira_calls": len(calls),
        "jira_calls_most": math.ceil(issues / BULK_CREATE) + math.ceil(issues / BULK_FETCH) + CONSTANT,
        "creates": sum(entry["path"].endswith("/issue/bulk") for entry in calls),
        "reads": sum(entry["path"].endswith("/issue/bulkfetch") for entry in calls),
        "hr_calls": len(pages),
        "wall_s": round(ours.wall_s, 2),
        "cpu_s": round(ours.cpu_s, 2),
        "bare_s": round(bare.wall_s, 2),
        "rate_s": round(rate_s, 2),
        "wall_to_bare": round(ours.wall_s / bare.wall_s, 2),
        "wall_to_rate": round(ours.wall_s / max(rate_s, bare.wall_s), 2),
        "naive_ms_an_issue": round(1000 * slow.wall_s / naive, 2),
        "ours_ms_an_issue": round(1000 * ours.wall_s / issues, 2),
    }


def as_the_command(environment: Mapping[str, str]) -> None:
    """Run one sync that looks for garbage as seldom as the command does."""
    threshold = gc.get_threshold()
    gc.set_threshold(ALLOCATIONS)
    try:
        noop.run_sync(environment)
    finally:
        gc.set_threshold(*threshold)


def issues_of(environment: Mapping[str, str]) -> int:
    """Return how many issues the run keeps."""
    from pfjira.state import links
    from pfjira.state.store import Store

    with Store.open(Path(environment["PFJIRA_STATE"]), read_only=True) as store:
        return links.count(store)


def in_bulk(environment: Mapping[str, str], pages: list[dict[str, Any]], issues: int) -> None:
    """Read the same listings, make as many issues in bulk and read each back once: the least that must be done."""
    with client(environment) as jira, client(environment) as peopleforce:
        for page in pages:
            orjson.loads(peopleforce.get(page["path"], params=page["query"]).content)
        made: list[str] = []
        while len(made) < issues:
            drafts = [draft() for _ in range(min(BULK_CREATE, issues - len(made)))]
            answer = jira.post("/rest/api/3/issue/bulk", json={"issueUpdates": drafts}).raise_for_status()
            made += [issue["id"] for issue in orjson.loads(answer.content)["issues"]]
        for start in range(0, issues, BULK_FETCH):
            body = {"issueIdsOrKeys": made[start : start + BULK_FETCH], "fields": noop.FIELDS}
            orjson.loads(jira.post("/rest/api/3/issue/bulkfetch", json=body).raise_for_status().content)


def one_by_one(environment: Mapping[str, str], issues: int) -> None:
    """Make issues as a first script does: one call each, one after the other."""
    with client(environment) as jira:
        for _ in range(issues):
            orjson.loads(jira.post("/rest/api/3/issue", json=draft()).raise_for_status().content)


def draft() -> dict[str, Any]:
    """Return what one issue needs."""
    text = {"type": "paragraph", "content": [{"type": "text", "text": "Hand over the desk."}]}
    return {
        "fields": {
            "project": {"key": "ITOPS"},
            "issuetype": {"name": "Task"},
            "summary": "Prepare the desk",
            "description": {"type": "doc", "version": 1, "content": [text]},
            "duedate": "2026-12-01",
            "labels": ["pfjira"],
        }
    }


def client(environment: Mapping[str, str]) -> Any:
    """Return a plain client that may ask both systems."""
    import httpx

    return httpx.Client(
        base_url=environment["PFJIRA_JIRA_URL"],
        headers={"X-API-KEY": environment["PFJIRA_PEOPLEFORCE_API_KEY"]},
        auth=(environment["PFJIRA_JIRA_EMAIL"], environment["PFJIRA_JIRA_API_TOKEN"]),
        verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        timeout=60,
    )


if __name__ == "__main__":
    sys.exit(main())
