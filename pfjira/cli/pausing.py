"""`pause` and `resume`: stop all writing at once, whatever runs, and let it go on."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from pfjira.cli.options import AsJson, StateFile

PATIENCE_MS = 2000
"""How long to wait for a busy state before the act stays out of the audit; the switch does not wait."""


def pause(
    because: Annotated[str, typer.Option("--because", metavar="TEXT", help="Why, for those who ask.")] = "",
    as_json: AsJson = False,
    state: StateFile = None,
) -> None:
    """Stop all writing at once, also by a running sync.

    It stays so until `pfjira resume`. Looking is possible meanwhile.
    """
    from pfjira.cli import output
    from pfjira.cli.standing import user
    from pfjira.config.paths import state_file
    from pfjira.state import pause as switch

    path = state_file(state, os.environ)
    now, who = datetime.now(UTC), user()
    before = switch.switch_on(path, who=who, why=because.strip(), now=now)
    noted = before is None and _note(path, "pause", because.strip(), who, now)
    held = before or switch.read(path) or switch.Pause()
    if as_json:
        output.write_json({"paused": held.document(), "changed": before is None, "audited": noted})
        return
    words = output.visible(held.sentence())
    output.say(f"Already {words}." if before else f"{words[0].upper()}{words[1:]}: nothing is written any more.")
    output.say("  → `pfjira resume` lets it go on.")


def resume(as_json: AsJson = False, state: StateFile = None) -> None:
    """Let writing go on.

    The next sync makes up for what waited.
    """
    from pfjira.cli import output
    from pfjira.cli.standing import user
    from pfjira.config.paths import state_file
    from pfjira.state import pause as switch

    path = state_file(state, os.environ)
    before = switch.switch_off(path)
    noted = before is not None and _note(path, "resume", "", user(), datetime.now(UTC))
    if as_json:
        output.write_json({"was": before.document() if before else None, "changed": bool(before), "audited": noted})
    elif before is None:
        output.say("Nothing was paused.")
    else:
        output.say(f"It was {output.visible(before.sentence())}. The next `pfjira sync` goes on.")


def _note(path: Path, act: str, subject: str, who: str, now: datetime) -> bool:
    """Write the act into the audit, beside whoever holds the lock; say whether that was possible in short time."""
    from pfjira.cli import output
    from pfjira.config.paths import present
    from pfjira.errors import PfjiraError
    from pfjira.state import audit
    from pfjira.state.store import Store

    try:
        if not present(path):
            return False  # no state, no audit
        with Store.beside(path, patience_ms=PATIENCE_MS) as store, store.write():
            audit.append(store, who, act, subject, now)
    except PfjiraError as error:
        output.remark(f"It holds, but is not in the audit: {error}")
        return False
    return True
