"""`init`: the files that a company needs, written once. It must never overwrite one, nor take a secret from a flag."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pfjira.errors import ConfigError

if TYPE_CHECKING:
    from pfjira.config.units import Unit

ASKED = {
    "peopleforce.api_key": "PeopleForce API key (Settings > API keys)",
    "jira.api_token": "Jira API token (id.atlassian.com > Security)",
}
MADE = ("peopleforce.webhook_secret", "jira.webhook_secret")
LEFT_EMPTY = ("alerts.slack", "alerts.telegram", "alerts.ping", "seq.api_key")
"""Nobody must have them, and a unit does not start without the file of a credential."""
UNITS = Path("/etc/systemd/system")
ETC = Path("/etc/pfjira")
"""Where the units look for settings; below it, one folder for each of several companies."""


def init(
    folder: Annotated[
        Path | None,
        typer.Option("--folder", metavar="DIR", help="Where. [default: /etc/pfjira for root, else ~/.config/pfjira]"),
    ] = None,
    jira_url: Annotated[str | None, typer.Option("--jira-url", help="https://SITE.atlassian.net")] = None,
    jira_email: Annotated[
        str | None, typer.Option("--jira-email", help="Login of the account that keeps issues.")
    ] = None,
    peopleforce_url: Annotated[
        str, typer.Option("--peopleforce-url", help="Address of PeopleForce's API.")
    ] = "https://app.peopleforce.io/api/public/v3",
    timezone: Annotated[str | None, typer.Option("--timezone", help="Where a day begins, as Europe/Kyiv.")] = None,
    recipe: Annotated[
        str | None, typer.Option("--recipe", metavar="NAME", help="Begin with a recipe (`pfjira guide cookbook`).")
    ] = None,
    systemd: Annotated[
        bool, typer.Option("--systemd", help="Print the systemd units, or write them with --units.")
    ] = False,
    units: Annotated[
        Path | None, typer.Option("--units", metavar="DIR", help="Write the units there, as /etc/systemd/system.")
    ] = None,
    instances: Annotated[
        bool, typer.Option("--instances", help="Template units, for several companies on one host.")
    ] = False,
) -> None:
    """Write rules, settings and credential files, or units.

    On a terminal it asks for what is missing; secrets are asked for there, or written into their files by you.
    """
    if systemd or units is not None:
        _units(units, instances)
        return
    from pfjira.cli import output

    home = folder or (ETC if os.geteuid() == 0 else Path.home() / ".config" / "pfjira")
    asks = sys.stdin.isatty()
    url = jira_url or (_asked("Jira's address, https://SITE.atlassian.net") if asks else "")
    email = jira_email or (_asked("Login (e-mail) of the account that keeps the issues") if asks else "")
    files = {
        home / "rules.yaml": _rules(recipe),
        home / "environment": _environment(home, url, email, peopleforce_url, timezone),
        **{home / "credentials" / name: secrets.token_hex(32) + "\n" for name in MADE},
        **{home / "credentials" / name: "\n" for name in LEFT_EMPTY},
    }
    for name, what in ASKED.items():
        path = home / "credentials" / name
        asked = asks and not path.exists()
        files[path] = (typer.prompt(what, hide_input=True, default="", show_default=False) if asked else "") + "\n"
    for path, text in files.items():
        # What root writes is read by the account that the units run as; a secret is handed to it by systemd.
        shown = os.geteuid() == 0 and path.parent == home
        output.say(f"{'written' if _write(path, text, shown=shown) else 'kept   '}  {path}")
    _next(home, [home / "credentials" / name for name in ASKED], url and email)


def _next(home: Path, asked: list[Path], reachable: str) -> None:
    """Say what is to be done now."""
    from pfjira.cli import output

    output.say()
    if missing := [path for path in asked if not path.read_text().strip()]:
        output.say("Write each secret into its file, which only you can read:")
        for path in missing:
            output.say(f"  {path}")
    if not reachable:
        output.say(f"Fill in what is empty in {home / 'environment'}.")
    output.say("Then, in this order:")
    output.say(f"  set -a; . {home / 'environment'}; set +a    # the settings, for this shell")
    for command, why in (
        ("pfjira rules lint", "whether the rules are well"),
        ("pfjira doctor", "whether both systems let us in"),
        ("pfjira diff", "what would be done; nothing is written"),
        ("pfjira sync", "do it"),
        ("pfjira init --systemd", "the timers"),
    ):
        output.say(f"  {command:28} # {why}")


def _asked(what: str) -> str:
    return str(typer.prompt(what, default="", show_default=False)).strip()


def _rules(recipe: str | None) -> str:
    from importlib.resources import files

    if recipe is None:
        return files("pfjira").joinpath("guide", "rules.yaml").read_text(encoding="utf-8")
    from pfjira.cli.guide import rules_of_recipe

    return rules_of_recipe(recipe)


def _environment(home: Path, url: str, email: str, peopleforce_url: str, timezone: str | None) -> str:
    credentials = home / "credentials"
    zone = f"PFJIRA_TIMEZONE={timezone}" if timezone else "# PFJIRA_TIMEZONE=Europe/Kyiv"
    return f"""# Settings of pfjira, for systemd's EnvironmentFile= and for a shell: set -a; . {home}/environment
# No secret stands here: the files below hold them, and nobody but you can read those.
PFJIRA_PEOPLEFORCE_URL={peopleforce_url}
PFJIRA_JIRA_URL={url}
PFJIRA_JIRA_EMAIL={email}
PFJIRA_PEOPLEFORCE_API_KEY_FILE={credentials / "peopleforce.api_key"}
PFJIRA_JIRA_API_TOKEN_FILE={credentials / "jira.api_token"}
PFJIRA_RULES={home / "rules.yaml"}
{_kept_by_units(home)}\
# Where a day begins, unless rules.yaml says so:
{zone}
"""


def _kept_by_units(home: Path) -> str:
    """Return where the units that read these settings keep state and logs: the same for whoever works by hand."""
    if not home.is_relative_to(ETC):
        return ""
    folder = ETC.name / home.relative_to(ETC)
    return f"PFJIRA_STATE=/var/lib/{folder}/state.db\nLOGS_DIRECTORY=/var/log/{folder}\n"


def _write(path: Path, text: str, *, shown: bool = False) -> bool:
    """Write a file, for its owner's eyes only unless `shown`; return False where there is one already."""
    try:
        path.parent.mkdir(mode=0o755 if shown else 0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        return False
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}.", hint="Choose another --folder.") from error
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        os.fchmod(descriptor, 0o644 if shown else 0o600)
    return True


def _units(where: Path | None, instances: bool) -> None:
    """Print the units, or write those that are not there yet."""
    from pfjira.cli import output
    from pfjira.config.units import sudoers, sysusers, units
    from pfjira.ops.membership import GROUPS

    program = str(Path(sys.argv[0]).absolute()) if Path(sys.argv[0]).name == "pfjira" else "/usr/local/bin/pfjira"
    made: list[Unit] = units(program, instances=instances)
    if where is None:
        for unit in [*made, sysusers()]:
            output.write_file(f"# ---- {unit.name}\n{unit.text}\n")
        output.remark(f"`pfjira init --units {UNITS}` writes them.")
        return
    for unit in made:
        output.say(
            f"{'written' if _write(where / unit.name, unit.text, shown=True) else 'kept   '}  {where / unit.name}"
        )
    name = "@NAME" if instances else ""
    output.say()
    output.say("Then:")
    output.say("  useradd --system --home /var/lib/pfjira pfjira     # unless the account is there")
    output.say("  chown -R pfjira: /var/lib/pfjira /var/log/pfjira    # if you made a first sync by hand")
    timers = " ".join(f"pfjira-{what}{name}.timer" for what in ("sync", "sweep", "backup"))
    output.say(f"  systemctl daemon-reload && systemctl enable --now {timers}")
    output.say()
    output.say("To give people roles, if you like (`pfjira guide security` says who may do what then). As soon")
    output.say("as one of these groups exists, whoever is in none of them may do nothing (77): begin with yourself.")
    for group in GROUPS:
        output.say(f"  groupadd --system {group}")
    output.say(f"  usermod -aG {list(GROUPS)[-1]} YOU")
    output.say("  visudo -f /etc/sudoers.d/pfjira    # with these lines:")
    for line in sudoers(program):
        output.say(f"    {line}")
