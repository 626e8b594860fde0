"""What a sandbox is built with: the size of the company and the switches of both systems."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from pfjira.sandbox.jira.options import JiraOptions
from pfjira.sandbox.peopleforce.options import PeopleForceOptions


@dataclass(frozen=True, slots=True)
class SandboxOptions:
    """Everything that decides how a sandbox looks before the first request; the same options, the same sandbox."""

    people: int = 200
    tasks: int = 300
    """Open tasks."""
    completed_tasks: int = 60
    """Completed tasks, besides the open ones."""
    seed: int = 7
    peopleforce: PeopleForceOptions = field(default_factory=PeopleForceOptions)
    jira: JiraOptions = field(default_factory=JiraOptions)


def with_settings(options: SandboxOptions, settings: Iterable[str]) -> SandboxOptions:
    """Return the options with settings such as `jira.index_lag_s=3` or `peopleforce.metadata=flat` applied.

    Values are JSON, or else text. ValueError for an unknown name, or a word that a switch does not know.
    """
    for setting in settings:
        name, sign, text = setting.partition("=")
        system, _, switch = name.partition(".")
        group = {"peopleforce": PeopleForceOptions, "jira": JiraOptions}.get(system, SandboxOptions)
        hints = get_type_hints(group)
        if not sign or group is SandboxOptions or switch not in hints:
            raise ValueError(f"there is no setting {name!r}; settings look like jira.index_lag_s=3")
        value = _value(text)
        words = get_args(hints[switch]) if get_origin(hints[switch]) is Literal else ()
        if words and value not in words:
            raise ValueError(f"there is no setting {name}={text}; it is one of {', '.join(map(str, words))}")
        change: dict[str, Any] = {switch: value}
        if system == "peopleforce":
            options = replace(options, peopleforce=replace(options.peopleforce, **change))
        else:
            options = replace(options, jira=replace(options.jira, **change))
    return options


def _value(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return tuple(value) if isinstance(value, list) else value
