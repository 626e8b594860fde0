"""Where a state file may lie: on a disk of this machine, in folders that nobody else writes to, its own user's."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pfjira.errors import ConfigError, StateUnwritable
from pfjira.state import place
from pfjira.state import store as store_module
from pfjira.state.place import file_system, refuse_full, refuse_unfit
from pfjira.state.store import Store

MOUNTS = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 27 0:50 / /srv rw,relatime - {kind} server:/export rw
41 40 0:51 / /srv/local\040disk rw,relatime shared:7 master:2 - xfs /dev/vdb rw
a line that is none
"""
REFUSED = ("nfs", "nfs4", "cifs", "smb3", "9p", "ceph", "glusterfs", "fuse.sshfs", "fuse.s3fs", "fuse.rclone", "fuse")
TAKEN = ("ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "fuseblk", "fuse.fuse-overlayfs", "f2fs", "bcachefs")


def _is_refused(path: Path, kind: str) -> bool:
    mounts = f"27 1 254:0 / / rw - ext4 /dev/vda rw\n40 27 0:50 / {path.parent.parent} rw - {kind} server:/x rw\n"
    try:
        refuse_unfit(path, mounts=lambda: mounts)
    except StateUnwritable as error:
        return "network" in str(error) and "PFJIRA_STATE" in error.hint
    return False


@pytest.mark.parametrize(("kinds", "refused"), [(REFUSED, True), (TAKEN, False)])
def test_a_file_system_of_a_network_is_refused(tmp_path: Path, kinds: tuple[str, ...], refused: bool) -> None:
    """Locks and shared memory do not hold there; every other kind is taken. Nothing is made."""
    said = {kind: _is_refused(tmp_path / "new" / "state.db", kind) for kind in kinds}

    assert (dict.fromkeys(kinds, refused), []) == (said, list(tmp_path.iterdir()))


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/srv", "nfs4"), ("/srv/a/b", "nfs4"), ("/srv/local disk/a", "xfs"), ("/srvother", "ext4"), ("/proc/1", "proc")],
)
def test_the_nearest_mount_counts(folder: str, kind: str) -> None:
    """The longest mount point above the folder, whatever its name holds."""
    assert kind == file_system(Path(folder), MOUNTS.replace("{kind}", "nfs4"))


@pytest.mark.parametrize(
    ("mode", "refused"), [(0o700, False), (0o755, False), (0o775, False), (0o1777, False), (0o777, True), (0o702, True)]
)
@pytest.mark.parametrize("above", [False, True])
def test_a_folder_that_everybody_may_write_to_is_refused(tmp_path: Path, mode: int, refused: bool, above: bool) -> None:
    """The folder itself or one above it; a sticky one, as /tmp, protects its files."""
    folder = tmp_path / "open" / "deep" if above else tmp_path / "open"
    folder.mkdir(parents=True)
    (tmp_path / "open").chmod(mode)

    for read_only in (False, True):
        if not refused:
            Store.open(folder / "state.db", read_only=read_only).close()
            continue
        with pytest.raises(StateUnwritable, match="Everybody may write"):
            Store.open(folder / "state.db", read_only=read_only)
    assert refused is not (folder / "state.db").exists()


def test_a_file_of_another_user_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither read nor written, and it says whose it is."""
    Store.open(path).close()
    before = path.read_bytes()
    monkeypatch.setattr(os, "geteuid", lambda: 54321)

    for read_only in (False, True):
        with pytest.raises(StateUnwritable, match=f"another user .uid {path.stat().st_uid}"):
            Store.open(path, read_only=read_only)

    assert before == path.read_bytes()


def test_row_25_a_disk_that_is_nearly_full_is_refused_before_anything_is_made(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writing command needs 50 MB to begin; one that only looks needs none."""
    Store.open(path).close()
    free = os.statvfs(path.parent)
    monkeypatch.setattr(place, "NEEDED_FREE", free.f_bavail * free.f_frsize + 10**12)
    locked: list[bool] = []

    with pytest.raises(StateUnwritable, match="nearly full"):
        Store.prepared(path.parent / "new.db", lambda: locked.append(True))
    Store.open(path, read_only=True).close()

    assert ([], False) == (locked, (path.parent / "new.db").exists())
    monkeypatch.setattr(place, "NEEDED_FREE", 0)
    refuse_full(path)


def test_an_unsafe_sqlite_is_refused_before_lock_and_folder(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that would write leaves no lock file and no folder behind either."""
    monkeypatch.setattr(store_module, "sqlite_is_safe", lambda: False)
    locked: list[bool] = []

    with pytest.raises(ConfigError):
        Store.prepared(path, lambda: locked.append(True))

    assert ([], False) == (locked, path.parent.exists())


def test_every_folder_that_is_made_is_private(tmp_path: Path) -> None:
    """Those in the middle too, which `mkdir -p` leaves to the umask."""
    before = os.umask(0o022)
    try:
        Store.open(tmp_path / "a" / "b" / "state.db").close()
    finally:
        os.umask(before)

    assert [0o700, 0o700] == [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a", "a/b")]
