"""What sort of run looks at what: told by its scope, kept with the run, and shown for each kind."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pfjira.engine.model import Ref
from pfjira.ops.workspace import Scope
from pfjira.state import runs, schema
from pfjira.state import store as store_module
from pfjira.state.store import Store

NOW = datetime(2030, 1, 7, 8, 30, tzinfo=UTC)
TASK = frozenset({Ref("peopleforce", "task", "7001")})


def test_each_scope_is_a_run_of_one_kind() -> None:
    """What a person names comes first, then what deliveries name, then how much is read."""
    scopes = {
        runs.MOVED: [Scope()],
        runs.SWEEP: [Scope(full=True)],
        runs.WEBHOOK: [Scope(pending=True)],
        runs.ONLY: [Scope(only="task/7001"), Scope(rule="it-tasks"), Scope(full=True, rule="it-tasks")],
        runs.REPLAY: [Scope(refs=TASK), Scope(refs=TASK, again=frozenset({("r", "k")})), Scope(refs=TASK, rule="r")],
    }

    assert {*runs.KINDS} == {*scopes}
    assert [(kind, kind) for kind in scopes for _ in scopes[kind]] == [
        (kind, scope.kind) for kind in scopes for scope in scopes[kind]
    ]


def test_the_newest_run_of_each_kind_is_known(tmp_path: Path) -> None:
    """Whatever ran since; runs of an older file, which told sweeps only, have their kind too."""
    path = tmp_path / "state.db"
    place = [name for name, _ in schema.MIGRATIONS].index("0011_kind_of_run")
    with pytest.MonkeyPatch.context() as patch:
        for module in (schema, store_module):
            patch.setattr(module, "MIGRATIONS", schema.MIGRATIONS[:place])
        with Store.open(path) as old:
            for full in (1, 1, 0):
                old.run("INSERT INTO runs (started_at, full) VALUES (?, ?)", (NOW.isoformat(), full))
    with Store.open(path) as store:
        for kind in (runs.WEBHOOK, runs.REPLAY, runs.WEBHOOK, ""):
            runs.start(store, full=False, kind=kind, now=NOW)
        found = [(run.number, run.kind) for run in runs.of_each_kind(store)]

    assert [(7, runs.MOVED), (6, runs.WEBHOOK), (5, runs.REPLAY), (2, runs.SWEEP)] == found
