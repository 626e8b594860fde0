"""Where things are. First found wins, nothing is merged."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pfjira.errors import ConfigError, StateUnwritable


def rules_file(flag: Path | None, environment: Mapping[str, str]) -> Path:
    """Return the rules file: flag, $PFJIRA_RULES, $CONFIGURATION_DIRECTORY, XDG, /etc/pfjira, ./rules.yaml."""
    if flag is not None:
        return flag
    if named := environment.get("PFJIRA_RULES"):
        return Path(named)
    folders = [Path(folder) for folder in environment.get("CONFIGURATION_DIRECTORY", "").split(":") if folder]
    folders.append(_home(environment, "XDG_CONFIG_HOME", ".config") / "pfjira")
    folders += [Path("/etc/pfjira"), Path()]
    for folder in folders:
        if _is_file(folder / "rules.yaml"):
            return folder / "rules.yaml"
    raise ConfigError(
        "There is no rules.yaml here, in /etc/pfjira or in your configuration folder.",
        hint="Name one with --rules or PFJIRA_RULES; the project's own rules.yaml is a commented example.",
    )


def state_file(flag: Path | None, environment: Mapping[str, str]) -> Path:
    """Return the state file: flag, $PFJIRA_STATE, $STATE_DIRECTORY, XDG."""
    if flag is not None:
        return flag
    if named := environment.get("PFJIRA_STATE"):
        return Path(named)
    for folder in environment.get("STATE_DIRECTORY", "").split(":"):
        if folder:
            return Path(folder) / "state.db"
    return _home(environment, "XDG_STATE_HOME", ".local/state") / "pfjira" / "state.db"


def log_folder(state: Path, environment: Mapping[str, str]) -> Path:
    """Return where the log files are: $LOGS_DIRECTORY, which systemd sets, or beside the state."""
    for folder in environment.get("LOGS_DIRECTORY", "").split(":"):
        if folder:
            return Path(folder)
    return state.parent / "logs"


def present(state: Path) -> bool:
    """Say whether the state file exists. Raise StateUnwritable when its folder does not let us look."""
    try:
        state.lstat()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StateUnwritable(
            f"The state file {state} cannot be looked at: {error.strerror}.",
            hint="Check the owner and the mode of its folder, or choose another place with PFJIRA_STATE.",
        ) from error
    return True


def _home(environment: Mapping[str, str], variable: str, default: str) -> Path:
    if named := environment.get(variable):
        return Path(named)
    try:
        return Path(environment.get("HOME", "~")).expanduser() / default
    except RuntimeError as error:
        raise ConfigError(f"There is no home folder here, and {variable} is not set.") from error


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a folder that does not let us look holds nothing for us
        return False
