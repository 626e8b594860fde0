"""Roles by the groups of the operating system: the whole table, and the tool for somebody who logged in."""

from __future__ import annotations

import grp
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import NoReturn

import pytest
from harness import Tool
from small_world import world

from pfjira.cli import standing as machine
from pfjira.config.units import units
from pfjira.errors import NotPermitted
from pfjira.ops.membership import GROUPS, Databases, Person, standing
from pfjira.ops.roles import Role, act_of_line, may
from pfjira.state.store import Store

VIEW, OPERATE, ADMIN = GROUPS
NUMBERS = {VIEW: 901, OPERATE: 902, ADMIN: 903}
ALICE = Person(4711, "alice", owns=False)
ROOT = Person(0, "root", owns=False)
TIMER = Person(64_000, "pfjira", owns=True, logged_in=False)
STRANGER = Person(4712, "4712", owns=False, logged_in=False)


def invented(there: Collection[str] = GROUPS, *mine: str) -> Databases:
    """Return databases with these groups, of which somebody is in some."""
    return Databases(
        lambda name: NUMBERS[name] if name in there else None, lambda _: [100, *(NUMBERS[name] for name in mine)]
    )


def silent(*_: object) -> NoReturn:
    """Give no answer."""
    raise OSError(5, "the database of groups does not answer")


TABLE: list[tuple[Person, Databases, Role | None]] = [
    (ALICE, invented(()), Role.ADMIN),
    (ALICE, invented((), VIEW), Role.ADMIN),
    (ALICE, invented(GROUPS), None),
    (ALICE, invented([ADMIN]), None),
    (ALICE, invented(GROUPS, VIEW), Role.VIEWER),
    (ALICE, invented(GROUPS, OPERATE), Role.OPERATOR),
    (ALICE, invented(GROUPS, ADMIN), Role.ADMIN),
    (ALICE, invented(GROUPS, OPERATE, VIEW), Role.OPERATOR),
    (ALICE, invented(GROUPS, VIEW, ADMIN), Role.ADMIN),
    (ALICE, Databases(silent, silent), None),
    (ALICE, Databases(lambda _: None, silent), None),
    (ALICE, Databases(NUMBERS.get, silent), None),
    (STRANGER, Databases(lambda _: None, silent), Role.ADMIN),
    (STRANGER, Databases(NUMBERS.get, silent), None),
    (ROOT, invented(GROUPS), Role.ADMIN),
    (ROOT, Databases(silent, silent), Role.ADMIN),
    (TIMER, invented(()), Role.ADMIN),
    (TIMER, invented(GROUPS), Role.OPERATOR),
    (TIMER, invented(GROUPS, VIEW), Role.OPERATOR),
    (TIMER, invented(GROUPS, ADMIN), Role.ADMIN),
    (TIMER, Databases(silent, silent), Role.OPERATOR),
]
"""Who, what the machine knows, and the role that follows; None: no role at all."""


def test_a_role_follows_from_the_groups() -> None:
    """The highest of one's groups; root and the owner apart, nobody gets anything that a database did not say."""
    found = [standing(person, databases) for person, databases, _ in TABLE]

    assert [role for _, _, role in TABLE] == [one.allowed for one in found]
    for one in found:
        if one.allowed is None:
            with pytest.raises(NotPermitted, match=f"{one.person.name} may do nothing"):
                assert one.role
            assert ("getent" if one.failed else f"usermod -aG {one.groups[0]}") in one.remedy


def test_the_tool_obeys_the_groups_of_whoever_logged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command is stopped or let through by the groups of the person; a variable narrows that and never widens."""
    login = tmp_path / "loginuid"
    login.write_text("4711")
    monkeypatch.setattr(machine, "LOGIN", login)

    def let_through(tool: Tool, *mine: str, role: str = "") -> str:
        monkeypatch.setattr(machine, "DATABASES", invented(GROUPS, *mine))
        lines = ("--help", "guide rules", "status", "doctor", "sync", "rules rollback", "restore nothing.db")
        narrowed = {"PFJIRA_ROLE": role} if role else {}
        return " ".join(line.split()[0] for line in lines if tool.run(*line.split(), **narrowed).code != 77)

    with world(tmp_path, sync=False) as tool:
        monkeypatch.setattr(machine, "DATABASES", invented(()))
        assert 0 == tool.run("sync").code
        assert "--help guide" == let_through(tool)
        refused = tool.run("status")
        assert ["pfjira: 4711 may do nothing with pfjira on this machine: it takes one of the groups "
                "pfjira-view, pfjira-operate, pfjira-admin."] == refused.complaints  # fmt: skip
        assert ["  → `usermod -aG pfjira-view 4711`, run by an administrator of it, counts at once."] == refused.hints
        viewer, operator = "--help guide status doctor", "--help guide status doctor sync"
        assert [viewer, viewer] == [let_through(tool, VIEW), let_through(tool, VIEW, role="admin")]
        assert [operator, viewer] == [let_through(tool, VIEW, OPERATE), let_through(tool, ADMIN, role="viewer")]
        assert f"{operator} rules restore" == let_through(tool, ADMIN)
        with Store.open(tool.state, read_only=True) as store:
            acts = store.rows("SELECT who, subject FROM audit WHERE act = 'sync'")
        assert [("4711", "by hand, as operator"), ("4711", "by hand, as admin")] == acts

        own = tmp_path / "own.yaml"
        own.write_text(tool.rules.read_text())
        monkeypatch.setattr(machine, "DATABASES", invented(GROUPS, OPERATE))
        named = [tool.run(*line.split(), "--rules", str(own)) for line in ("sync", "diff", "rules lint")]
        assert [77] * 3 == [answer.code for answer in named]  # with limits of his own he would pass any guard
        assert 77 == tool.run("rules", "test", str(own)).code
        monkeypatch.setattr(machine, "DATABASES", invented(GROUPS, ADMIN))
        assert 0 == tool.run("rules", "lint", "--rules", str(own)).code

        # A process that no login began may write itself one: sudo's word counts, too, where it says less.
        login.write_text("0")
        monkeypatch.setenv("SUDO_UID", "4711")
        monkeypatch.setattr(machine, "DATABASES", invented(GROUPS, VIEW))
        assert (Role.VIEWER, "root by way of 4711") == (machine.here(tool.state).role, machine.user())
        login.write_text("4711")
        monkeypatch.setenv("SUDO_UID", "0")
        assert Role.VIEWER == machine.here(tool.state).role
        monkeypatch.delenv("SUDO_UID")

        monkeypatch.setattr(machine, "DATABASES", Databases(silent, silent))
        assert 77 == (asked := tool.run("status")).code
        assert "the database of groups does not answer" in asked.err
        login.unlink()  # nobody logged in: a timer of the account that owns the state
        monkeypatch.setattr("pfjira.ops.membership.ROOT", -1)  # whoever runs the tests is an ordinary account
        assert [0, 77] == [tool.run(*line.split()).code for line in ("sync", "rules rollback")]
        roles = next(one for one in tool.run("doctor", "--json").json["findings"] if one["subject"] == "roles")
        assert (False, True, True) == (roles["ok"], "as operator" in roles["detail"], "getent" in roles["hint"])


def test_an_operator_may_do_whatever_the_units_do() -> None:
    """The account that owns the state, acting as itself, is an operator: no timer and no receiver is stopped."""
    lines = [
        words.split() for unit in units("/p") for words in re.findall("^ExecStart=/p (.*)$", unit.text, re.MULTILINE)
    ]

    assert 6 == len(lines)
    assert [] == [words for words in lines if not may(Role.OPERATOR, act_of_line(words))]


def test_this_machine_is_asked_by_its_own_databases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A group that is there has its number, one that is not has none, and a database without root answers nobody."""
    number = os.getgid()
    here = machine.here(tmp_path / "state.db")
    assert (os.getuid(), True) == (here.person.number, here.person.owns or here.person.logged_in)
    ask = machine.DATABASES
    own = next(one for one in grp.getgrall() if one.gr_gid == 0)
    assert (0, None, True) == (ask.group(own.gr_name), ask.group("no-such-group"), number in ask.groups_of(here.person))
    monkeypatch.setattr(machine, "ROOT", 2**31 - 3)  # no group has that number
    with pytest.raises(OSError, match="does not answer"):
        ask.group("no-such-group")
    with pytest.raises(OSError, match="no user"):
        ask.groups_of(Person(2**31 - 3, "nobody", owns=False))
