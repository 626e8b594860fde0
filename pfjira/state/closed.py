"""State files that nobody works with: a copy that is looked through, a file that is about to be replaced."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pfjira.errors import StateDamaged, StateError
from pfjira.state.sqlite import quoted, sqlite3, translated
from pfjira.state.store import Row


@contextmanager
def checked_copy(path: Path) -> Iterator[Callable[..., list[Row]]]:
    """Lend a function that asks a copy of the state, of whatever schema, once it was read through. Raise StateError."""
    try:
        with translated(path):
            connection = sqlite3.connect(f"file:{quoted(path)}?mode=ro", uri=True, isolation_level=None)
            try:
                tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
                if not {"meta", "runs"} <= tables:
                    raise StateDamaged("it has other tables")
                if list(connection.execute("PRAGMA integrity_check(1)")) != [("ok",)]:
                    raise StateDamaged("it is not intact")
                yield lambda sql, parameters=(): list(connection.execute(sql, parameters))
            finally:
                connection.close()
    except StateDamaged as error:
        raise StateDamaged(f"{path} is damaged, or no copy of a state.", hint="Choose another one.") from error


def fold(path: Path) -> None:
    """Bring the log of a state file, of whatever schema, into the file and remove it: the file alone is the state.

    Raise StateDamaged, and StateError while anybody else has it open.
    """
    with translated(path):
        connection = sqlite3.connect(f"file:{quoted(path)}?mode=rw", uri=True, isolation_level=None, timeout=2)
        try:
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError as error:
            if not (getattr(error, "sqlite_errorname", "") or "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise
            raise StateError(
                f"The state file {path} is open in another program.",
                hint="Close it (a dashboard, a receiver), then again.",
            ) from error
        finally:
            connection.close()
