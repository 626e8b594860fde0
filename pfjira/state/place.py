"""Whether a place is fit for the state file, before anything is made or opened there.

Locks and shared memory do not hold on a network's file system, a folder that anybody may write to lets anybody swap the
file, a disk that is nearly full ends a run in the middle. Nothing is mended here, and nothing is touched.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

from pfjira.errors import StateUnwritable

NEEDED_FREE = 50 * 1024 * 1024
"""Bytes of free space with which a writing command begins."""

NETWORK = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb",
        "smb3",
        "smbfs",
        "ncpfs",
        "afs",
        "9p",
        "ceph",
        "glusterfs",
        "lustre",
        "gpfs",
        "beegfs",
    }
    | {"orangefs", "pvfs2", "coda", "davfs", "vboxsf", "vmhgfs", "gfs2", "ocfs2"}
)
"""File systems that several machines may share. Of those in user space, every one that is not known to be local."""
LOCAL_FUSE = frozenset({"fuseblk", "fuse.ext2", "fuse.ext4", "fuse.fuse-overlayfs", "fuse.overlayfs", "fuse.lxcfs"})


def _mounts() -> str:
    try:
        return Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""  # no Linux: nothing is known of mounts


def refuse_unfit(path: Path, *, mounts: Callable[[], str] = _mounts) -> None:
    """Raise StateUnwritable where the state file cannot be safe: its file system, its folders, its owner."""
    folder = _existing(path)
    kind = file_system(folder, mounts())
    if kind in NETWORK or (kind.startswith("fuse") and kind not in LOCAL_FUSE):
        raise StateUnwritable(
            f"{path} would be on a file system of a network ({kind}), where locks cannot be relied on.",
            hint="Choose a place on a disk of this machine, with --state or PFJIRA_STATE.",
        )
    if (open_to_all := _writable_by_all(folder)) is not None:
        raise StateUnwritable(
            f"Everybody may write to {open_to_all}, and so could put another file in the place of {path}.",
            hint=f"chmod o-w {open_to_all}, or choose another place with --state or PFJIRA_STATE.",
        )
    owner = _owner(path)
    if owner not in (None, os.geteuid()):
        raise StateUnwritable(
            f"{path} belongs to another user (uid {owner}).",
            hint="Run pfjira as that user, or name a state file of your own with PFJIRA_STATE.",
        )


def refuse_full(path: Path) -> None:
    """Raise StateUnwritable where there is not enough room to begin."""
    try:
        found = os.statvfs(_existing(path))
    except OSError as error:
        raise StateUnwritable(
            f"The disk of {path} cannot be looked at: {error.strerror}.", hint="Choose another place with PFJIRA_STATE."
        ) from error
    free = found.f_bavail * found.f_frsize
    if found.f_blocks and free < NEEDED_FREE:  # some file systems tell nothing
        raise StateUnwritable(
            f"The disk of {path} is nearly full: {free // 1048576} MB are free, {NEEDED_FREE // 1048576} MB are needed "
            "to begin. Nothing was asked or written.",
            hint="Free some space, then run the same command again.",
        )


def private_folders(folder: Path) -> None:
    """Make what is missing of the folders, each for its owner alone: `mkdir -p` would make only the last one so."""
    for place in reversed([place for place in (folder, *folder.parents) if not place.exists()]):
        place.mkdir(mode=0o700, exist_ok=True)


def file_system(folder: Path, mounts: str) -> str:
    """Return the kind of file system that holds a folder, '' where it cannot be told."""
    best, kind = "", ""
    place = str(folder)
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        words = before.split(" ")
        if len(words) < 5 or not after:
            continue
        point = _unescaped(words[4])
        # Of two mounts at one place the later one is seen.
        if len(point) >= len(best) and (place == point or place.startswith(point.rstrip("/") + "/")):
            best, kind = point, after.split(" ")[0]
    return kind


def _unescaped(text: str) -> str:
    for code, character in ((r"\040", " "), (r"\011", "\t"), (r"\012", "\n"), (r"\134", "\\")):
        text = text.replace(code, character)
    return text


def _existing(path: Path) -> Path:
    """Return the real folder that would hold the file, or the nearest one above it that is there."""
    try:
        folder = path.absolute().parent
        while not folder.exists() and folder != folder.parent:
            folder = folder.parent
        return folder.resolve()
    except OSError:  # a folder that does not let us look: said where it is opened
        return path.absolute().parent


def _writable_by_all(folder: Path) -> Path | None:
    """Return the first folder from here upwards to which everybody may write, sticky ones (/tmp) apart."""
    for place in (folder, *folder.parents):
        try:
            mode = place.stat().st_mode
        except OSError:
            continue
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            return place
    return None


def _owner(path: Path) -> int | None:
    try:
        return path.lstat().st_uid
    except OSError:
        return None
