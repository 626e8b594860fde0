"""What a rules file says besides its rules: other systems that are told, hooks that tell us, and its own tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pfjira.engine.model import Json


@dataclass(frozen=True, slots=True)
class PostTarget:
    """Where `make: post` may send: the only other origins that are called."""

    name: str
    url: str
    secret: str = ""
    """Name under which the secret is looked for (`target.NAME`), for the HMAC signature; empty: unsigned."""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Source:
    """A generic inbound hook whose deliveries are records of kind `hook.NAME`."""

    name: str
    id: str
    """Dotted path in the body of what names one delivery."""
    fields: tuple[str, ...]
    """Dotted paths in the body that rules may read as `hook.PATH`; nothing else of it is kept."""
    scheme: str = "hmac-sha256"
    """How it is signed: `hmac-sha256` or `standard-webhooks`."""
    header: str = "x-signature"
    line: int = 0

    @property
    def leaves(self) -> tuple[str, ...]:
        """The declared paths that hold a value, and not only other declared paths."""
        return tuple(path for path in self.fields if not any(one.startswith(f"{path}.") for one in self.fields))


@dataclass(frozen=True, slots=True)
class RulesTest:
    """One of the file's own `tests:`."""

    name: str
    today: str
    """ISO date."""
    given: Mapping[str, Json]
    """Kind to the fields that are not empty, as nested plain data."""
    before: Mapping[str, Json] | None
    """The same record when the existing issues were brought into agreement; None: as it is now."""
    existing: Mapping[str, str]
    """Rule id to the state of its issue: open, done, or cancelled."""
    expect: tuple[str, ...]
    line: int = 0
