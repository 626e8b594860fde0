"""Who may do what: viewer, operator, admin. The commands are stopped here, whatever a dashboard shows or hides.

A process gets its role from the groups of the person it acts for (`membership`); whoever starts it may narrow that, and
nobody can widen it. Without either it is an admin's: then the modes of the files decide who may do anything at all.
Whatever has no line in the table is for the admin, as far as it writes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from pfjira.errors import ConfigError, NotPermitted

if TYPE_CHECKING:
    from datetime import datetime

    from pfjira.state.store import Store


class Role(StrEnum):
    """What somebody is trusted with; each one includes those before it."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"


class Act(StrEnum):
    """What can be done."""

    LOOK = "look at the state"
    """Ids, names of fields, counts."""
    TEST = "try the rules' own tests"
    VALUES = "see what the systems hold"
    """Values of people: plans, both sides of a conflict, explanations."""
    SYNC = "start a sync"
    """As far as no guard stands against it."""
    REPLAY = "try a dead letter again"
    RESOLVE = "resolve a conflict"
    LINK = "say who is who"
    SWITCH = "switch a rule off or on"
    PAUSE = "pause or resume"
    DELIVER = "hand in a delivery"
    APPROVE = "approve a plan"
    """Past a tripped guard."""
    ROLLBACK = "go back to other rules"
    OTHER_RULES = "go by another rules file than the usual one"
    """With limits of his own anybody would pass any guard."""
    ADMINISTER = "administer"
    """Everything that is named nowhere else."""


LEAST: Mapping[Act, Role] = {
    Act.LOOK: Role.VIEWER,
    Act.TEST: Role.VIEWER,
    Act.VALUES: Role.OPERATOR,
    Act.SYNC: Role.OPERATOR,
    Act.REPLAY: Role.OPERATOR,
    Act.RESOLVE: Role.OPERATOR,
    Act.LINK: Role.OPERATOR,
    Act.SWITCH: Role.OPERATOR,
    Act.PAUSE: Role.OPERATOR,
    Act.DELIVER: Role.OPERATOR,
    Act.APPROVE: Role.ADMIN,
    Act.ROLLBACK: Role.ADMIN,
    Act.OTHER_RULES: Role.ADMIN,
    Act.ADMINISTER: Role.ADMIN,
}
"""The least role for each act."""

COMMANDS: Mapping[str, Act] = {
    "alerts list": Act.LOOK,
    "audit list": Act.LOOK,
    "audit verify": Act.LOOK,
    "conflicts list": Act.LOOK,
    "conflicts resolve": Act.RESOLVE,
    "deliver": Act.DELIVER,
    "demo": Act.LOOK,
    "diff": Act.VALUES,
    "doctor": Act.LOOK,
    "explain": Act.VALUES,
    "guide": Act.LOOK,
    "man": Act.LOOK,
    "alerts send": Act.SYNC,
    "backup": Act.SYNC,
    "pause": Act.PAUSE,
    "people link": Act.LINK,
    "people list": Act.LOOK,
    "people unlink": Act.LINK,
    "replay": Act.REPLAY,
    "resume": Act.PAUSE,
    "rules disable": Act.SWITCH,
    "rules enable": Act.SWITCH,
    "rules history": Act.LOOK,
    "rules lint": Act.LOOK,
    "rules list": Act.LOOK,
    "rules rollback": Act.ROLLBACK,
    "rules schema": Act.LOOK,
    "rules test": Act.TEST,
    "sandbox": Act.LOOK,
    "status": Act.LOOK,
    "sync": Act.SYNC,
    "tui": Act.LOOK,
    "webhook-serve": Act.DELIVER,
}
"""What each command does. One that is not named is for the admin: whoever adds a command says here what it is."""

_ORDER = tuple(Role)
_TELLING = ("-h", "--help", "-V", "--version")


def role_named(word: str | None) -> Role:
    """Return a role by its name; where nobody narrowed it, the admin's. Raise ConfigError."""
    try:
        return Role.ADMIN if word is None else Role(word.strip().lower())
    except ValueError:
        raise ConfigError(
            f"There is no role {word!r}.", hint=f"PFJIRA_ROLE and --role take one of: {', '.join(Role)}."
        ) from None


def may(role: Role, act: Act) -> bool:
    """Say whether a role may do this."""
    return rank(role) >= rank(LEAST[act])


def require(role: Role, act: Act) -> None:
    """Raise NotPermitted when a role may not do this."""
    if not may(role, act):
        raise NotPermitted(
            f"The role {role} may not {act}; nothing was done.", hint=f"Ask somebody who has the role {LEAST[act]}."
        )


def rank(role: Role) -> int:
    """Return how much a role is trusted with, against the others."""
    return _ORDER.index(role)


def lower(one: Role, other: Role) -> Role:
    """Return the role that is trusted with less."""
    return min(one, other, key=rank)


def narrowed(held: Role, wanted: Role) -> Role:
    """Return the role that is wanted. Raise NotPermitted when the one that is held does not reach so far."""
    if rank(wanted) > rank(held):
        raise NotPermitted(
            f"This process has the role {held} and cannot become {wanted}.", hint=f"Leave --role out, or say {held}."
        )
    return wanted


def act_of(command: str, *, writes: bool, values: bool = True) -> Act:
    """Return what a command does; `values`: whether it may ask the systems, and so show what they hold."""
    named = COMMANDS.get(command, Act.ADMINISTER if writes else Act.VALUES)
    return Act.VALUES if values and not writes else named


def act_of_line(words: Sequence[str]) -> Act:
    """Return what a command line does, as far as its first words tell; options are looked at where they are used."""
    named = [COMMANDS.get(" ".join(words[:many])) for many in (2, 1)]
    return Act.LOOK if only_tells(words) else next((act for act in named if act is not None), Act.ADMINISTER)


def only_tells(words: Sequence[str]) -> bool:
    """Say whether a command line asks for nothing but what stands in the program itself."""
    # Behind an option the same word may be its value, and then the command runs.
    return not words or (words[-1] in _TELLING and not any(word.startswith("-") for word in words[:-1]))


def note_start(store: Store, who: str, role: Role, command: str, now: datetime) -> None:
    """Write down that a person let a command run that leaves no such line itself."""
    from pfjira.state import audit  # whoever only asks for a role need not load the state's libraries

    with store.write():
        audit.append(store, who, command, f"by hand, as {role}", now)
