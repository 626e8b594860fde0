"""Every error that pfjira raises on purpose, as one tree.

    PfjiraError                 str() is one sentence for a person; .hint is the next thing to try
    ├─ ConfigError              RulesError(file, line, column) · SecretMissing
    ├─ BadDelivery              what another program delivered cannot be taken (.line, .column)
    ├─ LockHeld                 another process does the work just now
    ├─ Paused                   somebody switched all writing off for a while
    ├─ NotPermitted             the role of this process does not reach so far
    ├─ PlanRefused              TooManyChanges · SideWentEmpty · DigestMismatch
    ├─ ConnectorError           one of the two systems did not do what was asked
    │   ├─ Unavailable          no usable answer; asking again later is safe
    │   │   ├─ RateLimited      it said when (.retry_after_s)
    │   │   └─ OutOfTime        it was not asked: the run has had its time
    │   ├─ OutcomeUnknown       a write was sent, its answer was lost: it may have happened
    │   ├─ Unauthorized         the login or a permission is missing
    │   │   └─ Forbidden        the login holds, this one thing is not allowed
    │   ├─ BadReply             an answer that is not what the API promises
    │   ├─ Rejected             it understood and refused: a dead letter (.fields says where)
    │   ├─ Stale                it has moved on since we looked: plan again
    │   └─ Missing              no such record, or not visible
    ├─ StateError               SchemaTooNew · StateDamaged · StateUnwritable
    └─ AnswerLost               the work is done, but nobody could be told

Foreign exceptions are translated at the border, with `from`. A message never holds a person's values or a secret.
"""

from __future__ import annotations

from collections.abc import Mapping


class PfjiraError(Exception):
    """One sentence about what went wrong, and the next thing to try."""

    usual_hint = "Run `pfjira doctor`; it looks at everything that must be well."

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint or self.usual_hint


class ConfigError(PfjiraError):
    """Something that a person wrote down, or did not, keeps pfjira from starting."""


class RulesError(ConfigError):
    """The rules file cannot be used; the message begins with file:line:column."""

    usual_hint = "`pfjira rules lint` shows everything that is wrong; the commented rules.yaml shows how it is written."

    def __init__(
        self,
        message: str,
        *,
        file: str = "rules.yaml",
        line: int = 0,
        column: int = 0,
        hint: str = "",
        excerpt: str = "",
    ) -> None:
        where = f"{file}:{line}:{column}: " if line else f"{file}: "
        super().__init__(where + message, hint=hint)
        self.file, self.line, self.column = file, line, column
        self.excerpt = excerpt
        """The line concerned and a caret under the place, or empty."""


class SecretMissing(ConfigError):
    """A credential or an address that a command needs was not given."""


class BadDelivery(PfjiraError):
    """What another program delivered cannot be taken."""

    usual_hint = "Nothing of it was taken: mend the document and deliver it again."

    def __init__(self, message: str, *, line: int = 0, column: int = 0, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.line, self.column = line, column
        """Where, counted from 1; 0 where it is about the whole."""


class LockHeld(PfjiraError):
    """Another process holds the lock."""


class Paused(PfjiraError):
    """Somebody switched all writing off for a while."""

    usual_hint = "`pfjira resume` lets it go on; looking (`pfjira diff`, `pfjira status`) is possible meanwhile."


class NotPermitted(PfjiraError):
    """The role with which this process was started does not allow this."""


class PlanRefused(PfjiraError):
    """A guard stopped the writes; nothing was written."""

    def __init__(self, message: str, *, hint: str = "", digest: str = "", fuse: str = "") -> None:
        super().__init__(message, hint=hint)
        self.digest = digest
        """The digest that would approve exactly this plan, empty where no approval helps."""
        self.fuse = fuse
        """Which fuse tripped, in a few words that stay the same from run to run: `cancel task`."""


class TooManyChanges(PlanRefused):
    """The plan is larger than the limits allow without a person's approval."""


class SideWentEmpty(PlanRefused):
    """A system that held records before now shows none."""


class DigestMismatch(PlanRefused):
    """The plan is not the one that was approved or saved."""


class ConnectorError(PfjiraError):
    """One of the two systems did not do what was asked."""

    def __init__(self, message: str, *, hint: str = "", system: str = "") -> None:
        super().__init__(message, hint=hint)
        self.system = system


class Unavailable(ConnectorError):
    """No usable answer; nothing was done, asking again later is safe."""

    usual_hint = (
        "The next run goes on from here. If it stays so, check the address and the network with `pfjira doctor`."
    )


class RateLimited(Unavailable):
    """The system asked us to slow down."""

    usual_hint = "Run again later; lower the rate (PFJIRA_..._RATE) when this happens often."

    def __init__(self, message: str, *, retry_after_s: float, hint: str = "", system: str = "") -> None:
        super().__init__(message, hint=hint, system=system)
        self.retry_after_s = retry_after_s


class OutOfTime(Unavailable):
    """The run has had its time: this request was not sent any more."""


class OutcomeUnknown(ConnectorError):
    """A write left this machine and its answer was lost: it may or may not have happened."""

    usual_hint = "Nothing is sent twice: the next run looks up what became of it."


class Unauthorized(ConnectorError):
    """The login failed, or lacks the right."""


class Forbidden(Unauthorized):
    """The login holds, but this one thing is not allowed to it (403)."""


class BadReply(ConnectorError):
    """The answer is not what the API promises: HTML, broken JSON, wrong shape, too large."""

    usual_hint = "Check that the address is that of the API, and that no proxy or login page answers in its place."


class Rejected(ConnectorError):
    """The system understood the request and refused it; repeating it will not help."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        fields: Mapping[str, str] | None = None,
        hint: str = "",
        system: str = "",
    ) -> None:
        super().__init__(message, hint=hint, system=system)
        self.status = status
        self.fields = dict(fields or {})
        """Field name to what the system said about it."""


class Stale(ConnectorError):
    """The record moved on between our read and our write (409)."""


class Missing(ConnectorError):
    """No such record, or it is not visible to this login."""


class StateError(PfjiraError):
    """The state file cannot be used."""


class SchemaTooNew(StateError):
    """The state was written by a newer pfjira."""


class StateDamaged(StateError):
    """The state file is not a healthy SQLite database."""


class StateUnwritable(StateError):
    """The state file or its folder cannot be written: full disk, wrong owner, wrong mode."""


class AnswerLost(PfjiraError):
    """The command did its work, but its answer could not be written: disk full, stream closed."""
