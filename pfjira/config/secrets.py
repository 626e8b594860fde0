"""Secrets: from systemd's credentials, a file, or the environment. Never from a flag, never from rules.yaml.

A secret that is found is handed on as it is; no message here ever shows one.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pfjira.errors import ConfigError, SecretMissing


def secret(system: str, name: str, environment: Mapping[str, str]) -> str:
    """Return `<system>.<name>`: $CREDENTIALS_DIRECTORY, then $PFJIRA_<SYSTEM>_<NAME>_FILE, then the variable."""
    variable = f"PFJIRA_{system}_{name}".upper().replace("-", "_")
    if folder := environment.get("CREDENTIALS_DIRECTORY"):
        path = Path(folder) / f"{system}.{name}"
        if path.exists():
            return _read(path, str(path))
    if file := environment.get(f"{variable}_FILE"):
        return _read(Path(file), f"{variable}_FILE ({file})")
    if value := environment.get(variable, "").strip():
        return value
    raise SecretMissing(
        f"{variable} is not set.",
        hint=f"Set it, or point {variable}_FILE at a file that holds it; try `pfjira demo` without any account.",
    )


def optional(system: str, name: str, environment: Mapping[str, str]) -> str:
    """Return a secret that nobody must have; empty where there is none. Raise for one that cannot be read.

    A unit cannot be given a credential whose file is not there: an empty one says that it is not used.
    """
    variable = f"PFJIRA_{system}_{name}".upper()
    if folder := environment.get("CREDENTIALS_DIRECTORY"):
        path = Path(folder) / f"{system}.{name}"
        if path.exists() and (text := _text(path, str(path))):
            return text
    if environment.get(variable) or environment.get(f"{variable}_FILE"):
        return secret(system, name, {**environment, "CREDENTIALS_DIRECTORY": ""})
    return ""


def _read(path: Path, source: str) -> str:
    text = _text(path, source)
    if not text:
        raise SecretMissing(f"{source} is empty.", hint="Write the secret into it.")
    return text


def _text(path: Path, source: str) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SecretMissing(
            f"{source} cannot be read: {error.strerror}.", hint="Check the path and its owner."
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{source} is not a text file.", hint="It should hold the secret and nothing else."
        ) from error
