"""`python -m pfjira.sandbox`: serve both simulated systems until Ctrl-C, and say which environment points at them."""

from __future__ import annotations

import argparse
import dataclasses
import shlex
import signal
import sys

from pfjira.sandbox.options import SandboxOptions, with_settings
from pfjira.sandbox.server import serve


def main(argv: list[str] | None = None) -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m pfjira.sandbox", description="PeopleForce and Jira, simulated.")
    standard = SandboxOptions()
    parser.add_argument("--people", type=int, default=standard.people)
    parser.add_argument("--tasks", type=int, default=standard.tasks, help="open tasks")
    parser.add_argument("--completed", type=int, default=standard.completed_tasks, help="completed tasks")
    parser.add_argument("--seed", type=int, default=standard.seed)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--index-lag-s", type=float, default=0.0, help="how long Jira's search lags behind")
    parser.add_argument("--rate-limit", type=int, default=None, help="PeopleForce requests a minute, as 300")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="SYSTEM.SWITCH=VALUE",
        help="any switch, as peopleforce.metadata=flat",
    )
    chosen = parser.parse_args(argv)
    options = SandboxOptions(
        people=chosen.people,
        tasks=chosen.tasks,
        completed_tasks=chosen.completed,
        seed=chosen.seed,
        peopleforce=dataclasses.replace(standard.peopleforce, rate_limit_per_minute=chosen.rate_limit),
        jira=dataclasses.replace(standard.jira, index_lag_s=chosen.index_lag_s),
    )
    try:
        options = with_settings(options, chosen.set)
    except ValueError as error:
        parser.error(str(error))
    # A supervisor's SIGTERM ends it as Ctrl-C does; and a shell that runs it in the background would ignore SIGINT.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    try:
        serve(options, chosen.port, _announce)
    except KeyboardInterrupt:
        pass
    except OSError as error:
        sys.stderr.write(f"cannot listen on port {chosen.port}: {error.strerror}\n")
        return 69
    return 0


def _announce(environment: dict[str, str]) -> None:
    for name, value in environment.items():
        sys.stdout.write(f"export {name}={shlex.quote(value)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
