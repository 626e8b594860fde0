"""The state file: private, durable, strict, and opened only by a program that understands it."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from pfjira.errors import SchemaTooNew, StateError, StateUnwritable
from pfjira.state import schema
from pfjira.state import store as store_module
from pfjira.state.sqlite import sqlite3, sqlite_is_safe, sqlite_version
from pfjira.state.store import Store


def mode(path: Path) -> int:
    """Return the permission bits of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_is_private_in_a_private_folder(path: Path, store: Store) -> None:
    """Nobody else reads it, nor what SQLite keeps beside it, under the usual umask."""
    with store.write():
        store.set_meta("a", "b")
    beside = [Path(f"{path}{ending}") for ending in ("", "-wal", "-shm")]

    assert (0o700, [0o600, 0o600, 0o600]) == (mode(path.parent), [mode(name) for name in beside])


def test_a_new_file_was_never_open_to_others(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is private from its first moment on, and not made so after somebody could have opened it."""
    mended: list[Path] = []
    monkeypatch.setattr(Path, "chmod", lambda self, mode: mended.append(self))

    Store.open(path).close()

    assert ([], 0o600) == (mended, mode(path))


def test_a_file_that_others_could_read_is_made_private(path: Path) -> None:
    """A state that was copied with the wrong mode does not stay open to everybody."""
    Store.open(path).close()
    path.chmod(0o644)

    Store.open(path).close()

    assert 0o600 == mode(path)


def test_every_commit_is_on_the_disk(store: Store) -> None:
    """WAL with FULL synchronisation: a power cut takes nothing that was answered."""
    settings = [store.rows(f"PRAGMA {name}")[0][0] for name in ("journal_mode", "synchronous", "foreign_keys")]

    assert ["wal", 2, 1] == settings


def test_every_table_is_strict(store: Store) -> None:
    """No column takes a value of another type."""
    loose = store.rows(
        "SELECT name FROM pragma_table_list WHERE strict = 0 AND schema = 'main' "
        "AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '_sqlite%'"
    )

    assert [] == loose


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO runs (started_at, full) VALUES ('2026-03-02', 'not a number')",
        "INSERT INTO cursors VALUES ('jira', x'00')",
        "INSERT INTO links VALUES ('r','k','task','1','10','A-1','op','lost',0,'{}',NULL,NULL,NULL,0)",
        "INSERT INTO outbox (run, op, action, counts_as, rule, key, kind, id, project, state, planned_at) "
        "VALUES (1,'o','create','create','r','k','task','1','P','forgotten','2026-03-02')",
    ],
)
def test_a_wrong_value_is_refused(store: Store, sql: str) -> None:
    """A mistake of ours stops here and not in next month's run."""
    with pytest.raises(sqlite3.IntegrityError):
        store.run(sql)


def test_a_migration_is_applied_once(path: Path) -> None:
    """Opening again finds everything in place: the salt of the installation, and each migration a single time."""
    with Store.open(path) as first:
        salt = first.salt
    with Store.open(path) as second:
        applied = [row[0] for row in second.rows("SELECT name FROM _sqlite_migrations ORDER BY id")]
        versions = second.rows("PRAGMA user_version")

        assert (salt, 16) == (second.salt, len(salt))
        assert ([name for name, _ in schema.MIGRATIONS], [(len(schema.MIGRATIONS),)]) == (applied, versions)


def test_an_older_file_is_migrated_after_a_copy_was_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The copy is private, holds what was there before, and keeps its first content."""
    with Store.open(path) as old, old.write():
        old.set_meta("sites", "before")
        salt = old.salt
    later = (*schema.MIGRATIONS, ("9999_later", "CREATE TABLE later (a TEXT) STRICT;\n"))
    monkeypatch.setattr(schema, "MIGRATIONS", later)
    monkeypatch.setattr(store_module, "MIGRATIONS", later)

    with Store.open(path) as new:
        assert ([], "before", salt) == (new.rows("SELECT * FROM later"), new.meta("sites"), new.salt)

    copy = Path(f"{path}.before-9999_later")
    kept: Any = sqlite3.connect(str(copy))
    value = kept.execute("SELECT value FROM meta WHERE name = 'sites'").fetchone()
    kept.close()
    assert (("before",), 0o600) == (value, mode(copy))


def test_a_migration_that_fails_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The older program goes on with it."""
    Store.open(path).close()
    before = schema.MIGRATIONS
    broken = (*schema.MIGRATIONS, ("9999_broken", "CREATE TABLE half (a TEXT) STRICT;\nCREATE TABLE half (a TEXT);\n"))
    monkeypatch.setattr(schema, "MIGRATIONS", broken)
    monkeypatch.setattr(store_module, "MIGRATIONS", broken)
    with pytest.raises(sqlite3.OperationalError):
        Store.open(path)
    monkeypatch.setattr(store_module, "MIGRATIONS", before)

    with Store.open(path) as again:
        assert [] == again.rows("SELECT name FROM sqlite_schema WHERE name = 'half'")


def test_a_newer_file_is_left_untouched(path: Path) -> None:
    """An older program neither reads nor changes what it does not understand."""
    with Store.open(path) as newer:
        newer.run(f"PRAGMA user_version = {len(schema.MIGRATIONS) + 1}")
    before = path.read_bytes()

    for read_only in (False, True):
        with pytest.raises(SchemaTooNew, match="written by a newer pfjira"):
            Store.open(path, read_only=read_only)

    assert before == path.read_bytes()


def test_a_read_only_store_cannot_write(path: Path, store: Store) -> None:
    """`diff` and `status` cannot change the state even by mistake."""
    with Store.open(path, read_only=True) as looking:
        with pytest.raises(StateUnwritable), looking.write():
            looking.set_meta("a", "b")
        with pytest.raises(StateUnwritable):
            looking.run("DELETE FROM meta")

        assert store.salt == looking.salt


def test_a_read_only_store_sees_what_a_writer_committed(path: Path, store: Store) -> None:
    """Looking works while a run is writing, and shows whole transactions only."""
    with Store.open(path, read_only=True) as looking:
        with store.write():
            store.set_meta("a", "b")
            during = looking.meta("a")

        assert (None, "b") == (during, looking.meta("a"))


def test_looking_at_a_file_without_state_says_so(path: Path) -> None:
    """An empty file is not migrated by somebody who only looks."""
    path.parent.mkdir(parents=True)
    path.touch()
    with pytest.raises(StateError, match="holds no state of this version yet"):
        Store.open(path, read_only=True)

    assert b"" == path.read_bytes()


def test_a_store_in_memory_leaves_no_trace(tmp_path: Path) -> None:
    """Looking before anything was ever synced works, and makes no file."""
    with Store.memory() as looking:
        assert (None, 16) == (looking.meta("sites"), len(looking.salt))

    assert [] == list(tmp_path.iterdir())


def test_the_lock_is_taken_before_the_file_is_opened(path: Path) -> None:
    """Two first runs at once do not both migrate; the lock finds its folder already there."""
    seen: list[tuple[bool, int]] = []
    with Store.prepared(path, lambda: seen.append((path.parent.is_dir(), path.stat().st_size))):
        pass

    assert [(True, 0)] == seen


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False),
        ((3, 44, 5), False),
        ((3, 44, 6), True),
        ((3, 45, 0), False),
        ((3, 50, 6), False),
        ((3, 50, 7), True),
        ((3, 51, 2), False),
        ((3, 51, 3), True),
        ((3, 52, 0), True),
        ((4, 0, 0), True),
    ],
)
def test_only_releases_with_the_fix_are_safe(version: tuple[int, ...], safe: bool) -> None:
    """Two back-ports and the line itself: whatever is between them can corrupt the file."""
    assert safe == sqlite_is_safe(version)


def test_the_linked_sqlite_is_safe() -> None:
    """What this installation really uses."""
    assert (True, ".".join(map(str, sqlite3.sqlite_version_info))) == (sqlite_is_safe(), sqlite_version())
