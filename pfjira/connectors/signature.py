"""Signatures of webhooks, made and checked: over the raw bytes, compared in constant time.

Several secrets may be good at once, for rotation. It must never say, or let out, what the right signature would be.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pfjira.errors import ConfigError

PREFIX = "whsec_"
"""Begins a secret whose rest is base64 (Standard Webhooks); any other is taken as it is."""
SHORTEST = 32
"""Bytes of a secret that keeps a door open to the network."""
TOLERANCE_S = 300
"""How far the time that was signed may be from ours (Standard Webhooks)."""

Headers = Sequence[tuple[bytes, bytes]]
"""Names in lower case, with their values, as they came."""


class Seal(Protocol):
    """One way to sign, with the keys that are good."""

    def fits(self, headers: Headers, raw: bytes, now_s: float) -> bool:
        """Say whether a body was signed with one of the keys; `now_s` is the time since 1970."""
        ...


@dataclass(frozen=True, slots=True)
class HexSeal:
    """`sha256=<hex>` in one header: PeopleForce, Jira, and most others."""

    header: str
    keys: tuple[bytes, ...]
    bare: bool = False
    """Whether the digits may also stand alone."""

    def fits(self, headers: Headers, raw: bytes, now_s: float) -> bool:
        """Say whether a body was signed with one of the keys; its age cannot be told."""
        given = only(headers, self.header)
        if given is None:
            return False
        if self.bare and not given.startswith(b"sha256="):
            given = b"sha256=" + given
        good = False
        for key in self.keys:
            right = b"sha256=" + hmac.new(key, raw, hashlib.sha256).hexdigest().encode()
            good |= hmac.compare_digest(right, given)
        return good


@dataclass(frozen=True, slots=True)
class StandardSeal:
    """Standard Webhooks: `webhook-id`, `webhook-timestamp` and any number of signatures in `webhook-signature`."""

    keys: tuple[bytes, ...]

    def fits(self, headers: Headers, raw: bytes, now_s: float) -> bool:
        """Say whether a body was signed with one of the keys within the last minutes."""
        number, stamp, given = (only(headers, f"webhook-{name}") for name in ("id", "timestamp", "signature"))
        if not number or given is None or stamp is None or not re.fullmatch(rb"[0-9]{1,12}", stamp):
            return False
        if abs(now_s - int(stamp)) > TOLERANCE_S:
            return False
        good = False
        for key in self.keys:
            right = b"v1," + standard_signature(key, number, stamp, raw)
            for one in given.split(b" "):
                good |= hmac.compare_digest(right, one)
        return good


def standard_signature(key: bytes, number: bytes, stamp: bytes, raw: bytes) -> bytes:
    """Return the signature after Standard Webhooks, in base64."""
    return base64.b64encode(hmac.new(key, b".".join((number, stamp, raw)), hashlib.sha256).digest())


def only(headers: Headers, name: str) -> bytes | None:
    """Return the value of a header that came exactly once."""
    wanted = name.lower().encode("ascii")
    found = [value for given, value in headers if given == wanted]
    return found[0] if len(found) == 1 else None


def key_of(secret: str, where: str) -> bytes:
    """Return the bytes that a secret stands for. Raise ConfigError for one that is no base64 where it says so."""
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        pass
    raise ConfigError(f"{where}: the secret begins with {PREFIX}, but what follows is no base64")


def keys_of(secrets: str, where: str, *, standard: bool = False) -> tuple[bytes, ...]:
    """Return the keys behind one secret, or several with commas or line ends between. Raise ConfigError.

    A short secret is refused: whoever guesses it could make us look at anything.
    """
    found = [part.strip() for part in re.split(r"[,\n]", secrets) if part.strip()]
    if not found or any(len(one.removeprefix(PREFIX if standard else "").encode()) < SHORTEST for one in found):
        raise ConfigError(
            f"{where} must be {SHORTEST} bytes or more, and is not.",
            hint="Make one with `openssl rand -hex 32`, and give the sender the same; two may be active at once, "
            "with a comma between.",
        )
    return tuple(key_of(one, where) if standard else one.encode() for one in found)
