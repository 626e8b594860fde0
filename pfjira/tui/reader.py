"""The state, read in short questions from one connection that never keeps a transaction open between them.

So SQLite's log is folded in whatever the dashboard does. Whether anything moved is asked first: that costs next to
nothing, and a screen that nobody changes is not read again.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pfjira.errors import StateError
from pfjira.state.store import Store

T = TypeVar("T")
PATIENCE_S = 1.0
"""A state that somebody holds for longer is shown as busy."""


class NoState(StateError):
    """There is no state file yet."""


class Reader:
    """One read-only connection for all threads of the dashboard, opened again when the file was replaced."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._file: tuple[int, int] | None = None

    def read(self, ask: Callable[[Store], T]) -> T:
        """Ask the state something. Raise StateError."""
        with self._lock:
            return ask(self._opened())

    def moved(self) -> tuple[object, ...]:
        """Return a mark that changes whenever the state may have. Raise StateError."""
        with self._lock:
            store = self._opened()
            return (self._file, store.moved)

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._close()

    def _opened(self) -> Store:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            self._close()
            raise NoState(f"There is no state at {self.path} yet.", hint="`pfjira sync` makes the first run.") from None
        except OSError as error:
            self._close()
            raise StateError(
                f"The state file {self.path} cannot be looked at: {error.strerror}.",
                hint="Check the owner and the mode of the file and of its folder.",
            ) from error
        file = (found.st_dev, found.st_ino)
        if self._store is None or file != self._file:
            self._close()
            self._store, self._file = Store.open(self.path, read_only=True, patience_s=PATIENCE_S), file
        return self._store

    def _close(self) -> None:
        if self._store is not None:
            self._store.close()
        self._store = self._file = None
