"""A process that has imported what the commands need and forks one for each start, so that a start costs little.

What the dashboard starts is a tiny program (this file with an address) that hands its arguments, its environment and
its three streams over, and ends as the command does. It must import next to nothing.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).resolve()
STREAMS = (0, 1, 2)
IMPORTED = (
    *(f"cli.{name}" for name in ("agree", "conflicts", "letters", "pausing", "people", "replay", "reports", "wiring")),
    *(f"ops.{name}" for name in ("drain", "recover", "replay", "resolve", "sync")),
)
"""Most of what a command of the dashboard imports."""


@contextmanager
def forking() -> Iterator[tuple[str, ...]]:
    """Lend the program that stands for `pfjira`: for a dashboard over a tool's state."""
    import subprocess
    import tempfile

    with tempfile.TemporaryDirectory(prefix="pfjira-forks-") as folder:
        address = str(Path(folder) / "socket")
        server = subprocess.Popen(
            [sys.executable, str(HERE), "serve", address], stdout=subprocess.PIPE, cwd=HERE.parents[2]
        )
        assert server.stdout is not None
        assert b"ready" == server.stdout.read(5)
        try:
            yield (sys.executable, "-I", "-S", str(HERE), address)
        finally:
            server.kill()
            server.communicate()


def ask(address: str, arguments: list[str]) -> int:
    """Let the other process fork; return the exit code of its child."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(address)
        environment = [f"{name}={value}" for name, value in os.environ.items()]
        text = "\0".join([str(len(arguments)), *arguments, *environment]).encode()
        socket.send_fds(line, [len(text).to_bytes(4, "big")], STREAMS)
        line.sendall(text)
        return int.from_bytes(line.recv(1) or b"\x63", "big")


def serve(address: str) -> None:
    """Fork for whoever asks, until this process is killed."""
    import gc
    import importlib

    sys.path.insert(0, str(HERE.parents[2]))
    from typer.main import get_command

    from pfjira.cli.app import app, main

    for name in IMPORTED:
        importlib.import_module(f"pfjira.{name}")
    command = get_command(app)
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen()
        os.write(1, b"ready")
        while True:
            line, _ = door.accept()
            with suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            if os.fork():
                line.close()
                continue
            code = 70
            try:
                head, streams, _, _ = socket.recv_fds(line, 4, len(STREAMS))
                text = line.recv(int.from_bytes(head, "big"), socket.MSG_WAITALL).decode()
                count, *words = text.split("\0")
                for number, stream in zip(STREAMS, streams, strict=True):
                    os.dup2(stream, number)
                    os.close(stream)
                os.environ.clear()
                os.environ.update(dict(word.split("=", 1) for word in words[int(count) :]))
                code = main(words[: int(count)], run=command)
                sys.stdout.flush()
                sys.stderr.flush()
            finally:
                line.sendall(bytes([code]))
                os._exit(code)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        sys.exit(ask(sys.argv[1], sys.argv[2:]))
