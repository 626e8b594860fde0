"""`demo` and `sandbox`: everything to try without an account."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from pfjira.cli.options import RulesFile


def demo(
    tasks: Annotated[
        int, typer.Option("--tasks", metavar="N", min=20, max=5000, help="Open tasks in the invented company.")
    ] = 300,
    rules: RulesFile = None,
) -> None:
    """Show the main job on an invented company; needs no account.

    Both systems are simulated on this machine, nothing is left behind.
    """
    from pfjira.cli.story import tell

    raise typer.Exit(tell(tasks=tasks, rules=rules))


def sandbox(
    people: Annotated[int, typer.Option(metavar="N", min=1, max=50_000, help="Employees.")] = 200,
    tasks: Annotated[int, typer.Option(metavar="N", min=0, max=100_000, help="Open tasks.")] = 300,
    completed: Annotated[int, typer.Option(metavar="N", min=0, max=100_000, help="Completed tasks.")] = 60,
    seed: Annotated[int, typer.Option(metavar="N", help="Another seed, another company.")] = 7,
    port: Annotated[
        int, typer.Option(metavar="N", min=0, max=65_535, help="Port on 127.0.0.1; 0 takes any free one.")
    ] = 0,
    index_lag: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="Seconds by which Jira's search lags behind.")
    ] = 0.0,
    switch: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="SYSTEM.SWITCH=VALUE", help="Any switch, as peopleforce.metadata=flat."),
    ] = None,
    hooks: Annotated[
        str | None, typer.Option("--hooks", metavar="URL", help="Send the webhooks of both to this `webhook-serve`.")
    ] = None,
    hook_faults: Annotated[
        str | None,
        typer.Option("--hook-faults", metavar="LIST", help="How they go wrong: late,doubled,reordered,lost,unsigned."),
    ] = None,
) -> None:
    """Serve simulated PeopleForce and Jira until Ctrl-C.

    Prints `export` lines that point at them, at a state file of their own and, where you have no rules file, at ours.
    """
    import shlex
    import tempfile
    from dataclasses import replace
    from pathlib import Path

    from pfjira.cli import output
    from pfjira.errors import ConfigError
    from pfjira.sandbox.hooks import Sender, Watch
    from pfjira.sandbox.options import SandboxOptions, with_settings
    from pfjira.sandbox.server import serve

    secrets = _hook_secrets()
    faults = [word.strip() for word in (hook_faults or "").split(",") if word.strip()]

    def sender(watch: Watch) -> Sender:
        try:
            return Sender(watch, hooks or "", secrets=secrets, faults=faults)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--hooks") from None

    options = SandboxOptions(people=people, tasks=tasks, completed_tasks=completed, seed=seed)
    options = replace(options, jira=replace(options.jira, index_lag_s=index_lag))
    try:
        options = with_settings(options, switch or [])
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None

    def announce(environment: dict[str, str]) -> None:
        # A state of its own: what is tried here must not meet the state of the real pair of systems.
        more = {"PFJIRA_STATE": str(Path(folder) / "state.db"), **_rules_if_none()}
        if hooks is not None:
            more |= {f"PFJIRA_{system.upper()}_WEBHOOK_SECRET": secret for system, secret in secrets.items()}
        for name, value in {**environment, **more}.items():
            output.say(f"export {name}={shlex.quote(value)}")
        if os.isatty(1):
            output.remark("Paste these lines into another terminal, then `pfjira sync` there. Ctrl-C ends the sandbox.")

    try:
        with tempfile.TemporaryDirectory(prefix="pfjira-sandbox-") as folder:
            serve(options, port, announce, hooks=None if hooks is None else sender)
    except KeyboardInterrupt:
        output.remark("The sandbox is closed; everything in it is gone.")
    except OSError as error:
        raise ConfigError(
            f"Port {port} cannot be used: {error.strerror}.", hint="Choose another, or 0 for any."
        ) from error


def _hook_secrets() -> dict[str, str]:
    """Return what webhooks are signed with: what the environment says, else invented ones."""
    from pfjira.config.secrets import secret
    from pfjira.errors import SecretMissing
    from pfjira.sandbox.hooks import SECRETS

    found = dict(SECRETS)
    for system in SECRETS:
        try:
            found[system] = secret(system, "webhook_secret", os.environ).replace("\n", ",").partition(",")[0].strip()
        except SecretMissing:
            continue
    return found


def _rules_if_none() -> dict[str, str]:
    """Return what points at the default rules where a command would find none."""
    from pfjira.cli.story import default_rules
    from pfjira.config.paths import rules_file
    from pfjira.errors import ConfigError

    try:
        rules_file(None, os.environ)
    except ConfigError:
        return {"PFJIRA_RULES": str(default_rules())}
    return {}
