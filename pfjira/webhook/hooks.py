"""One hook that is served: how its deliveries are signed, and how one is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pfjira.connectors.signature import Headers, Seal
from pfjira.ops.parcels import Parcel


@dataclass(frozen=True, slots=True)
class Hook:
    """Everything the receiver knows of one sender."""

    name: str
    """Its deliveries come to /hooks/NAME."""
    seal: Seal
    read: Callable[[bytes, Headers], Parcel]
    """Returns what is to be kept of a body whose signature is good. Raises BadDelivery."""
