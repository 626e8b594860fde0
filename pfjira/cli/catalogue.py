"""Which commands there are, built one by one as they are asked for: a start pays for its own command, not for all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, cast

from typer.core import TyperGroup
from typer.main import get_command_from_info
from typer.models import CommandInfo

Table = Mapping[str, "str | Group"]


@dataclass(frozen=True, slots=True)
class Group:
    """A command that has commands of its own."""

    help: str
    commands: Table


class Catalogue(Mapping[str, Any]):
    """Name to command, as Typer wants it. The names are known at once; a command is imported when it is looked at."""

    def __init__(self, table: Table) -> None:
        """Take over the names and where each command is."""
        self._places = dict(table)
        self._built: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._built:
            self._built[name] = _built(name, self._places[name])
        return self._built[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _built(name: str, place: str | Group) -> Any:
    if isinstance(place, Group):
        commands = cast(Any, Catalogue(place.commands))  # it is only ever read
        return TyperGroup(name=name, commands=commands, help=place.help, no_args_is_help=True, rich_markup_mode=None)
    module, _, function = place.partition(":")
    callback = getattr(import_module(f"pfjira.cli.{module}"), function)
    info = CommandInfo(name=name, callback=callback)
    return get_command_from_info(info, pretty_exceptions_short=True, rich_markup_mode=None)
