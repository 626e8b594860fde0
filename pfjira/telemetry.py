"""What a run costs this machine, as one sample. Measures only; never stores, never judges, never fails."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """One look at this process and its machine. None where the machine does not tell."""

    cpu_s: float
    """Processor seconds of this process so far, its threads included."""
    memory_mb: float
    """Memory of this process, resident."""
    load: float
    """Processes that want a processor, on average over the last minute."""
    free_memory_mb: float | None
    """Hidden from a unit that sees processes only (`ProcSubset=pid`)."""
    free_disk_mb: float
    """Room beside the state."""
    temperature_c: float | None
    """The hottest sensor."""


def sample(folder: Path) -> Sample:
    """Take a sample; `folder` is where the state is."""
    import psutil

    process = psutil.Process()
    with process.oneshot():
        times, memory = process.cpu_times(), process.memory_info().rss
    free_memory = temperature = None
    with suppress(OSError, ValueError, KeyError, AttributeError):
        free_memory = psutil.virtual_memory().available / MB
    with suppress(OSError, ValueError, AttributeError):
        heats = [one.current for sensors in psutil.sensors_temperatures().values() for one in sensors]
        temperature = max(heats, default=None)
    free_disk = 0.0
    with suppress(OSError):
        free_disk = psutil.disk_usage(str(folder)).free / MB
    load = 0.0
    with suppress(OSError):
        load = psutil.getloadavg()[0]
    return Sample(times.user + times.system, memory / MB, load, free_memory, free_disk, temperature)
