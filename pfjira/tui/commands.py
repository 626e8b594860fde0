"""What a key stands for: a command line of this program, who may run it, and what it takes before it runs.

The dashboard writes nothing itself. It starts the same program as a process of its own, with the role it was given, and
that process decides again whether it may.
"""

from __future__ import annotations

import json
import os
import select
import shlex
import signal
import subprocess
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pfjira.engine.visible import visible
from pfjira.ops.roles import Act
from pfjira.tui.setting import Setting

LINES = 20_000
"""So many lines of a command's output are kept."""
PATIENCE_S = 0.25
"""How soon a worker sees that the dashboard is gone."""
CHUNK = 2**16


@dataclass(frozen=True, slots=True)
class Command:
    """One command line and what is to be said before it runs."""

    words: tuple[str, ...]
    act: Act
    purpose: str
    """One sentence: what comes of it."""
    writes: bool = True
    """Whether it needs an armed dashboard and a confirmation."""
    asks: str = ""
    """What a person is to type; it replaces `{}` among the words."""
    suggested: str = ""
    must_be: str = ""
    """What he must type to the letter; it does not become part of the words."""
    beside: tuple[tuple[str, str], ...] = ()
    """Texts to read, or to compare, before deciding, each with its title."""

    def answered(self, text: str) -> tuple[str, ...]:
        """Return the words with what was typed; an empty answer leaves out an option that it belongs to."""
        if "{}" not in self.words:
            return self.words
        place = self.words.index("{}")
        if not text and place and self.words[place - 1].startswith("--"):
            return (*self.words[: place - 1], *self.words[place + 1 :])
        return (*self.words[:place], text, *self.words[place + 1 :])

    @property
    def optional(self) -> bool:
        """Whether nothing need be typed."""
        return len(self.answered("")) < len(self.words)

    def line(self, text: str = "") -> str:
        """Return the command line as a person would type it."""
        return "pfjira " + " ".join(word if word == "{}" else shlex.quote(word) for word in self.answered(text))


def start(setting: Setting, words: tuple[str, ...], *, apart: bool = False) -> subprocess.Popen[bytes]:
    """Start the program; `apart` keeps its answer and its commentary apart. It outlives the dashboard if it must."""
    return subprocess.Popen(
        [*setting.program, *words],
        env=dict(setting.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if apart else subprocess.STDOUT,
        start_new_session=True,  # Ctrl-C and a lost terminal are the dashboard's affair
    )


class Running:
    """A command that was started, and what it has said since. Only the loop reads and writes it."""

    def __init__(self, line: str, process: subprocess.Popen[bytes]) -> None:
        self.line, self.process = line, process
        self.said: deque[str] = deque(maxlen=LINES)
        self.code: int | None = None

    def interrupt(self) -> None:
        """Ask the command to end in good order."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)


def follow(process: subprocess.Popen[bytes], say: Callable[[list[str]], None], gone: Callable[[], bool]) -> int | None:
    """Hand on what a process says until it ends, and return its exit code; None when the dashboard went before it."""
    assert process.stdout is not None
    decoder, rest = getincrementaldecoder("utf-8")("replace"), ""
    with process.stdout as pipe:
        while not gone():
            if not select.select([pipe], [], [], PATIENCE_S)[0]:
                continue
            chunk = os.read(pipe.fileno(), CHUNK)
            *lines, rest = (rest + decoder.decode(chunk, not chunk)).split("\n")
            if not chunk:
                say([visible(rest)] if rest else [])
                return process.wait()
            say([visible(line) for line in lines])
    return None


def asked(process: subprocess.Popen[bytes]) -> tuple[Any, str]:
    """Wait for a command that answers with one JSON document; return it, and a sentence where it went wrong."""
    out, err = process.communicate()
    try:
        document = json.loads(out)
    except ValueError:
        last = err.decode(errors="replace").strip().splitlines()[-1:] or ["it gave no answer"]
        return None, last[0]
    if isinstance(document, dict) and "exit" in document and "error" in document:
        return None, " ".join(part for part in (document["error"], document.get("hint", "")) if part)
    return document, ""
