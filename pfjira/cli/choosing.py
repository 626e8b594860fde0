"""Which rules a command goes by: those of the file that it was given, where nothing is against them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pfjira.cli.places import Places
from pfjira.cli.standing import role_held
from pfjira.config.paths import rules_file, state_file
from pfjira.config.rules_yaml import parse_rules, read_text
from pfjira.errors import RulesError
from pfjira.ops.roles import Act, require
from pfjira.ops.ruleset import Candidate, Choice, choose
from pfjira.state.store import Store


def candidate(places: Places, environment: Mapping[str, str]) -> Candidate:
    """Read the rules file that the command line and the environment name. Raise RulesError when there is none."""
    path = allowed_file(places, environment)
    try:
        return Candidate(str(path), read_text(path))
    except RulesError as error:
        if not path.is_file():  # which rules are meant, nobody can say
            raise
        return Candidate(str(path), None, error)


def allowed_file(places: Places, environment: Mapping[str, str]) -> Path:
    """Return where the rules file is. Raise NotPermitted where one was named that this role may not go by."""
    if places.rules is not None:
        require(role_held(state_file(places.state, environment), environment), Act.OTHER_RULES)
    return rules_file(places.rules, environment)


def rules_in_force(store: Store, file: Candidate) -> Choice:
    """Return the rules that are in force: those of the file where nothing is against it."""
    return choose(store, file, parse_rules)
