"""The way in. `--version` answers before anything heavy is imported; health checks and scripts ask it often."""

from __future__ import annotations

import sys


def main() -> int:
    """Run one command and return its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        from importlib.metadata import version

        sys.stdout.write(f"pfjira {version('pfjira')}\n")
        return 0
    from pfjira.cli import interrupts
    from pfjira.cli.app import main as run

    interrupts.listen()
    return run()


if __name__ == "__main__":
    sys.exit(main())
