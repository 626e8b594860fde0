"""Our `dataclass` makes what the standard library's makes, whatever is asked of it."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from pfjira.engine import frozen
from pfjira.engine.model import Ref


def point(decorate: Callable[[type[Any]], type[Any]]) -> type[Any]:
    """Return a class with everything in it that ours use."""

    class Point:
        """A place."""

        x: int
        y: int = 2
        tags: list[str] = dataclasses.field(default_factory=list)
        note: str = dataclasses.field(default="", compare=False)
        absent: tuple[str, ...] = ()
        make_tags: bool = False
        total: int = dataclasses.field(init=False, repr=False, compare=False)
        seen: set[int] = dataclasses.field(init=False, default_factory=set)

        def __post_init__(self) -> None:
            """Add up."""
            object.__setattr__(self, "total", self.x + self.y)

    Point.__qualname__ = "Point"
    return decorate(Point)


def outcome(act: Callable[[], object]) -> object:
    """Return what something comes to, or the error and its text."""
    try:
        return act()
    except Exception as error:
        return type(error), str(error)


def behaviour(cls: type[Any]) -> list[object]:
    """Return what all that is done with such classes comes to."""
    one, same, other = cls(1), cls(1, note="other"), cls(1, y=3, tags=["a"])
    return [
        [(kept.x, kept.y, kept.tags, kept.note, kept.total, kept.seen) for kept in (one, same, other)],
        (one == same, one == other, one == (1, 2), one != other, one.tags is not same.tags),
        (repr(one), repr(other), cls.__match_args__, cls.__slots__, cls.__doc__, hasattr(one, "__dict__")),
        outcome(lambda: hash(one)) if cls.__hash__ is None else outcome(lambda: hash(cls(1))),
        outcome(lambda: setattr(one, "x", 5)),
        outcome(lambda: delattr(same, "x")),
        outcome(lambda: cls()),
        outcome(lambda: cls(1, nothing=2)),
        (dataclasses.asdict(other), [field.name for field in dataclasses.fields(cls)], dataclasses.is_dataclass(cls)),
        repr(dataclasses.replace(other, x=7)) if one.x == 1 else "",
        [repr(made) for made in (copy.copy(other), copy.deepcopy(other))],
    ]


@pytest.mark.parametrize("options", [{"frozen": True, "slots": True}, {"slots": True}], ids=["frozen", "slotted"])
def test_a_class_is_what_the_standard_library_makes_of_it(options: dict[str, bool]) -> None:
    """Values, defaults, equality, texts, copies, and every refusal with its words."""
    expected = behaviour(point(dataclasses.dataclass(**options)))

    assert expected == behaviour(point(frozen.dataclass(**options)))


def test_equal_values_have_one_hash_and_survive_a_pickle() -> None:
    """Values are keys of tables."""
    ref, again = Ref("jira", "issue", "1"), Ref("jira", "issue", "1")

    assert (1, ref) == (len({ref, again}), pickle.loads(pickle.dumps(ref)))


def test_what_cannot_be_made_here_is_refused_not_made_wrong() -> None:
    """A field that is given by name only would silently be taken by place."""

    class Named:
        """One."""

        x: int = dataclasses.field(kw_only=True)

    with pytest.raises(TypeError, match="by name only"):
        frozen.dataclass(slots=True)(Named)
