"""Who may do what: the whole matrix, and the commands themselves, which are stopped whatever starts them."""

from __future__ import annotations

from pathlib import Path

import pytest
from harness import Tool
from small_world import sent, world

from pfjira.errors import ConfigError, NotPermitted
from pfjira.ops.roles import Act, Role, act_of, act_of_line, may, narrowed, require, role_named
from pfjira.state.store import Store

MATRIX = {
    #                 viewer operator admin
    Act.LOOK: (True, True, True),
    Act.TEST: (True, True, True),
    Act.VALUES: (False, True, True),
    Act.SYNC: (False, True, True),
    Act.REPLAY: (False, True, True),
    Act.RESOLVE: (False, True, True),
    Act.LINK: (False, True, True),
    Act.SWITCH: (False, True, True),
    Act.PAUSE: (False, True, True),
    Act.DELIVER: (False, True, True),
    Act.APPROVE: (False, False, True),
    Act.ROLLBACK: (False, False, True),
    Act.OTHER_RULES: (False, False, True),
    Act.ADMINISTER: (False, False, True),
}
COMMANDS = {
    "sync": Role.OPERATOR,
    "sync --full": Role.OPERATOR,
    "sync --approve 0123456789abcdef": Role.ADMIN,
    "sync --moved": Role.ADMIN,
    "diff": Role.OPERATOR,
    "explain ITOPS-1": Role.OPERATOR,
    "conflicts list": Role.VIEWER,
    "conflicts list --values": Role.OPERATOR,
    "conflicts resolve ITOPS-1 summary --take jira": Role.OPERATOR,
    "people list": Role.VIEWER,
    "people link 9001 712020:abc": Role.OPERATOR,
    "people unlink 9001": Role.OPERATOR,
    "people import {}/people.csv": Role.ADMIN,
    "rules list": Role.VIEWER,
    "rules history": Role.VIEWER,
    "rules lint": Role.VIEWER,
    "rules test": Role.VIEWER,
    "rules disable it-tasks": Role.OPERATOR,
    "rules enable it-tasks": Role.OPERATOR,
    "rules rollback": Role.ADMIN,
    "rules rollback --undo": Role.ADMIN,
    "sync --rules {}/people.csv": Role.ADMIN,
    "deliver nothing {}/people.csv": Role.OPERATOR,
    "status": Role.VIEWER,
    "doctor": Role.VIEWER,
}
"""Command lines and the least role for each."""
ORDER = list(Role)


@pytest.mark.parametrize("act", Act)
def test_each_role_may_do_what_the_matrix_says(act: Act) -> None:
    """All three roles, each act: `may` and `require` agree with the table above."""
    assert MATRIX[act] == tuple(may(role, act) for role in Role)
    for role, able in zip(Role, MATRIX[act], strict=True):
        if able:
            require(role, act)
        else:
            with pytest.raises(NotPermitted, match=f"role {role} may not"):
                require(role, act)


def test_what_nobody_named_is_for_the_admin() -> None:
    """A command that came later and has no line in the table: writing takes an admin, reading shows values."""
    assert (Act.ADMINISTER, Act.VALUES) == (act_of("forget", writes=True), act_of("forget", writes=False))
    lines = ("forget 1", "", "--version", "forget --help", "forget --why --help", "-- forget 1", "rules test x")
    acts = ["administer", "look", "look", "look", "administer", "administer", "test"]
    assert [Act[act.upper()] for act in acts] == [act_of_line(line.split()) for line in lines]


def test_a_role_is_known_by_its_name_and_never_widened() -> None:
    """An unknown word is a mistake in the configuration, and no flag reaches beyond the role that was given."""
    assert [Role.VIEWER, Role.ADMIN, Role.ADMIN] == [role_named(" Viewer"), role_named("admin"), role_named(None)]
    with pytest.raises(ConfigError, match="no role 'root'"):
        role_named("root")
    for held in Role:
        for wanted in Role:
            if ORDER.index(wanted) <= ORDER.index(held):
                assert wanted is narrowed(held, wanted)
            else:
                with pytest.raises(NotPermitted):
                    narrowed(held, wanted)


def left(tool: Tool) -> list[object]:
    """Return what a command may have left in the state."""
    with Store.open(tool.state, read_only=True) as store:
        tables = ("runs", "audit", "outbox", "people", "rule_overrides", "rules_in_force", "conflicts")
        return [store.rows(f"SELECT * FROM {table}") for table in tables]


def test_every_command_is_stopped_below_its_role(tmp_path: Path) -> None:
    """Role by command: 77 and nothing written below the least role, anything but 77 from there on."""
    (tmp_path / "people.csv").write_text("id,account_id\n")
    with world(tmp_path) as tool:
        before = left(tool)
        stopped = {
            (role, line): tool.run(*line.format(tmp_path).split(), PFJIRA_ROLE=role.value).code == 77
            for role in (Role.VIEWER, Role.OPERATOR)
            for line, least in COMMANDS.items()
            if ORDER.index(role) < ORDER.index(least)
        }
        assert (dict.fromkeys(stopped, True), before, []) == (stopped, left(tool), sent(tool))
        passed = {
            (line, role): tool.run(*line.format(tmp_path).split(), PFJIRA_ROLE=role.value).code != 77
            for line, role in COMMANDS.items()
        }
        assert dict.fromkeys(passed, True) == passed


def test_a_sync_by_hand_says_who_let_it_run(tmp_path: Path) -> None:
    """What a dashboard starts is written down by the name of the user; what a timer starts is not an act."""
    with world(tmp_path) as tool:
        assert [0, 0] == [tool.run("sync").code, tool.run("sync", PFJIRA_ROLE="operator").code]
        with Store.open(tool.state, read_only=True) as store:
            assert [("sync", "by hand, as operator")] == store.rows("SELECT act, subject FROM audit WHERE act = 'sync'")
