"""Single variables of the environment that a command may ask for without reading all settings, and their library."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import date, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pfjira.errors import ConfigError

LOG_LEVELS = ("debug", "info", "warning", "error", "off")


def log_level(environment: Mapping[str, str]) -> str:
    """Return $PFJIRA_LOG. Raise ConfigError for a level that does not exist."""
    level = environment.get("PFJIRA_LOG", "").strip().lower() or "info"
    if level not in LOG_LEVELS:
        raise ConfigError(
            f"PFJIRA_LOG is {level!r}, not one of {', '.join(LOG_LEVELS)}.", hint="Leave it unset for info."
        )
    return level


def alerts_command(environment: Mapping[str, str]) -> str:
    """Return the command of the house that is given an alert; empty where there is none. Raise ConfigError."""
    command = environment.get("PFJIRA_ALERTS_COMMAND", "").strip()
    try:
        shlex.split(command)
    except ValueError as error:
        raise ConfigError(
            "PFJIRA_ALERTS_COMMAND is no command line.", hint="Look for a quote without its other half."
        ) from error
    return command


def failed_unit(environment: Mapping[str, str]) -> str:
    """Return which of our units systemd says has failed, `backup` of `pfjira-backup@acme.service`; '' where unsaid."""
    unit = environment.get("MONITOR_UNIT", "").strip().rpartition(".")[0]
    return unit.partition("@")[0].removeprefix("pfjira-")


def seq_url(environment: Mapping[str, str]) -> str:
    """Return the address of the log server; empty where there is none."""
    return environment.get("PFJIRA_SEQ_URL", "").strip()


def metrics_file(environment: Mapping[str, str]) -> Path | None:
    """Return where the figures of each run are written for a collector; None where nobody collects them."""
    named = environment.get("PFJIRA_METRICS", "").strip()
    return Path(named) if named else None


def token_expires(environment: Mapping[str, str]) -> date | None:
    """Return the day on which the Jira token ends, where somebody wrote it down. Raise ConfigError."""
    text = environment.get("PFJIRA_JIRA_TOKEN_EXPIRES", "").strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"PFJIRA_JIRA_TOKEN_EXPIRES is {text!r}, which is no date.",
            hint="Write it as 2027-03-31, as shown where the token was made; or leave it unset.",
        ) from None


def time_zone(name: str | None, environment: Mapping[str, str]) -> tzinfo:
    """Return the zone in which a date begins: the rules', $PFJIRA_TIMEZONE, or the host's."""
    chosen = environment.get("PFJIRA_TIMEZONE") or name
    if not chosen:
        from datetime import datetime

        local = datetime.now().astimezone().tzinfo
        assert local is not None
        return local
    try:
        return ZoneInfo(chosen)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(
            f"There is no time zone {chosen!r}.", hint="Use a name such as Europe/Kyiv (rules.yaml or PFJIRA_TIMEZONE)."
        ) from error
