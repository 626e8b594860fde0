"""Telling other systems of the house: one POST to exactly the address that was written down for a name.

Each post carries its op as `Idempotency-Key` and as `webhook-id`, and a signature after Standard Webhooks where there
is a secret. It must never follow a redirect, send anything twice, or say an address or a body in a message.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from pfjira.connectors.address import split_target
from pfjira.connectors.http import DEADLINE_S, Api, Transport
from pfjira.connectors.signature import key_of, standard_signature
from pfjira.engine.model import Json
from pfjira.errors import OutcomeUnknown, RateLimited, Rejected, Unavailable

_SUCCESSES, _REDIRECTS = range(200, 300), range(300, 400)
_JUDGED_HERE = frozenset({*_SUCCESSES, *_REDIRECTS, *range(400, 600)} - {429})


class Targets:
    """The named addresses; see `connectors.base.PostOffice`."""

    def __init__(
        self,
        origins: Mapping[str, tuple[str, str | None]],
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        transport: Transport | None = None,
        deadline_s: float = DEADLINE_S,
        run_s: float = math.inf,
    ) -> None:
        """Prepare, without connecting: name to (address, secret or None); `now` gives the aware time of a signature.

        Raise ConfigError for an address that is not https (http on this machine only), and for a broken secret.
        """
        self._now = now
        self._keys: dict[str, bytes | None] = {}
        self._apis: dict[str, tuple[Api, str]] = {}
        for name, (url, secret) in origins.items():
            origin, rest = split_target(f"target {name}", url)
            api = Api(
                f"target {name}",
                origin,
                headers={},
                secrets=() if secret is None else (secret,),
                clock=clock,
                sleep=sleep,
                transport=transport,
                deadline_s=deadline_s,
                run_s=run_s,
            )
            self._apis[name] = api, rest
            self._keys[name] = None if secret is None else key_of(secret, f"target {name}")

    def close(self) -> None:
        """Close all connections."""
        for api, _ in self._apis.values():
            api.close()

    def post(self, name: str, body: Json, *, op: str) -> None:
        """Send the body, once. Any 2xx is a success, whatever its text.

        Raise OutcomeUnknown when the answer was lost; Rejected for a 4xx, a redirect and an unknown name; Unavailable
        for a 5xx: the receiver may have done it, but it knows the op again, so calling again is safe.
        """
        if name not in self._apis:
            raise Rejected(f"target {name}: no address is given for this name", status=0, system="target")
        api, path = self._apis[name]
        try:
            answer = api.write(
                "POST",
                path,
                body,
                said="its address",
                accept=_JUDGED_HERE,
                seal=lambda sent: self._seal(name, op, sent),
            )
        except RateLimited as error:
            hint = "the next run tries again; when it happens often, ask the receiver for its limits"
            raise RateLimited(str(error), retry_after_s=error.retry_after_s, hint=hint, system="target") from None
        except OutcomeUnknown as error:
            hint = "a second post carries the same key: a receiver that heeds it does nothing twice"
            raise OutcomeUnknown(str(error), hint=hint, system="target") from None
        if answer.status in _SUCCESSES:
            return
        if answer.status in _REDIRECTS:
            text = f"target {name}: it answers with a redirect ({answer.status}), which is not followed"
            raise Rejected(text, status=answer.status, hint="write down the address it leads to", system="target")
        if answer.status == 408 or answer.status >= 500:
            text = f"target {name}: the receiver failed (status {answer.status})"
            raise Unavailable(text, hint="the next run posts it again, under the same key", system="target")
        # The receiver's words stay out: it may quote what it knows of a person.
        raise Rejected(
            f"target {name}: refused ({answer.status})",
            status=answer.status,
            hint="see the receiver's log, and whether address and secret are right",
            system="target",
        )

    def _seal(self, name: str, op: str, sent: bytes) -> dict[str, str]:
        stamp = str(int(self._now().timestamp()))
        headers = {"idempotency-key": op, "webhook-id": op, "webhook-timestamp": stamp}
        key = self._keys[name]
        if key is not None:
            signed = standard_signature(key, op.encode(), stamp.encode(), sent)
            headers["webhook-signature"] = f"v1,{signed.decode('ascii')}"
        return headers
