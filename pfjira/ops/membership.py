"""Which role somebody has by the groups of the operating system. It asks nothing itself: the databases are handed in.

Where none of the three groups exists, the modes of the files decide, as they always do besides. As soon as one exists,
whoever is in none of them may do nothing, root and the account that owns the state apart.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from pfjira.errors import NotPermitted
from pfjira.ops.roles import Role, rank

GROUPS: Mapping[str, Role] = {
    "pfjira-view": Role.VIEWER,
    "pfjira-operate": Role.OPERATOR,
    "pfjira-admin": Role.ADMIN,
}
"""Group to the role of its members."""
ROOT = 0


@dataclass(frozen=True, slots=True)
class Person:
    """For whom a process acts: who logged in, whatever became of him since."""

    number: int
    name: str
    owns: bool
    """Whether it is the account that owns the state, acting as itself: a timer, cron, a login of its own."""
    logged_in: bool = True
    """Whether anybody logged in; a timer is nobody's."""


@dataclass(frozen=True, slots=True)
class Databases:
    """What the machine knows of groups and people. Both raise OSError where it cannot be asked."""

    group: Callable[[str], int | None]
    """The number of a group; None where there is none of that name."""
    groups_of: Callable[[Person], Collection[int]]
    """The numbers of all groups that somebody is in, the primary one as well."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody may do here, and why."""

    person: Person
    groups: tuple[str, ...]
    """Which of the three exist."""
    allowed: Role | None
    """None: nothing."""
    because: str
    group: str = ""
    """The group that gave the role; empty where something else did."""
    failed: bool = False
    """Whether the databases could not be asked."""

    @property
    def role(self) -> Role:
        """The role. Raise NotPermitted where there is none."""
        if self.allowed is not None:
            return self.allowed
        raise NotPermitted(
            f"{self.person.name} may do nothing with pfjira on this machine: {self.because}.", hint=self.remedy
        )

    @property
    def remedy(self) -> str:
        """What an administrator of the machine can do about it."""
        if self.failed:
            return "See whether `getent group` and `id` answer on this machine, then run the same again."
        if self.allowed is None:
            return f"`usermod -aG {self.groups[0]} {self.person.name}`, run by an administrator of it, counts at once."
        return "`pfjira guide security` shows the groups that give roles, and the lines of sudoers that go with them."


def standing(person: Person, databases: Databases) -> Standing:
    """Return what somebody may do: the highest role of his groups, or what root and the owner may."""
    try:
        numbers = {name: number for name in GROUPS if (number := databases.group(name)) is not None}
        if person.number == ROOT:
            return Standing(person, tuple(numbers), Role.ADMIN, "root may do everything")
        # Whoever logged in has a name: where he has none, a database does not answer, and its groups are missing too.
        held = databases.groups_of(person) if numbers or person.logged_in else ()
    except OSError as error:
        return _unasked(person, error)
    if not numbers:
        because = f"there is no group {', '.join(GROUPS)}, so the modes of the files decide"
        return Standing(person, (), Role.ADMIN, because)
    mine = [name for name, number in numbers.items() if number in held]
    best = max(mine, key=lambda name: rank(GROUPS[name]), default=None)
    if person.owns and (best is None or GROUPS[best] is Role.VIEWER):
        return Standing(person, tuple(numbers), Role.OPERATOR, "the account that owns the state, acting as itself")
    if best is None:
        return Standing(person, tuple(numbers), None, f"it takes one of the groups {', '.join(numbers)}")
    return Standing(person, tuple(numbers), GROUPS[best], f"a member of {best}", group=best)


def _unasked(person: Person, error: OSError) -> Standing:
    """Return what somebody may do where nobody knows his groups: what he may whatever they are, and no more."""
    because = f"the groups of this machine cannot be asked for ({error.strerror or error})"
    allowed = Role.ADMIN if person.number == ROOT else Role.OPERATOR if person.owns else None
    return Standing(person, (), allowed, because, failed=True)
