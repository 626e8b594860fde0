"""One SQLite file in WAL mode, durable at every commit, private to its owner. The only place that opens it.

Writes begin with BEGIN IMMEDIATE: a plain BEGIN that reads first fails at once, ignoring the timeout, when another
process committed in between. No network call may happen inside `write()`.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pfjira.errors import ConfigError, SchemaTooNew, StateError, StateUnwritable
from pfjira.state import bare, files
from pfjira.state.place import private_folders, refuse_full, refuse_unfit
from pfjira.state.schema import MIGRATIONS, migrations
from pfjira.state.sqlite import damaged, quoted, sqlite3, sqlite_is_safe, translated, unwritable
from pfjira.state.wal import Log

BUSY_S = 30.0
JSON_COLUMNS = (("links", "base"), ("runs", "counts"))
Row = tuple[Any, ...]


class Store:
    """The state file, open. Use as a context manager; `write()` for everything that changes it."""

    def __init__(
        self, connection: Any, path: Path | None, *, read_only: bool = False, patience_s: float | None = None
    ) -> None:
        self._connection = connection
        self.path = self._holds = path
        self.read_only = read_only
        self._patience_s = BUSY_S if patience_s is None else patience_s
        self.stands_in = False
        """Whether a copy in memory is read instead of the file, which is of an older pfjira."""
        self._log: Log | None = None
        self._wait()

    @classmethod
    def open(
        cls, path: Path, *, read_only: bool = False, older: bool = False, patience_s: float | None = None
    ) -> Store:
        """Open the file, making and migrating it unless read_only; wait for others so long. Raise StateError.

        `older`: with read_only, a copy in memory stands in for a file of an older pfjira, and shows no later writes.
        """
        _refuse_unsafe()
        if read_only:
            refuse_unfit(path)
            _refuse_strangers(path)
        else:
            _prepare(path)
        with translated(path):
            connection = _connection(path, "?mode=ro" if read_only else "")
            store = cls(connection, path, read_only=read_only, patience_s=patience_s)
            try:
                store._set_up(older=older)
            except BaseException:
                store._let_go()
                raise
        return store

    @classmethod
    def prepared(cls, path: Path, lock: Callable[[], object]) -> Store:
        """Make the file's private folder, take the lock, and only then open the file for writing."""
        _refuse_unsafe()
        refuse_full(path)
        _prepare(path)
        lock()
        return cls.open(path)

    @classmethod
    def beside(cls, path: Path, *, patience_ms: int) -> Store:
        """Open a file that is there and up to date for one short note, without its lock. Raise StateError."""
        cls.open(path, read_only=True).close()
        with translated(path):
            store = cls(_connection(path, "?mode=rw"), path, patience_s=patience_ms / 1000)
            for setting in ("synchronous = FULL", "secure_delete = ON"):
                store._connection.execute(f"PRAGMA {setting}")
        return store

    @classmethod
    def memory(cls) -> Store:
        """Return an empty store that leaves no trace, for looking before anything was ever synced."""
        store = cls(sqlite3.connect(":memory:", isolation_level=None), None)
        store._set_up()
        return store

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the log is folded into it."""
        if self._log is not None:
            self._log.start_anew()
        self._let_go()

    @contextmanager
    def write(self) -> Iterator[Store]:
        """Run the block as one durable transaction, or not at all."""
        with translated(self.path, whole_block=True):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self
                self._connection.execute("COMMIT")
                if self._log is not None:
                    self._log.keep_small()
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def hurried(self) -> Iterator[Store]:
        """Wait for nobody in the block: while another process writes, writing is a StateError at once."""
        usual, self._patience_s = self._patience_s, 0.0
        self._wait()
        try:
            yield self
        finally:
            self._patience_s = usual
            self._wait()

    def run(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Execute one statement; return how many rows it changed."""
        with translated(self.path):
            return int(self._connection.execute(sql, parameters).rowcount)

    def run_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Execute one statement for each row."""
        with translated(self.path):
            self._connection.executemany(sql, rows)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Return all rows of a query."""
        with translated(self.path):
            return list(self._connection.execute(sql, parameters))

    def each(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """Yield the rows of a query without holding them all."""
        with translated(self.path):
            yield from self._connection.execute(sql, parameters)

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """Return the first row of a query."""
        with translated(self.path):
            row: Row | None = self._connection.execute(sql, parameters).fetchone()
            return row

    def meta(self, name: str) -> str | None:
        """Return one named fact about this state file."""
        row = self.one("SELECT value FROM meta WHERE name = ?", (name,))
        return row[0] if row else None

    def set_meta(self, name: str, value: str) -> None:
        """Remember one named fact; inside `write()`."""
        self.run("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, value))

    @property
    def salt(self) -> bytes:
        """The salt of this installation's fingerprints."""
        return bytes.fromhex(self.meta("salt") or "")

    @property
    def moved(self) -> int:
        """A number that changes whenever another process has written; asking costs next to nothing."""
        row = self.one("PRAGMA data_version")
        assert row is not None
        return int(row[0])

    def copy_into(self, target: Path) -> None:
        """Write a whole and tidy copy, as of now, into an empty file; others may go on writing meanwhile."""
        self.run("VACUUM INTO ?", (str(target),))

    def rewrite(self) -> bool:
        """Write the file anew and empty its log, so that nothing erased is left in them; False while others read."""
        assert self._log is not None
        self.run("VACUUM")
        self._log.start_anew()
        return self._log.size() == 0

    def check(self, *, quick: bool = False) -> None:
        """Read the whole file for damage; `quick` leaves out whether indexes and tables agree. Raise StateDamaged."""
        for (verdict,) in self.rows(f"PRAGMA {'quick' if quick else 'integrity'}_check(1)"):
            if verdict != "ok":
                raise damaged(self.path, verdict.splitlines()[-1])
        # SQLite looks at the frame, not at what is in it: text is read once, and what must be JSON is taken apart. A
        # row's texts come as one, which is decoded all the same: this is a good part of what an idle run costs.
        texts = (
            "SELECT t.name, group_concat(format('\"%w\"', c.name)) FROM sqlite_schema t, pragma_table_info(t.name) c "
        )
        for table, columns in self.rows(f"{texts} WHERE t.type = 'table' AND c.type = 'TEXT' GROUP BY t.name"):
            for _ in self.each(f'SELECT concat_ws(char(10), {columns}) FROM "{table}"'):
                pass
        for table, column in JSON_COLUMNS:
            if self.one(f"SELECT 1 FROM {table} WHERE NOT json_valid({column})"):
                raise damaged(self.path, f"rubbish in {table}")

    def _wait(self, seconds: float | None = None) -> None:
        """Say how long others are waited for from now on: nobody else says it. Never longer than this store does."""
        patience_s = self._patience_s if seconds is None else min(seconds, self._patience_s)
        self._connection.execute(f"PRAGMA busy_timeout = {int(patience_s * 1000)}")

    def _let_go(self) -> None:
        self._connection.close()
        bare.closed(self._holds)
        self._holds = None

    def _set_up(self, *, older: bool = False) -> None:
        execute = self._connection.execute
        version = execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise SchemaTooNew(
                f"{self.path} was written by a newer pfjira (schema {version}, this one knows {len(MIGRATIONS)}).",
                hint="Update pfjira, or point PFJIRA_STATE at another file. Nothing was touched.",
            )
        if self.read_only:
            if version < len(MIGRATIONS) and older and version:
                self._stand_in()
            elif version < len(MIGRATIONS):
                raise StateError(f"{self.path} holds no state of this version yet.", hint="Run `pfjira sync` once.")
            return
        if self.path is not None:
            _make_private(self.path)  # before there is a log beside it, which inherits the mode
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = FULL")
        execute("PRAGMA foreign_keys = ON")
        execute("PRAGMA secure_delete = ON")  # what a delivery held is erased, not only forgotten
        if self.path is not None:
            self._log = Log(self._connection, self.path, wait=self._wait, error=sqlite3.Error)
        if version < len(MIGRATIONS):
            self._migrate(version)

    def _stand_in(self) -> None:
        """Read a copy in memory, brought up to date, in the place of the file."""
        file, self._connection = self._connection, sqlite3.connect(":memory:", isolation_level=None)
        file.backup(self._connection)
        file.close()
        self._migrate(0)
        self._connection.execute("PRAGMA query_only = ON")
        self.stands_in = True

    def _migrate(self, version: int) -> None:
        from sqlite_utils import Database

        if version and self.path:
            keep = Path(f"{self.path}.before-{MIGRATIONS[version][0]}")
            if not keep.exists():
                _copy_first(self, keep)
        migrations().apply(Database(self._connection, execute_plugins=False))
        with self.write():
            self._connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
            if self.meta("salt") is None:
                self.set_meta("salt", secrets.token_hex(16))
                self.set_meta("generation", "1")


def _refuse_unsafe() -> None:
    if not sqlite_is_safe():
        raise ConfigError(
            f"SQLite {sqlite3.sqlite_version} can corrupt a database that several processes write.",
            hint="Install pysqlite3 (`pip install pysqlite3`), or a Python linked with SQLite 3.51.3 or newer.",
        )


def _connection(path: Path, mode: str) -> Any:
    with bare.opening(path):
        return sqlite3.connect(f"file:{quoted(path)}{mode}", uri=True, isolation_level=None, check_same_thread=False)


def _copy_first(store: Store, keep: Path) -> None:
    """Copy the state before it is migrated; the copy has its name when it is whole, and is private at any time."""
    part = Path(f"{keep}.part")
    try:
        part.unlink(missing_ok=True)
        files.make_new(part)
        store.copy_into(part)
        files.sync(part)
        os.replace(part, keep)
    except OSError as error:
        raise unwritable(keep, error) from error


def _refuse_strangers(path: Path) -> None:
    """Raise StateUnwritable for a folder, a device, a link: whatever is there and can be no state file of ours."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise unwritable(path, error) from error
    if not stat.S_ISREG(mode):
        kind = "a folder" if stat.S_ISDIR(mode) else "a symbolic link" if stat.S_ISLNK(mode) else "no ordinary file"
        raise StateUnwritable(
            f"{path} is {kind} and cannot be the state file; it is left as it is.",
            hint="Name a file, with --state or PFJIRA_STATE; it is made where there is none.",
        )


def _prepare(path: Path) -> None:
    """Make the folder, and the file where there is none, before SQLite opens them; what exists is not touched."""
    try:
        refuse_unfit(path)
        private_folders(path.parent)
        _refuse_strangers(path)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    except OSError as error:
        raise unwritable(path, error) from error


def _make_private(path: Path) -> None:
    """Take the file from the eyes of others, once it is known to be a database that we may use."""
    try:
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise unwritable(path, error) from error
