"""What a sync that finds nothing to do costs, as a ratio to fetching and parsing the same pages bare, in one run.

    python tests/benchmarks/noop.py [--tasks 5000] [--people 5000] [--rounds 7]

Prints one JSON document with two tables: open tasks, and employees of whom a list tells all. Each has
requests by kind, CPU ratios round by round, and the peak memory of a real process. The sandbox is a process of its own,
so that its work is not counted.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BUDGET = 1.5
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
    with prepared(people=chosen.people) as environment:
        result["employees"] = measure(environment, chosen.people, chosen.rounds)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")
    return int(result["tasks"]["cpu_ratio"] > BUDGET)


def measure(environment: dict[str, str], records: int, rounds: int) -> dict[str, Any]:
    """Return the figures of a no-op run over a company that was synced before."""
    os.environ.update(environment)
    base = environment["PFJIRA_JIRA_URL"]
    run_sync()
    control(base, "POST", "advance", {"seconds": 3600})
    control(base, "DELETE", "requests")
    run_sync()
    listing = control(base, "GET", "requests")
    requests = [f"{entry['method']} {entry['path']}" for entry in listing]
    queries = [entry for entry in listing if entry["system"] == "peopleforce"]
    pages = [f"{base}{entry['path']}?{entry['query']}" for entry in queries]
    bare, ours = [], []
    for _ in range(rounds):
        bare.append(cpu(lambda: fetch_bare(environment, pages)))
        ours.append(cpu(run_sync))
    ratios = [mine / plain for mine, plain in zip(ours, bare, strict=True)]
    return {
        "records": records,
        "requests": {name: requests.count(name) for name in sorted(set(requests))},
        "cpu_bare_s": round(statistics.median(bare), 3),
        "cpu_sync_s": round(statistics.median(ours), 3),
        "cpu_ratio": round(statistics.median(ratios), 2),
        "cpu_ratios": [round(ratio, 2) for ratio in sorted(ratios)],
        "peak_rss_mib": whole_process_peak(environment),
    }


def run_sync() -> None:
    """Run one sync in this process, as the command does but without printing."""
    from pfjira.cli.places import Places
    from pfjira.cli.wiring import open_workspace
    from pfjira.ops.sync import sync
    from pfjira.ops.workspace import Scope

    with open_workspace(Places(), command="benchmark", writes=True) as workspace:
        sync(workspace, Scope())


def fetch_bare(environment: dict[str, str], pages: list[str]) -> None:
    """Fetch and parse the listing pages with the same client library and parser, and do nothing with them."""
    import httpx
    import orjson

    login = (environment["PFJIRA_JIRA_EMAIL"], environment["PFJIRA_JIRA_API_TOKEN"])
    with httpx.Client(headers={"X-API-KEY": environment["PFJIRA_PEOPLEFORCE_API_KEY"]}) as client:
        for page in pages:
            orjson.loads(client.get(page).content)
        url = f"{environment['PFJIRA_JIRA_URL']}/rest/api/3/search/jql"
        for mark in ('labels = "pfjira"', "creator = currentUser()"):
            body = {"jql": f"{mark} AND updated >= -12m", "fields": ["updated"], "maxResults": 1000}
            orjson.loads(client.post(url, json=body, auth=login).content)


def cpu(work: Callable[[], None]) -> float:
    """Return the CPU seconds that this process spends on something."""
    before = time.process_time()
    work()
    return time.process_time() - before


def whole_process_peak(environment: dict[str, str]) -> float:
    """Return the peak memory of a whole `pfjira sync` process, in MiB, as the kernel tells it at its end."""
    code = "from pfjira.cli.app import main; main(['sync', '--json']); print(open('/proc/self/status').read())"
    run, full = [sys.executable, "-c", code], {**os.environ, **environment}
    answer = subprocess.run(run, env=full, check=True, capture_output=True, text=True, cwd=ROOT)
    line = next(line for line in answer.stdout.splitlines() if line.startswith("VmHWM:"))
    return round(int(line.split()[1]) / 1024, 1)


@contextmanager
def prepared(*, tasks: int = 0, people: int = 0) -> Iterator[dict[str, str]]:
    """Serve a company with rules for its tasks, or for its people; yield the environment with a state of its own."""
    with tempfile.TemporaryDirectory() as folder, serving(tasks or 100, people or 500) as environment:
        rules = rules_for_people(Path(folder)) if people else open_rules(Path(folder))
        yield environment | {"PFJIRA_STATE": f"{folder}/state.db", "PFJIRA_RULES": str(rules)}


def rules_for_people(folder: Path) -> Path:
    """Return rules for employees that read what a list shows, and nothing else."""
    path = folder / "rules.yaml"
    path.write_text(PEOPLE)
    return path


def open_rules(folder: Path) -> Path:
    """Return the default rules without a limit for the first run."""
    text = (ROOT / "rules.yaml").read_text().replace("guards:\n", "guards:\n  first: { max: 1000000 }\n")
    path = folder / "rules.yaml"
    path.write_text(text)
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
