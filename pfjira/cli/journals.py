"""The log of one command, apart from the wiring: a receiver has it without the connectors and their libraries."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import ExitStack

from pfjira.cli.places import Places
from pfjira.config.paths import log_folder, state_file
from pfjira.config.variables import log_level
from pfjira.log import Log
from pfjira.ops.journal import Journal


def open_journal(places: Places, command: str, environment: Mapping[str, str], stack: ExitStack) -> Journal:
    """Return the log that a writing command keeps; it is closed with the stack."""
    folder = log_folder(state_file(places.state, environment), environment)
    log = Log(folder, command, level=log_level(environment), to_journald=is_journald(environment))
    stack.callback(log.close)
    return log


def is_journald(environment: Mapping[str, str]) -> bool:
    """Say whether stderr is systemd's journal (the variable alone may be inherited)."""
    try:
        stream = os.fstat(2)
    except OSError:
        return False
    return environment.get("JOURNAL_STREAM") == f"{stream.st_dev}:{stream.st_ino}"
