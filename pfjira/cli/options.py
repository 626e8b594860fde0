"""Options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

RulesFile = Annotated[
    Path | None,
    typer.Option(
        "--rules", metavar="FILE", help="Rules file. [default: PFJIRA_RULES, then the usual folders, then ./rules.yaml]"
    ),
]
StateFile = Annotated[
    Path | None,
    typer.Option(
        "--state", metavar="FILE", help="State file. [default: PFJIRA_STATE, then ~/.local/state/pfjira/state.db]"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else on stdout.")]
Full = Annotated[bool, typer.Option("--full", help="Sweep both sides wholly instead of what moved since the last run.")]
Only = Annotated[
    str | None,
    typer.Option(
        "--only", metavar="REF", help="One record (an id, or KIND/ID as employee/9001), or one issue (its key)."
    ),
]
RuleId = Annotated[str | None, typer.Option("--rule", metavar="ID", help="Changes of this rule only.")]
