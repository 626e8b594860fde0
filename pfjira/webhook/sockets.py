"""Where the receiver listens: a port, a path, or what the service manager has opened already."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Mapping
from pathlib import Path

from pfjira.errors import ConfigError

FIRST_FD = 3
"""Descriptors that systemd hands over begin here (sd_listen_fds)."""
BACKLOG = 256


def handed_over(environment: Mapping[str, str], pid: int) -> list[socket.socket]:
    """Return the sockets that the service manager opened for this process."""
    if environment.get("LISTEN_PID") != str(pid):
        return []
    count = environment.get("LISTEN_FDS", "")
    if not count.isdigit():
        return []
    return [inherited(FIRST_FD + number) for number in range(int(count))]


def inherited(descriptor: int) -> socket.socket:
    """Return a listening socket that whoever started this process opened. Raise ConfigError."""
    try:
        found = socket.socket(fileno=descriptor)
        listens = found.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError as error:
        raise ConfigError(
            f"Descriptor {descriptor} is no socket: {error.strerror}.", hint="See the guide: `pfjira guide webhooks`."
        ) from error
    if not listens:
        found.detach()
        raise ConfigError(f"Descriptor {descriptor} is a socket that does not listen.")
    os.set_inheritable(descriptor, False)
    return found


def at_port(host: str, port: int) -> socket.socket:
    """Listen at a port; 0 takes any free one. Raise ConfigError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        found = socket.socket(family, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
        found.listen(BACKLOG)
    except OSError as error:
        raise ConfigError(
            f"{host}:{port} cannot be listened at: {error.strerror}.", hint="Choose another --host or --port."
        ) from error
    return found


def at_path(path: Path) -> socket.socket:
    """Listen at a path, for the owner and its group; what a receiver left there is replaced. Raise ConfigError."""
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.exists() or path.is_symlink():
            if not stat.S_ISSOCK(path.lstat().st_mode) or _is_answered(path):
                raise ConfigError(f"{path} is there already, and in use or no socket.", hint="Choose another --uds.")
            path.unlink()
        before = os.umask(0o117)
        try:
            found.bind(str(path))
        finally:
            os.umask(before)
        found.listen(BACKLOG)
    except OSError as error:
        found.close()
        raise ConfigError(
            f"{path} cannot be listened at: {error.strerror or error}.", hint="Check its folder, or choose another."
        ) from error
    return found


def named(listener: socket.socket, *, secure: bool) -> str:
    """Return how a listener is called, for a person."""
    name = listener.getsockname()
    if listener.family is socket.AF_UNIX:
        return f"unix:{name}"
    host = f"[{name[0]}]" if ":" in name[0] else name[0]
    return f"{'https' if secure else 'http'}://{host}:{name[1]}"


def _is_answered(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex(str(path)) == 0
