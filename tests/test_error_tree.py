"""The error tree: drawn whole, and every leaf of it ends with the exit code that is documented."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pfjira import errors
from pfjira.cli.exits import ExitCode, exit_code_for


def _tree(kind: type[errors.PfjiraError]) -> Iterator[type[errors.PfjiraError]]:
    """Yield an error and all below it, as far as errors.py declares them; others never leave their own part."""
    yield kind
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from _tree(child)


CODES = {
    "RulesError": ExitCode.CONFIG,
    "SecretMissing": ExitCode.CONFIG,
    "BadDelivery": ExitCode.CONFIG,
    "LockHeld": ExitCode.LATER,
    "Paused": ExitCode.LATER,
    "NotPermitted": ExitCode.NOT_ALLOWED,
    "TooManyChanges": ExitCode.REFUSED,
    "SideWentEmpty": ExitCode.REFUSED,
    "DigestMismatch": ExitCode.REFUSED,
    "RateLimited": ExitCode.LATER,
    "OutOfTime": ExitCode.LATER,
    "OutcomeUnknown": ExitCode.UNAVAILABLE,
    "Forbidden": ExitCode.NOT_ALLOWED,
    "BadReply": ExitCode.BAD_REPLY,
    "Rejected": ExitCode.BAD_REPLY,
    "Stale": ExitCode.LATER,
    "Missing": ExitCode.BAD_REPLY,
    "SchemaTooNew": ExitCode.STATE,
    "StateDamaged": ExitCode.STATE,
    "StateUnwritable": ExitCode.STATE,
    "AnswerLost": ExitCode.STATE,
}


def test_every_leaf_of_the_error_tree_has_its_exit_code() -> None:
    """No error that is raised on purpose ends as a bug, or as the 1 that means the sides differ."""
    leaves = [kind for kind in _tree(errors.PfjiraError) if len(list(_tree(kind))) == 1]

    assert CODES == {leaf.__name__: exit_code_for(leaf.__new__(leaf)) for leaf in leaves}


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.ConfigError, ExitCode.CONFIG),
        (errors.PlanRefused, ExitCode.REFUSED),
        (errors.Unavailable, ExitCode.UNAVAILABLE),
        (errors.Unauthorized, ExitCode.NOT_ALLOWED),
        (errors.ConnectorError, ExitCode.UNAVAILABLE),
        (errors.StateError, ExitCode.STATE),
        (errors.PfjiraError, ExitCode.BUG),
        (KeyboardInterrupt, ExitCode.INTERRUPTED),
        (MemoryError, ExitCode.LATER),
        (ValueError, ExitCode.BUG),
        (KeyError, ExitCode.BUG),
    ],
)
def test_every_branch_has_its_exit_code(kind: type[BaseException], code: ExitCode) -> None:
    """A general error ends like its kind; a foreign exception is our bug."""
    assert code == exit_code_for(kind.__new__(kind))


def test_the_error_tree_is_drawn_whole() -> None:
    """Who reads the top of errors.py knows every error there is."""
    drawn = errors.__doc__ or ""

    assert [] == [kind.__name__ for kind in _tree(errors.PfjiraError) if kind.__name__ not in drawn]
