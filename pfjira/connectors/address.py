"""Which addresses may be given a credential, and how they are reached.

A key sent over plain http is a key given away, so only https is let through, or an address on this machine itself.
"""

from __future__ import annotations

import ssl
import urllib.request
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, quote, quote_plus, urlsplit

from pfjira.errors import ConfigError

_HINT = "https://…, or http:// for an address on this machine only"


def checked_url(system: str, url: str) -> str:
    """Return the address with one slash at its end. Raise ConfigError unless it is https, or http on loopback."""
    parts = _safe(system, url)
    if parts.query or parts.fragment:
        raise ConfigError(f"{system}: the address must hold no login, query or fragment", hint=_HINT)
    return url.strip().rstrip("/") + "/"


def split_target(system: str, url: str) -> tuple[str, str]:
    """Return (origin, what follows its slash) of an address that is used as it is; raise ConfigError as `checked_url`.

    A query may belong to such an address: some receivers know their callers by it.
    """
    parts = _safe(system, url)
    if parts.fragment:
        raise ConfigError(f"{system}: the address must hold no login or fragment", hint=_HINT)
    rest = parts.path.removeprefix("/")
    return f"{parts.scheme}://{parts.netloc}", f"{rest}?{parts.query}" if parts.query else rest


def _safe(system: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        local = _is_loopback(parts)
        _ = parts.port  # ValueError when it is no number
    except ValueError as error:
        raise ConfigError(f"{system}: the address is not a URL", hint=_HINT) from error
    if not parts.hostname or parts.scheme not in ("https", "http") or (parts.scheme == "http" and not local):
        raise ConfigError(f"{system}: the address must begin with https://", hint=_HINT)
    if "@" in parts.netloc:
        raise ConfigError(f"{system}: the address must hold no login, query or fragment", hint=_HINT)
    return parts


def loopback(url: str) -> bool:
    """Say whether the address names this machine."""
    return _is_loopback(urlsplit(url))


def site_of(url: str) -> str:
    """Return what names the site in an address: host, port if any, and path."""
    parts = urlsplit(url)
    return (parts.netloc + parts.path).rstrip("/").lower()


def segment(text: str) -> str:
    """Return text as one segment of a path, whatever it holds; the only way a name enters a path."""
    return quote(text, safe="")


def _is_loopback(parts: SplitResult) -> bool:
    host = parts.hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def proxy(url: str) -> str | None:
    """Return the proxy that the environment names for the address; never one for this machine itself."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if loopback(url) or urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(parts.scheme)


def trust(url: str) -> ssl.SSLContext:
    """Return what decides whether to trust the server: the machine's own store."""
    if not url.startswith("https"):
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # unused; spares loading the certificates
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def query_string(params: Mapping[str, Any]) -> str:
    """Write parameters; a list repeats its name. Brackets in names stay literal (reference: peopleforce section 5)."""
    return "&".join(
        f"{quote_plus(name, safe='[]')}={quote_plus(str(one))}"
        for name, value in params.items()
        for one in (value if isinstance(value, list | tuple) else (value,))
    )


def is_sound(secret: str) -> bool:
    """Say whether a credential can be one: one line of printable ASCII."""
    return bool(secret) and secret.isascii() and secret.isprintable() and secret == secret.strip()
