"""What a hook brought, read and not kept yet: many of them go into one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pfjira.engine.doors import Source
from pfjira.ops.intake import Documents, keep
from pfjira.state import inbox
from pfjira.state.inbox import Arrival
from pfjira.state.store import Store


class Parcel(Protocol):
    """Something to keep."""

    def keep(self, store: Store, now: datetime) -> bool:
        """Keep it, once; return whether there is something new to work off; inside `write()`."""
        ...


@dataclass(frozen=True, slots=True)
class NoticeParcel:
    """A webhook of a system that can be asked again: only what to look at is kept."""

    arrival: Arrival

    def keep(self, store: Store, now: datetime) -> bool:
        """Keep it, once; return whether there is something new to look at; inside `write()`."""
        return inbox.receive(store, self.arrival, now)


@dataclass(frozen=True, slots=True)
class DocumentsParcel:
    """A delivery of a declared source, of which the declared fields are kept until they were worked off."""

    source: Source
    documents: Documents

    def keep(self, store: Store, now: datetime) -> bool:
        """Keep it, once; return whether there is something new to work off; inside `write()`."""
        taken = keep(store, self.source, self.documents, now)
        return bool(taken.new or taken.replaced)
