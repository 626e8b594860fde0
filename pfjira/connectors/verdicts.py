"""What each failure of a conversation means, as an error of ours with its sentence and its hint.

It must never put a secret, a query or a value into a message.
"""

from __future__ import annotations

from collections.abc import Collection

import orjson

from pfjira.connectors.call import Call, Effect
from pfjira.connectors.refusals import described, refusal
from pfjira.engine.model import Json
from pfjira.errors import (
    BadReply,
    ConnectorError,
    Forbidden,
    Missing,
    OutcomeUnknown,
    OutOfTime,
    RateLimited,
    Rejected,
    Stale,
    Unauthorized,
    Unavailable,
)


class Verdicts:
    """Makes the errors of one system."""

    def __init__(self, system: str, secrets: Collection[str]) -> None:
        self._system, self._secrets = system, tuple(secrets)

    def refused(self, call: Call, status: int, body: bytes) -> ConnectorError:
        """Return what a status from 300 to 499 means that nobody expected."""
        name = f"{self._system}: {call.name}"
        if status < 400:
            return self.bad(call, f"a redirect (status {status}), which is not followed")
        general, fields = refusal(parsed(body), [call.params, call.body], self._secrets)
        text = described(general, fields)
        more = f": {text}" if text else ""
        if status == 401:
            return Unauthorized(
                f"{name}: the login was not accepted (401){more}",
                hint="the key or token may be wrong, expired or meant for another address",
                system=self._system,
            )
        if status == 403:
            return Forbidden(
                f"{name}: not permitted (403){more}",
                hint=f"the login lacks a right: {call.right}" if call.right else "the login lacks a right for this",
                system=self._system,
            )
        if status == 404:
            return Missing(f"{name}: not there, or not visible to this login (404)", system=self._system)
        if status == 409:
            return Stale(f"{name}: it was changed at the same time (409){more}", system=self._system)
        return Rejected(f"{name}: refused ({status}){more}", status=status, fields=fields, system=self._system)

    def failed(self, call: Call, status: int) -> ConnectorError:
        """Return what a failure on the system's side means."""
        if call.effect is Effect.ONCE:
            return self.unknown(call, f"status {status}")
        return Unavailable(
            f"{self._system}: {call.name}: the system failed (status {status})",
            hint="the next run tries again; when it lasts, see the vendor's status page",
            system=self._system,
        )

    def rejected(self, said: str, status: int, payload: Json, sent: Json) -> Rejected:
        """Return the error for one element of a bulk answer."""
        general, fields = refusal(payload, sent, self._secrets)
        text = described(general, fields) or "no reason given"
        message = f"{self._system}: {said}: refused ({status}): {text}"
        return Rejected(message, status=status, fields=fields, system=self._system)

    def unexpected(self, said: str, what: str) -> BadReply:
        """Return the error for a well-formed answer of the wrong shape."""
        return BadReply(f"{self._system}: {said}: {what}", hint="is this the right address?", system=self._system)

    def no_json(self, call: Call) -> Rejected:
        """Return the error for values that cannot be sent."""
        return Rejected(f"{self._system}: {call.name}: the values are no JSON", status=0, system=self._system)

    def bad(self, call: Call, what: str) -> ConnectorError:
        """Return what an answer means that is none."""
        if call.effect is Effect.ONCE:
            return self.unknown(call, what)
        return self.unexpected(call.name, what)

    def no_answer(self, call: Call, error: Exception, *, sent: bool) -> ConnectorError:
        """Return what a broken conversation means."""
        what = type(error).__name__
        if call.effect is Effect.ONCE and sent:
            return self.unknown(call, what)
        return Unavailable(
            f"{self._system}: {call.name}: no answer ({what})",
            hint="see whether the address is right and the network reaches it",
            system=self._system,
        )

    def unknown(self, call: Call, what: str) -> OutcomeUnknown:
        """Return the error for a write whose end nobody knows."""
        return OutcomeUnknown(
            f"{self._system}: {call.name} was sent, the answer is no proof either way ({what})",
            hint="the next run looks it up before anything is sent again",
            system=self._system,
        )

    def rate_limited(self, call: Call, wait_s: float) -> RateLimited:
        """Return the error for a request that may not leave before so many seconds."""
        return RateLimited(
            f"{self._system}: {call.name}: asked to wait {wait_s:.0f} s",
            retry_after_s=wait_s,
            hint=f"the next run tries again; when it happens often, lower PFJIRA_{self._system.upper()}_RATE",
            system=self._system,
        )

    def out_of_time(self, call: Call, run_s: float) -> OutOfTime:
        """Return the error for a request for which the run has no time left."""
        return OutOfTime(
            f"{self._system}: {call.name} was not sent: this run has had its {run_s / 60:g} minutes",
            hint="What was sent is settled, and the next run goes on from there. When it happens often, a system is "
            "slow, or the company large: raise PFJIRA_RUN_MINUTES.",
            system=self._system,
        )


def parsed(body: bytes) -> Json:
    """Return the body as data, None where it is no JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
