"""What a sync that finds nothing to do costs, as a ratio to fetching and parsing the same pages bare, in one run.

    python tests/benchmarks/noop.py [--tasks 5000] [--people 5000] [--rounds 7]

Prints one JSON document with two tables: open tasks, and employees of whom a list tells all. Each has
requests by kind, CPU ratios round by round, and the peak memory of a real process. The sandbox is a process of its own,
so that its work is not counted.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import json
import os
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
from measuring import Figure

from pfjira.cli.collector import ALLOCATIONS

ROOT = Path(__file__).resolve().parents[2]
BUDGET = 1.5
REACHED = 1.8
"""What an incremental run comes to for each further task. A row costs the bare loop so little (13 µs, its share of a
page's HTTP among it) that reading it with care, its fingerprint, and what is known of it weigh two thirds of that."""
FIELDS = [
    *("summary", "status", "issuetype", "project", "labels", "updated", "created", "creator", "parent"),
    *("assignee", "description", "duedate"),
]
"""What a full sweep reads of each issue."""
NONE = 10
"""As many tasks as none at all."""
LATER = (
    "import datetime as d, functools as f; from pfjira.cli import wiring as w; "
    "w.Workspace = f.partial(w.Workspace, clock=lambda: d.datetime.now(d.UTC) + d.timedelta(hours=1))"
)
"""A line of Python that sets the clock of the runs in a process an hour ahead, as the sandbox's is."""
PEOPLE = """\
version: 1
guards: { first: { max: 1000000 } }
rules:
  - id: laptop
    for: employee
    when: employee.status == "probation" and employee.department.name != "Board"
    key: "{{ employee.id }}"
    make: issue
    in: { project: ITOPS, type: Task }
    set: { summary: "Laptop for {{ employee.full_name }}", duedate: "{{ employee.hired_on }}" }
"""


def main() -> int:
    """Measure and print; exit 1 when the ratio is over the budget."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=5000)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args()
    result: dict[str, Any] = {}
    with prepared(tasks=chosen.tasks) as environment:
        result["tasks"] = measure(environment, chosen.tasks, chosen.rounds)
        result["tasks, full sweep"] = measure(environment, chosen.tasks, chosen.rounds, full=True)
    with prepared(people=chosen.people) as environment:
        result["employees"] = measure(environment, chosen.people, chosen.rounds)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return int(result["tasks, full sweep"]["cpu_ratio"] > BUDGET)


def figures(size: str) -> Iterator[Figure]:
    """Yield the rows of the table; what does not depend on the size of the company is told apart and taken off."""
    with prepared(tasks=NONE) as environment:
        fixed = {full: measure(environment, NONE, 9, full=full, peak=False) for full in (False, True)}
    for tasks in (1000, 10_000, 100_000) if size == "full" else (1000,):
        with prepared(tasks=tasks) as environment:
            for full in (False, True):
                found = measure(environment, tasks, 9 if tasks == 1000 else 3, full=full)
                yield Figure(
                    f"{'full sweep' if full else 'incremental sync'}, nothing changed, {tasks:,} tasks",
                    f"{found['cpu_ratio']:.2f} x",
                    f"<= {BUDGET} x",
                    f"fetch, parse and hash the same answers, CPU; {a_record(found, fixed[full]):.2f} x for each more "
                    f"task ({1e6 * (found['cpu_sync_s'] - fixed[full]['cpu_sync_s']) / tasks:.0f} µs); "
                    f"{sum(found['requests'].values())} requests, peak {found['peak_rss_mib']:.0f} MiB",
                )


def a_record(many: dict[str, Any], none: dict[str, Any]) -> float:
    """Return the ratio that each further record costs, without what any run costs."""
    return float((many["cpu_sync_s"] - none["cpu_sync_s"]) / (many["cpu_bare_s"] - none["cpu_bare_s"]))


def measure(
    environment: dict[str, str], records: int, rounds: int, *, full: bool = False, peak: bool = True
) -> dict[str, Any]:
    """Return the figures of a run that finds nothing to do."""
    base = environment["PFJIRA_JIRA_URL"]
    run_sync(environment, full=full)
    control(base, "DELETE", "requests")
    run_sync(environment, full=full)
    listing = control(base, "GET", "requests")
    requests = [f"{entry['method']} {entry['path']}" for entry in listing]
    bare, ours = [], []
    for _ in range(rounds):
        bare.append(cpu(lambda: fetch_bare(environment, listing, full=full)))
        ours.append(cpu(lambda: run_sync(environment, full=full)))
    ratios = [mine / plain for mine, plain in zip(ours, bare, strict=True)]
    return {
        "records": records,
        "requests": {name: requests.count(name) for name in sorted(set(requests))},
        "cpu_bare_s": round(statistics.median(bare), 3),
        "cpu_sync_s": round(statistics.median(ours), 3),
        "cpu_ratio": round(statistics.median(ratios), 2),
        "cpu_ratios": [round(ratio, 2) for ratio in sorted(ratios)],
        "peak_rss_mib": whole_process_peak(environment, full=full) if peak else None,
    }


def run_sync(environment: Mapping[str, str], *, full: bool = False) -> None:
    """Run one sync in this process, as the command does but without printing."""
    from pfjira.cli.places import Places
    from pfjira.cli.wiring import open_workspace
    from pfjira.ops.sync import sync
    from pfjira.ops.workspace import Scope

    all_of_it = {**os.environ, **environment}
    with open_workspace(Places(), command="benchmark", writes=True, environment=all_of_it) as workspace:
        sync(workspace, Scope(full=full))


def fetch_bare(environment: Mapping[str, str], listing: list[dict[str, Any]], *, full: bool) -> None:
    """Fetch the same answers with the same client library, parse them with the same parser, and hash each row."""
    import httpx

    base = environment["PFJIRA_JIRA_URL"]
    hr = {"X-API-KEY": environment["PFJIRA_PEOPLEFORCE_API_KEY"]}
    login = (environment["PFJIRA_JIRA_EMAIL"], environment["PFJIRA_JIRA_API_TOKEN"])
    plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # as ours: spares loading certificates that nobody needs here
    with httpx.Client(headers=hr, verify=plain) as peopleforce, httpx.Client(auth=login, verify=plain) as jira:
        for entry in listing:
            if entry["method"] == "GET":
                client = jira if entry["system"] == "jira" else peopleforce
                read(client.get(f"{base}{entry['path']}?{urlencode(entry['query'], doseq=True)}"))
        ids = []
        for mark in ('labels = "pfjira"', "creator = currentUser()"):
            jql = f"{mark} ORDER BY created ASC" if full else f"{mark} AND updated >= -12m ORDER BY created ASC"
            ids = search(jira, f"{base}/rest/api/3/search/jql", jql)
        for start in range(0, len(ids) if full else 0, 100):
            body = {"issueIdsOrKeys": ids[start : start + 100], "fields": FIELDS, "properties": ["pfjira"]}
            read(jira.post(f"{base}/rest/api/3/issue/bulkfetch", json=body))


def search(client: Any, url: str, jql: str) -> list[str]:
    """Search page by page; return the ids."""
    ids: list[str] = []
    body: dict[str, Any] = {"jql": jql, "fields": ["updated"], "properties": ["pfjira"], "maxResults": 1000}
    while True:
        answer = read(client.post(url, json=body))
        ids += [row["id"] for row in answer["issues"]]
        if not answer.get("nextPageToken"):
            return ids
        body["nextPageToken"] = answer["nextPageToken"]


def read(answer: Any) -> Any:
    """Parse an answer; hash each of its rows."""
    payload = orjson.loads(answer.content)
    rows = payload if isinstance(payload, list) else payload.get("data") or payload.get("issues") or ()
    for row in rows:
        hashlib.sha256(orjson.dumps(row, option=orjson.OPT_SORT_KEYS)).hexdigest()
    return payload


def cpu(work: Callable[[], None]) -> float:
    """Return the CPU seconds that this process spends on something."""
    before = time.process_time()
    work()
    return time.process_time() - before


def whole_process_peak(environment: Mapping[str, str], *, full: bool = False) -> float:
    """Return the peak memory of a whole `pfjira sync` process, in MiB, as the kernel tells it at its end."""
    words = ["sync", "--json", *(["--full"] if full else [])]
    code = f"{LATER}; from pfjira.cli.app import main; main({words}); print(open('/proc/self/status').read())"
    run, whole = [sys.executable, "-c", code], {**os.environ, **environment}
    answer = subprocess.run(run, env=whole, check=True, capture_output=True, text=True, cwd=ROOT)
    line = next(line for line in answer.stdout.splitlines() if line.startswith("VmHWM:"))
    return round(int(line.split()[1]) / 1024, 1)


@contextmanager
def prepared(*, tasks: int = 0, people: int = 0, staff: int = 500) -> Iterator[dict[str, str]]:
    """Serve a company with rules for its tasks, or people, first synced an hour ago; yield the environment."""
    with tempfile.TemporaryDirectory() as folder, serving(tasks or 100, people or staff) as environment:
        rules = rules_for_people(Path(folder)) if people else open_rules(Path(folder))
        environment |= {"PFJIRA_STATE": f"{folder}/state.db", "PFJIRA_RULES": str(rules)}
        run_sync(environment)
        with hour_later(environment["PFJIRA_JIRA_URL"]):
            run_sync(environment)
            yield environment


@contextmanager
def hour_later(base: str) -> Iterator[None]:
    """Let an hour pass, there and for the runs of this process: what was just made is no news any more."""
    from pfjira.cli import wiring

    control(base, "POST", "advance", {"seconds": 3600})
    before, threshold = vars(wiring)["Workspace"], gc.get_threshold()
    exec(LATER, {})
    gc.set_threshold(ALLOCATIONS)  # as the command does; the bare loop has the advantage too
    try:
        yield
    finally:
        vars(wiring)["Workspace"] = before
        gc.set_threshold(*threshold)


def rules_for_people(folder: Path) -> Path:
    """Return rules for employees that read what a list shows, and nothing else."""
    path = folder / "rules.yaml"
    path.write_text(PEOPLE)
    return path


def open_rules(folder: Path) -> Path:
    """Return the default rules without a limit for the first run, and without a person: nobody is waited for.

    A record that waits for a person without an account is looked at by each full sweep, so it is not one where nothing
    is to be done; one in eight of the sandbox's would.
    """
    text = (ROOT / "rules.yaml").read_text().replace("guards:\n", "guards:\n  first: { max: 1000000 }\n")
    path = folder / "rules.yaml"
    path.write_text("".join(line for line in text.splitlines(keepends=True) if "{ person:" not in line))
    return path


@contextmanager
def serving(tasks: int, people: int = 500) -> Iterator[dict[str, str]]:
    """Serve a sandbox in a process of its own; yield the environment that points at it."""
    server = subprocess.Popen(
        [sys.executable, "-m", "pfjira.sandbox", "--people", str(people), "--tasks", str(tasks)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert server.stdout is not None
    try:
        lines = [server.stdout.readline() for _ in range(7)]
        pairs = (line.removeprefix("export ").strip().split("=", 1) for line in lines)
        yield {name: value.strip("'") for name, value in pairs}
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


def control(base: str, method: str, path: str, body: object = None) -> Any:
    """Steer the sandbox."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(f"{base}/__sandbox__/{path}", data=data, method=method)
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
    return json.loads(text) if text else None


if __name__ == "__main__":
    sys.exit(main())
