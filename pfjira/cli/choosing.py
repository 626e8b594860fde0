"""Which rules a command goes by: those of the file that it was given, where nothing is against them."""

from __future__ import annotations

from collections.abc import Mapping

from pfjira.cli.places import Places
from pfjira.cli.standing import allowed_file
from pfjira.config.rules_yaml import parse_rules, read_text
from pfjira.errors import RulesError
from pfjira.ops.ruleset import Candidate, Choice, choose
from pfjira.state.store import Store


def candidate(places: Places, environment: Mapping[str, str]) -> Candidate:
    """Read the rules file that the command line and the environment name. Raise RulesError when there is none."""
    path = allowed_file(places.rules, environment, state=places.state)
    try:
        return Candidate(str(path), read_text(path))
    except RulesError as error:
        if not path.is_file():  # which rules are meant, nobody can say
            raise
        return Candidate(str(path), None, error)


def rules_in_force(store: Store, file: Candidate) -> Choice:
    """Return the rules that are in force: those of the file where nothing is against it."""
    return choose(store, file, parse_rules)
