"""`audit list` and `audit verify`: what people did, and whether nobody changed the record of it."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Annotated

import typer

from pfjira.cli.exits import ExitCode
from pfjira.cli.options import AsJson, StateFile


def list_(
    last: Annotated[int, typer.Option("--last", min=1, help="So many of the newest acts.")] = 50,
    as_json: AsJson = False,
    state: StateFile = None,
) -> None:
    """Show what people did, the newest last."""
    from pfjira.cli import output
    from pfjira.cli.places import Places, open_state
    from pfjira.state import audit

    with open_state(Places(None, state), command="audit list", writes=False, environment=os.environ) as store:
        acts = audit.every(store, last=last)
    if as_json:
        output.write_json([asdict(act) for act in acts])
        return
    for act in acts:
        output.say(
            f"{act.number:6} {act.at[:19]} {output.visible(act.who):12} {act.act}: {output.visible(act.subject)}"
        )
    if not acts:
        output.say("Nobody did anything yet.")


def verify(as_json: AsJson = False, state: StateFile = None) -> None:
    """Look whether the record of acts is whole.

    Exit 0: whole, 1: an act was changed, taken out or put in.
    """
    from pfjira.cli import output
    from pfjira.cli.places import Places, open_state
    from pfjira.state import audit

    with open_state(Places(None, state), command="audit verify", writes=False, environment=os.environ) as store:
        verdict = audit.verify(store)
    if as_json:
        output.write_json(asdict(verdict))
    elif verdict.broken is None:
        output.say(
            f"{output.counted(verdict.acts, 'act')}, none changed; the newest seal is {verdict.head[:16] or 'none'}."
        )
    else:
        output.say(f"Act {verdict.broken} is not as it was written down: changed, taken out, or put in.", "bold red")
        output.say("  → Compare with the seals in the log (`audit.head`), and with a backup.")
    raise typer.Exit(ExitCode.OK if verdict.broken is None else ExitCode.DIFFERS)
