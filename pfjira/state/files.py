"""Files beside the state file, made so that a power cut leaves the old content or the new one, for the owner's eyes."""

from __future__ import annotations

import os
from pathlib import Path

PRIVATE = 0o600


def write_durably(path: Path, text: str) -> None:
    """Put a short text into a file, wholly or not at all. Raise OSError."""
    fresh = Path(f"{path}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE)
    try:
        os.write(descriptor, text.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(fresh, path)
    sync(path.parent)


def write(path: Path, text: str) -> None:
    """Put a short text into a file that may be lost, or cut short, in a power cut. Raise OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE)
    try:
        os.write(descriptor, text.encode())
    finally:
        os.close(descriptor)


def make_new(path: Path) -> None:
    """Make an empty file where there is none; whatever the umask, only its owner can read it. Raise OSError."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, PRIVATE))


def sync(path: Path) -> None:
    """Have a file, or the entries of a folder, on disk before going on. Raise OSError."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
