"""Where things are, and the state alone: all that a command needs which asks no system.

It must stay light: whoever only looks into the state shall not pay for the connectors and their libraries.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pfjira.cli import collector
from pfjira.cli.standing import role_held
from pfjira.config.paths import present, state_file
from pfjira.ops.roles import act_of, require
from pfjira.state.locks import sole_writer
from pfjira.state.soundness import Seal, look_over
from pfjira.state.store import Store


@dataclass(frozen=True, slots=True)
class Places:
    """Where the command line says things are; None leaves it to the environment."""

    rules: Path | None = None
    state: Path | None = None


@contextmanager
def open_state(
    places: Places, *, command: str, writes: bool, environment: Mapping[str, str], patience_s: float = 0.0
) -> Iterator[Store]:
    """Open the state alone; with `writes`, hold its lock meanwhile, else an empty one stands in where there is none.

    Raise StateDamaged before anything rests on it.
    """
    collector.working()
    path = state_file(places.state, environment)
    require(role_held(path, environment), act_of(command, writes=writes, values=False))
    with ExitStack() as stack:
        seals: list[Seal] = []
        if writes:

            def lock() -> None:
                stack.enter_context(sole_writer(path, command, patience_s))
                seals.append(Seal(path))

            store = Store.prepared(path, lock)
            stack.push(partial(_seal, seals[0]))  # when the state is closed, and while the lock is held
        else:
            store = looking(path) if present(path) else Store.memory()
        stack.enter_context(store)
        look_over(store, datetime.now(UTC), *seals)
        yield store


def looking(path: Path) -> Store:
    """Open the state read-only; say so where it is of an older pfjira, and a copy stands in."""
    store = Store.open(path, read_only=True, older=True)
    if store.stands_in:
        from pfjira.cli.output import remark

        remark(f"{path} is of an older pfjira, and stays so until the next `pfjira sync`: this looks at a newer copy.")
    return store


def _seal(seal: Seal, kind: type[BaseException] | None, *_: object) -> None:
    """Seal what a command left that came to its end."""
    if kind is None:
        seal.renew()
