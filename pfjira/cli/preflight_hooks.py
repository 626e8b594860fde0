"""What `doctor` says of webhooks: whether their secrets can be used, and whether any come, and are looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pfjira.cli.output import counted
from pfjira.config.paths import present
from pfjira.config.secrets import secret
from pfjira.connectors.signature import keys_of
from pfjira.engine.model import Finding
from pfjira.errors import PfjiraError, SecretMissing
from pfjira.state import inbox
from pfjira.state.store import Store

STALE = timedelta(hours=2)
"""What waits for so long is looked at by no run."""
SYSTEMS = ("peopleforce", "jira")


def webhooks(path: Path, environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what is to be said; nothing where webhooks are not used, which is no fault."""
    served = []
    for system in SYSTEMS:
        variable = f"PFJIRA_{system.upper()}_WEBHOOK_SECRET"
        try:
            keys_of(secret(system, "webhook_secret", environment), variable)
            served.append(system)
        except SecretMissing:
            continue
        except PfjiraError as error:
            yield Finding("webhooks", False, str(error), error.hint)
    if not present(path):
        return
    with Store.open(path, read_only=True) as store:
        newest, oldest, waiting = inbox.newest(store), inbox.oldest_pending(store), inbox.tally(store)["pending"]
    now = datetime.now(UTC)
    if oldest is not None and now - oldest > STALE:
        detail = f"{counted(waiting, 'delivery', 'deliveries')} wait, the oldest for {_age(now - oldest)}"
        yield Finding("webhooks", False, detail, "See `pfjira status` for why no run comes to its end.")
    elif newest is not None:
        yield Finding("webhooks", True, f"the last one came {_age(now - newest)} ago")
    elif served:
        yield Finding("webhooks", True, f"none of {' or '.join(served)} came yet")


def _age(span: timedelta) -> str:
    minutes = max(0, int(span.total_seconds() // 60))
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
