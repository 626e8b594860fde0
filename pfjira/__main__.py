"""The way in. It listens for signals before anything heavy is imported, and `--version` needs none of it."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run one command and return its exit code."""
    try:
        from pfjira.cli import collector, interrupts

        interrupts.listen()
        collector.begin(sys.argv[1:])
        # Pydantic would look through all that is installed for plugins, and let them look at the settings.
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
        return _version() if sys.argv[1:] in (["--version"], ["-V"]) else _command()
    except BaseException as error:
        # Only what happens while a command is being imported arrives here; Ctrl-C may then look like anything.
        from pfjira.cli import interrupts

        if not isinstance(error, KeyboardInterrupt) and not interrupts.came():
            raise
        interrupts.tell()
        return 130


def _command() -> int:
    from pfjira.cli import collector, interrupts
    from pfjira.cli.app import main as run

    code = run()
    if interrupts.came():
        interrupts.leave(code)
    collector.end()
    return code


def _version() -> int:
    """Print the version. Health checks and scripts ask for it often."""
    from importlib.metadata import version

    from pfjira.cli import streams
    from pfjira.errors import AnswerLost

    with streams.guarded():
        try:
            sys.stdout.write(f"pfjira {version('pfjira')}\n")
            sys.stdout.flush()
        except AnswerLost as error:
            sys.stderr.write(f"pfjira: {error}\n")
            return 74
    return 0


if __name__ == "__main__":
    sys.exit(main())
