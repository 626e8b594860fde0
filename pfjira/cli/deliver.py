"""`deliver`: what another program would send to a source's hook, taken from a file or a pipe."""

from __future__ import annotations

import os
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pfjira.cli.options import AsJson, RulesFile, StateFile

if TYPE_CHECKING:
    from pfjira.engine.doors import Source
    from pfjira.engine.rules import RuleSet


def deliver(
    source: Annotated[str, typer.Argument(metavar="SOURCE", help="Name of a source that the rules declare.")],
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="One JSON object, or one in each line. [default: stdin]"),
    ] = None,
    as_json: AsJson = False,
    rules: RulesFile = None,
    state: StateFile = None,
) -> None:
    """Take a document as if a hook had brought it, for sync.

    Only the declared fields are kept. What comes again under an id that was worked off is not taken again. Exit 78 when
    it cannot be taken; then nothing was.
    """
    from pfjira.cli import output
    from pfjira.cli.choosing import candidate, rules_in_force
    from pfjira.cli.places import Places, open_state
    from pfjira.errors import BadDelivery
    from pfjira.ops.intake import LARGEST, take_in

    places = Places(rules, state)
    # A wrong name or a broken file leaves no trace, and nobody waits for a slow pipe.
    with open_state(places, command="deliver", writes=False, environment=os.environ) as store:
        choice = rules_in_force(store, candidate(places, os.environ))
    declared, content = _declared(source, choice.rules), _content(file, LARGEST)
    with open_state(places, command="deliver", writes=True, environment=os.environ) as store:
        try:
            taken = take_in(store, declared, content, now=datetime.now(UTC))
        except BadDelivery as error:
            raise _placed(error, file) from None
    reader = any(rule.kind == f"hook.{source}" for rule in choice.rules.rules)
    if as_json:
        document: dict[str, Any] = {
            "source": source,
            "taken": taken.new,
            "replaced": taken.replaced,
            "known": taken.known,
            "read_by_a_rule": reader,
        }
        output.write_json(document)
        return
    output.say(f"{output.counted(len(taken.new), 'delivery', 'deliveries')} taken.", "green" if taken.new else "")
    if taken.replaced:
        stands = "stands" if len(taken.replaced) == 1 else "stand"
        output.say(f"{len(taken.replaced)} of the same id {stands} in the place of what was not worked off yet.")
    if taken.known:
        was = "was" if len(taken.known) == 1 else "were"
        output.say(f"{output.counted(len(taken.known), 'id')} {was} taken before, and not again.")
    if not reader:
        output.say(f"No rule is for hook.{source}: it waits until one is, for two weeks at most.", "yellow")
    elif taken.new or taken.replaced:
        output.say("The next `pfjira sync` works them off.")


def _declared(name: str, rules: RuleSet) -> Source:
    found = next((one for one in rules.sources if one.name == name), None)
    if found is not None:
        return found
    from difflib import get_close_matches

    from pfjira.cli import output

    names = [one.name for one in rules.sources]
    near = get_close_matches(name, names, 1)
    there = f"; there is {', '.join(names)}" if names else "; they declare none at all"
    tip = f", did you mean {near[0]!r}?" if near else there
    raise typer.BadParameter(f"the rules declare no source {output.short(name)!r}{tip}", param_hint="SOURCE")


def _content(file: Path | None, most: int) -> bytes:
    """Return what is delivered, and one byte more than allowed where it is too large."""
    from pfjira.errors import ConfigError

    if file is None or str(file) == "-":
        return sys.stdin.buffer.read(most + 1)
    try:
        # Without O_NONBLOCK a pipe that nobody writes to would hold the command for ever.
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise ConfigError(f"{file} is no ordinary file.", hint="Name a JSON file, or pipe it in without FILE.")
            return opened.read(most + 1)
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be read: {error.strerror}.", hint="Name a JSON file that is there."
        ) from error


def _placed(error: Any, file: Path | None) -> Exception:
    """Return the error with the place before its sentence: `event.json:3:7: …`."""
    from pfjira.errors import BadDelivery

    place = ":".join(str(part) for part in (file or "stdin", error.line, error.column) if part)
    return BadDelivery(f"{place}: {error}", line=error.line, column=error.column, hint=error.hint)
