"""Figures of the last run as a text file that node_exporter's textfile collector reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pfjira.errors import ConfigError

HELP = {
    "last_run_timestamp_seconds": "When the last run ended.",
    "last_good_run_timestamp_seconds": "When the last run that came to its end ended.",
    "last_exit_code": "How the last run ended: 0, 1, or the code of what stopped it.",
    "run_seconds": "How long the last run took.",
    "run_cpu_seconds": "Processor time of the last run.",
    "run_memory_bytes": "Memory of the last run.",
    "writes": "Effects of the last run.",
    "open_writes": "Writes without an end.",
    "dead_letters": "Writes that were refused for good.",
    "conflicts": "Fields that both sides moved.",
    "alerts": "Causes that call for a person.",
}


def write(path: Path, figures: Mapping[str, float]) -> None:
    """Write the file in one piece. Raise ConfigError where it cannot be written."""
    from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

    registry = CollectorRegistry()
    for name, about in HELP.items():
        if name in figures:
            Gauge(f"pfjira_{name}", about, registry=registry).set(figures[name])
    try:
        write_to_textfile(str(path), registry)
    except OSError as error:
        raise ConfigError(
            f"The metrics file {path} cannot be written: {error.strerror}.", hint="Correct PFJIRA_METRICS, or unset it."
        ) from error
