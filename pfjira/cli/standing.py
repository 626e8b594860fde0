"""For whom this process acts, and what they may: the one place that asks the machine about logins, people and groups.

Every command passes here before it is built, so this file loads next to nothing.
"""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from errno import EIO
from pathlib import Path

from pfjira.config.paths import rules_file, state_file
from pfjira.config.role import role_word
from pfjira.errors import ConfigError
from pfjira.ops.membership import ROOT, Databases, Person, Standing, standing
from pfjira.ops.roles import Act, Role, act_of_line, lower, only_tells, rank, require, role_named

NOBODY = 2**32 - 1
"""The kernel's word for a process that no login began."""
LOGIN = Path("/proc/self/loginuid")
GROUP_FILE = Path("/etc/group")
MANUAL = ("guide", "man")
"""What stands in the program itself, and nothing of anybody's: whoever can start it may read it."""


def permit(words: Sequence[str], environment: Mapping[str, str]) -> None:
    """Stop a command line beyond the role of this process, whatever it would open. Raise NotPermitted, ConfigError."""
    if not (only_tells(words) or words[0] in MANUAL):
        require(role_held(state_file(_named(words), environment), environment), act_of_line(words))


def role_held(state: Path, environment: Mapping[str, str]) -> Role:
    """Return what may be done to a state here, whatever named it. Raise NotPermitted, ConfigError."""
    return lower(role_named(role_word(environment)), here(state).role)


def allowed_file(rules: Path | None, environment: Mapping[str, str], *, state: Path | None = None) -> Path:
    """Return where the rules file is. Raise NotPermitted where one was named that this role may not go by."""
    if rules is None or _is_usual(rules, environment):
        return rules_file(rules, environment)
    path = state_file(state, environment)
    person = here(path).person
    # A timer of the account that owns the state says what its owner says.
    if person.logged_in or not person.owns or role_word(environment) is not None:
        require(role_held(path, environment), Act.OTHER_RULES)
    return rules


def _is_usual(rules: Path, environment: Mapping[str, str]) -> bool:
    with suppress(ConfigError, OSError):
        return rules.resolve() == rules_file(None, environment).resolve()
    return False


def by_hand(state: Path, environment: Mapping[str, str]) -> bool:
    """Say whether a person lets a command run, and no timer, as far as groups or a narrowed role tell."""
    return role_word(environment) is not None or bool(here(state).group)


def here(state: Path) -> Standing:
    """Return what the person for whom this process acts may do with a state.

    Where the login and sudo name two people, the one who may do less counts: a process without a login may write
    itself one.
    """
    found = [
        standing(Person(number, _name(number), number == os.getuid() == _owner(state), logged_in), DATABASES)
        for number, logged_in in _acting()
    ]
    return min(found, key=lambda one: -1 if one.allowed is None else rank(one.allowed))


def user() -> str:
    """Return the name of the operating-system user, for the audit: who logged in, whatever `sudo` made of him since."""
    return " by way of ".join(dict.fromkeys(_name(number) for number, _ in _acting()))


def _acting() -> list[tuple[int, bool]]:
    """Return who the login says it is, and who sudo says, and whether they are logins; else whose process this is."""
    found = []
    with suppress(OSError, ValueError):
        if (number := int(LOGIN.read_text())) != NOBODY:
            found.append((number, True))
    if (sudo := os.environ.get("SUDO_UID", "")).isdigit():
        found.append((int(sudo), True))
    return list(dict.fromkeys(found)) or [(os.getuid(), False)]


def _name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except (KeyError, OverflowError):
        return str(number)


def _owner(state: Path) -> int | None:
    """Return whose the state is; where there is none yet, whose the folder is in which it would be made."""
    for place in (state.absolute(), *state.absolute().parents):
        try:
            return place.lstat().st_uid
        except FileNotFoundError:
            continue
        except OSError:  # a folder that does not let us look is not ours
            return None
    return ROOT


def _named(words: Sequence[str]) -> Path | None:
    """Return the state that a command line names."""
    found = None
    for number, word in enumerate(words):
        name, sign, value = word.partition("=")
        if name == "--state" and (sign or number + 1 < len(words)):
            found = Path(value if sign else words[number + 1])
    return found


def _group(name: str) -> int | None:
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        pass  # which is all that Python says, also where the database gave no answer
    with suppress(FileNotFoundError), GROUP_FILE.open("rb"):
        try:
            grp.getgrgid(ROOT)
        except KeyError:
            raise OSError(EIO, "the database of groups does not answer") from None
    return None


def _groups_of(person: Person) -> Collection[int]:
    try:
        found = pwd.getpwuid(person.number)
    except (KeyError, OverflowError):
        raise OSError(EIO, f"no user {person.number} is known") from None
    return os.getgrouplist(found.pw_name, found.pw_gid)


DATABASES = Databases(_group, _groups_of)
