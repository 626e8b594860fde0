"""How the machine fares and when its timers start what next. Asked sparingly: a dashboard must not be the load."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from pfjira.tui.messages import Sampled
from pfjira.tui.words import age

PATIENCE_S = 5
_ITS_OWN = ("PATH", "LANG", "TZ", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")
"""All that systemctl is given of our environment, which may hold secrets."""
SENSORS = ("coretemp", "k10temp", "cpu_thermal", "zenpower", "acpitz")
"""Where the processor's temperature is found, the best first."""


def sample(folder: Path) -> Sampled:
    """Return shares in percent, free bytes of the disk that holds the state, and a temperature where there is one."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    disk = psutil.disk_usage(str(folder))
    return Sampled(psutil.cpu_percent(), psutil.virtual_memory().percent, disk.percent, disk.free, _temperature())


def _temperature() -> float | None:
    read = getattr(psutil, "sensors_temperatures", None)  # Linux and FreeBSD only
    found: dict[str, Any] = read() if read else {}
    for name in (*SENSORS, *found):
        for one in found.get(name, ()):
            if one.current:
                return float(one.current)
    return None


def timers(now: datetime) -> list[str]:
    """Return what systemd starts next of ours; nothing where there is no systemd."""
    tool = shutil.which("systemctl")
    if tool is None:
        return []
    try:
        told = subprocess.run(
            [tool, "list-timers", "--all", "--output=json", "pfjira*"],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            stdin=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if name in _ITS_OWN},
        )
        found = json.loads(told.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return []
    return [_timer(one, now) for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _timer(one: dict[str, Any], now: datetime) -> str:
    name = str(one.get("unit", "?")).removesuffix(".timer")
    at = one.get("next")
    if not isinstance(at, int) or not at:
        return f"{name}: off"
    return f"{name}: in {age(datetime.fromtimestamp(at / 1e6, now.tzinfo) - now)}"
