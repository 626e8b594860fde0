"""What `doctor` looks at on this machine: room, modes, who works, the last run, the way of the log, and the way out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from pfjira.cli.standing import here, role_held
from pfjira.cli.telling import seq
from pfjira.config.paths import log_folder, present
from pfjira.config.secrets import optional
from pfjira.config.settings import Settings
from pfjira.config.variables import seq_url
from pfjira.connectors.address import proxy
from pfjira.engine.model import Finding
from pfjira.engine.rules import RuleSet
from pfjira.errors import PfjiraError
from pfjira.ops import ship
from pfjira.ops.pulse import LOW_DISK_MB
from pfjira.state import copies, locks, pause, runs
from pfjira.state.store import Store
from pfjira.telemetry import MB

STALE = timedelta(days=1)
LATE = timedelta(days=3)
"""How long the log may wait for its server before somebody should look; it is kept for two weeks."""


def machine(path: Path, environment: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    """Look at this machine. `path`: the state file, which may not be there yet."""
    folder = next(place for place in path.absolute().parents if place.exists())
    free_mb = shutil.disk_usage(folder).free / MB
    detail = f"{free_mb / 1024:.1f} GB free for the state"
    yield Finding("disk", free_mb >= LOW_DISK_MB, detail, "Make room: with less than 50 MB nothing is begun.")
    open_to_others = [str(one) for one in _private(path, environment) if one.exists() and one.stat().st_mode & 0o007]
    hint = f"chmod o= {' '.join(open_to_others)}"
    yield Finding("modes", not open_to_others, ", ".join(open_to_others) or "private to their owner", hint)
    if present(path):
        yield _last_run(path, now)
        held = locks.held_by(path)
        yield Finding("lock", True, f"held by {held}" if held else "free")
    if (held_up := pause.read(path)) is not None:
        yield Finding("switch", False, held_up.sentence(), "`pfjira resume` lets writing go on.")
    if seq_url(environment):
        yield _log_server(log_folder(path, environment), environment, now)


def roles_here(path: Path, environment: Mapping[str, str]) -> Finding:
    """Say which groups give roles here, for whom this process acts, and what he may."""
    found = here(path)
    held = role_held(path, environment)
    groups = f"; groups that exist: {', '.join(found.groups)}" if found.groups else ""
    detail = f"acts for {found.person.name}, as {held} ({found.because}){groups}"
    return Finding("roles", not found.failed, detail, found.remedy)


def egress(settings: Settings, rules: RuleSet | None, environment: Mapping[str, str]) -> Finding:
    """Say with which hosts this configuration speaks, for whoever opens a firewall; it names no path and no secret."""
    addresses = [settings.peopleforce.url, settings.jira.url, seq_url(environment)]
    addresses += [target.url for target in rules.targets] if rules is not None else []
    try:
        addresses += [optional("alerts", name, environment) for name in ("slack", "ping")]
        addresses += ["https://api.telegram.org"] if optional("alerts", "telegram", environment) else []
    except PfjiraError as error:
        return Finding("way out", False, str(error), error.hint)
    hosts = dict.fromkeys(urlsplit(address).hostname or "" for address in addresses if address)
    through = urlsplit(proxy(settings.jira.url) or "").hostname
    return Finding("way out", True, f"{', '.join(hosts)}{f' through {through}' if through else ''}; nothing else")


def _private(path: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    """Yield what nobody else should read: files beside the state, copies, logs, files that hold a secret."""
    yield from path.parent.glob(f"{path.name}*")
    yield from copies.folder_of(path).glob("*.db")
    yield log_folder(path, environment)
    yield from (
        Path(file) for name, file in environment.items() if name.startswith("PFJIRA_") and name.endswith("_FILE")
    )


def _last_run(path: Path, now: datetime) -> Finding:
    with Store.open(path, read_only=True) as store:
        good = runs.last(store, only="exit_code IN (0, 1)")
    if good is None:
        return Finding("last run", True, "none came to its end yet")
    detail = f"the last good one began {good.started_at:%Y-%m-%d %H:%M} UTC"
    hint = "`pfjira status` says why; look at the timer (`systemctl list-timers 'pfjira*'`) or at cron."
    return Finding("last run", now - good.started_at < STALE, detail, hint)


def _log_server(folder: Path, environment: Mapping[str, str], now: datetime) -> Finding:
    """Say how much of the log waits for Seq, and since when."""
    try:
        seq(environment)
    except PfjiraError as error:
        return Finding("Seq", False, str(error), error.hint)
    size, oldest = ship.waiting(folder), ship.oldest_waiting(folder)
    if oldest is None:
        return Finding("Seq", True, "the whole log was sent")
    hint = "Check PFJIRA_SEQ_URL, its key, and whether Seq runs: what waits for two weeks is lost."
    late = datetime.fromisoformat(oldest).replace(tzinfo=UTC) < now - LATE
    return Finding("Seq", not late, f"{size // 1024 + 1} KiB of the log wait, the oldest of {oldest}", hint)
