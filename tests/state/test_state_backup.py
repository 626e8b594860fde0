"""Copies of a state: whole, private, named by time and run; put back in one step, whatever comes in between."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pfjira.errors import ConfigError, LockHeld, PfjiraError, PlanRefused, SchemaTooNew, StateDamaged, StateError
from pfjira.ops.backup import back_up, restore
from pfjira.state import copies, runs
from pfjira.state.closed import checked_copy
from pfjira.state.locks import sole_writer
from pfjira.state.store import Store

NOW = datetime(2030, 1, 7, 9, 30, tzinfo=UTC)


def made(state: Path, *, sites: str = "hr jira") -> Path:
    """Make a state with one run, of a pair of systems."""
    with Store.open(state) as store:
        runs.start(store, full=False, now=NOW)
        with store.write():
            store.set_meta("sites", sites)
            store.set_meta("installation", sites)
    return state


def copy(state: Path, folder: Path | None = None, *, keep: int = 30, later_s: int = 0) -> Path:
    """Back a state up and return the copy."""
    now = NOW + timedelta(seconds=later_s)
    return back_up(state, file=None, folder=folder, keep=keep, who="ann", now=now).path


def put_back(state: Path, file: Path, *, sites: str = "", sure: bool = True, now: datetime = NOW) -> Path | None:
    """Restore a copy and return where the former state is kept."""
    return restore(state, file, sites=sites, sure=sure, who="ann", now=now).aside


def words(state: Path) -> str | None:
    """Return the one fact by which two states are told apart here."""
    with Store.open(state, read_only=True) as store:
        store.check()
        return store.meta("word")


def say(state: Path, word: str) -> None:
    """Write that fact."""
    with Store.open(state) as store, store.write():
        store.set_meta("word", word)


@pytest.fixture
def open_umask() -> Iterator[None]:
    """Let new files be readable by everybody, as far as the shell goes."""
    before = os.umask(0o000)
    yield
    os.umask(before)


@pytest.mark.usefixtures("open_umask")
def test_a_copy_is_whole_private_and_named_by_time_and_run(tmp_path: Path) -> None:
    """Made while another process writes; intact, for its owner only, written down, and no half file is left."""
    state = made(tmp_path / "state.db")
    with Store.open(state) as other:
        other.run("BEGIN")
        other.rows("SELECT * FROM meta")
        first = copy(state)
        other.run("COMMIT")
    second = copy(state)

    assert ["state-20300107T093000Z-run00000001.db", "state-20300107T093000Z-run00000001-1.db"] == [
        first.name,
        second.name,
    ]
    assert [0o600, 0o600, 0o700] == [path.stat().st_mode & 0o777 for path in (first, second, first.parent)]
    assert {first.name, second.name} == set(os.listdir(first.parent))
    with checked_copy(second) as ask:
        assert [("ann", "backup", "run 1")] == ask("SELECT who, act, subject FROM audit")


def test_only_copies_of_this_state_go_and_the_newest_stay(tmp_path: Path) -> None:
    """Other files, and copies of another state with such a name, are nobody's to remove."""
    state, folder = made(tmp_path / "state.db"), tmp_path / "copies"
    stranger = copy(made(tmp_path / "else" / "state.db"), folder, later_s=-50)
    (folder / "notes.db").write_text("mine")
    kept = [copy(state, folder, keep=3, later_s=number) for number in range(5)]

    assert {path.name for path in kept[2:]} | {"notes.db", stranger.name} == set(os.listdir(folder))
    with pytest.raises(StateError, match="something at"):
        back_up(state, file=folder / "notes.db", folder=None, keep=1, who="ann", now=NOW)
    assert "mine" == (folder / "notes.db").read_text()


def test_a_copy_is_put_back_and_the_present_state_kept_aside(tmp_path: Path) -> None:
    """Both are whole; a person must look before anything is written, and an approval of before is void."""
    state = made(tmp_path / "state.db")
    say(state, "then")
    file = copy(state)
    say(state, "now")

    with pytest.raises(PlanRefused, match="as of run 1"):
        put_back(state, file, sure=False)
    assert "now" == words(state)
    aside = put_back(state, file)

    assert aside is not None
    assert ["then", "now", 0o600] == [words(state), words(aside), aside.stat().st_mode & 0o777]
    with Store.open(state, read_only=True) as store:
        assert ("yes", "2") == (store.meta("adopting"), store.meta("generation"))
        assert ("ann", "restore", "run 1") == store.rows("SELECT who, act, subject FROM audit")[-1]
    assert {state.name, f"{state.name}.lock", aside.name, "backups"} == set(os.listdir(tmp_path))


def test_what_is_damaged_gives_way_and_is_kept_as_it_is(tmp_path: Path) -> None:
    """The message about it names the newest copy that looks whole, and the command."""
    state = made(tmp_path / "state.db")
    say(state, "then")
    file, cut = copy(state), copy(state, later_s=9)
    cut.write_bytes(cut.read_bytes()[:-512])
    state.write_bytes(damaged := b"no database at all" * 400)

    with pytest.raises(StateDamaged) as told:
        Store.open(state)
    assert f"`pfjira restore {file}`" in told.value.hint
    aside = put_back(state, file)
    assert aside is not None
    assert ("then", damaged) == (words(state), aside.read_bytes())


def foreign(state: Path) -> Path:
    """Return a copy of another pair of systems."""
    return copy(made(state.parent / "else" / "state.db", sites="others"))


def newer(state: Path) -> Path:
    """Return a copy of a later version."""
    file = copy(state)
    with checked_copy(file):
        pass
    content = bytearray(file.read_bytes())
    content[60:64] = (99).to_bytes(4, "big")  # user_version
    file.write_bytes(content)
    return file


def cut(state: Path) -> Path:
    """Return half a copy."""
    file = copy(state)
    file.write_bytes(file.read_bytes()[:20_000])
    return file


def linked(state: Path) -> Path:
    """Return a symbolic link to a copy."""
    (place := state.parent / "link.db").symlink_to(copy(state))
    return place


@pytest.mark.parametrize(
    ("prepare", "error"),
    [(foreign, ConfigError), (newer, SchemaTooNew), (cut, StateDamaged), (linked, StateError)],
)
def test_what_is_no_copy_of_this_state_is_refused(
    tmp_path: Path, prepare: Callable[[Path], Path], error: type[PfjiraError]
) -> None:
    """Another pair's, a later version's, half a file, a link: the state stays as it is."""
    state = made(tmp_path / "state.db")
    file = prepare(state)
    before = state.read_bytes()

    with pytest.raises(error):
        put_back(state, file)
    assert before == state.read_bytes()


def test_nothing_is_put_back_while_others_work(tmp_path: Path) -> None:
    """A sync holds the lock, a dashboard has the file open: later."""
    state = made(tmp_path / "state.db")
    file = copy(state)
    with sole_writer(state, "sync"), pytest.raises(LockHeld):
        put_back(state, file)
    with Store.open(state, read_only=True), pytest.raises(StateError, match="open in another"):
        put_back(state, file)
    assert put_back(state, file) is not None


STEPS = ("link", "replace", "fsync", "unlink", "open")


@pytest.mark.parametrize("damage", [False, pytest.param(True, marks=pytest.mark.long)])
def test_whoever_is_stopped_leaves_the_old_state_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bool
) -> None:
    """Stopped before each step, with nothing tidied up: whole either way, and the next attempt succeeds."""
    seen = set()
    for number in range(60):
        state = made(tmp_path / str(number) / "state.db")
        say(state, "then")
        file = copy(state)
        say(state, "now")
        if damage:
            state.write_bytes(b"no database at all" * 400)
        left = iter(range(number))
        with monkeypatch.context() as patch:
            for step in STEPS:
                patch.setattr(os, step, _until(getattr(os, step), left))
            try:
                put_back(state, file)
                break
            except KeyboardInterrupt:
                pass
        if damage and b"no database" in state.read_bytes():
            seen.add("now")
        else:
            seen.add(words(state) or "nothing")
        put_back(state, file, now=NOW + timedelta(seconds=1))
        assert "then" == words(state)
    assert (True, {"now", "then"}) == (10 < number < 59, seen)


def _until(step: Callable[..., object], left: Iterator[int]) -> Callable[..., object]:
    """Let a step be done so often, and be interrupted for ever after."""

    def done(*arguments: object, **more: object) -> object:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return step(*arguments, **more)

    return done


def test_names_of_copies_tell_nothing_but_time_and_run() -> None:
    """What is called otherwise is no copy, however much it looks like one."""
    state = Path("/x/state.db")
    name = copies.name_for(state, NOW, 7)
    others = ["state.db", f"a{name}", f"{name}.part", name.replace("run", "Run"), name.replace("state", "st.te")]
    assert [name] == copies.named_like_ours(state, [*others, name])
