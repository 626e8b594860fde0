"""Exit codes: diff(1)'s 0 and 1, then sysexits, whose names systemd prints. The one table from errors to numbers."""

from __future__ import annotations

from enum import IntEnum

from pfjira import errors


class ExitCode(IntEnum):
    """What a caller may rely on."""

    OK = 0
    DIFFERS = 1
    USAGE = 2
    REFUSED = 65
    UNAVAILABLE = 69
    BUG = 70
    STATE = 74
    LATER = 75
    BAD_REPLY = 76
    NOT_ALLOWED = 77
    CONFIG = 78
    INTERRUPTED = 130


_TABLE: tuple[tuple[type[BaseException], ExitCode], ...] = (
    (errors.ConfigError, ExitCode.CONFIG),
    (errors.BadDelivery, ExitCode.CONFIG),
    (errors.LockHeld, ExitCode.LATER),
    (errors.Paused, ExitCode.LATER),
    (errors.NotPermitted, ExitCode.NOT_ALLOWED),
    (errors.PlanRefused, ExitCode.REFUSED),
    (errors.RateLimited, ExitCode.LATER),
    (errors.OutOfTime, ExitCode.LATER),
    (errors.Unavailable, ExitCode.UNAVAILABLE),
    (errors.OutcomeUnknown, ExitCode.UNAVAILABLE),
    (errors.Unauthorized, ExitCode.NOT_ALLOWED),
    (errors.BadReply, ExitCode.BAD_REPLY),
    (errors.Missing, ExitCode.BAD_REPLY),
    (errors.Stale, ExitCode.LATER),
    (errors.Rejected, ExitCode.BAD_REPLY),
    (errors.ConnectorError, ExitCode.UNAVAILABLE),
    (errors.StateError, ExitCode.STATE),
    (errors.AnswerLost, ExitCode.STATE),
    (MemoryError, ExitCode.LATER),
    (KeyboardInterrupt, ExitCode.INTERRUPTED),
)


def exit_code_for(error: BaseException) -> ExitCode:
    """Return the code of an error; whatever is not in the table is our bug."""
    for kind, code in _TABLE:
        if isinstance(error, kind):
            return code
    return ExitCode.BUG
