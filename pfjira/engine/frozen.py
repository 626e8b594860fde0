"""`dataclass` as the standard library has it, made in a third of the time where it is slotted, frozen or not.

Each start defines some hundred and fifty such classes, and the library compiles six methods for each: a fifth of what a
run with nothing to do cost. All but `__init__` say the same of every class, so here they are written once, and ask the
class for its fields. What the library knows of its own (`fields`, `replace`, `asdict`, patterns) stays true.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:

    def dataclass(cls=None, /, **options):
        """Do what `dataclasses.dataclass` does with these options."""
        if cls is None and options == {"frozen": True, "slots": True}:
            return _frozen
        if cls is None and options == {"slots": True}:
            return _slotted
        return dataclasses.dataclass(cls, **options)


_OWN = frozenset({"__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__"})
Fields = tuple[dataclasses.Field[Any], ...]
_ABSENT: Any = object()
"""In place of an argument whose default is made anew each time."""


def _frozen(cls: type[Any]) -> type[Any]:
    if not _OWN.isdisjoint(vars(cls)):
        return dataclasses.dataclass(frozen=True, slots=True)(cls)
    made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    fields = dataclasses.fields(made)
    names = tuple(field.name for field in fields)
    # Past what refuses to set.
    setters = {f"__set_{name}": getattr(made, name).__set__ for name in names}
    values = _values(fields)
    _furnish(
        made,
        __init__=_init(made, fields, "__set_{name}(self, {value})", setters),
        __repr__=_repr(fields),
        __eq__=_eq(values),
        __hash__=lambda self: hash(values(self)),
        __setattr__=_refuse_to_set,
        __delattr__=_refuse_to_delete,
        __getstate__=_getstate(names),
        __setstate__=_setstate(names),
    )
    return made


def _slotted(cls: type[Any]) -> type[Any]:
    if not _OWN.isdisjoint(vars(cls)):
        return dataclasses.dataclass(slots=True)(cls)
    made = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    fields = dataclasses.fields(made)
    init = _init(made, fields, "self.{name} = {value}", {})
    _furnish(made, __init__=init, __repr__=_repr(fields), __eq__=_eq(_values(fields)), __hash__=None)
    return made


def _furnish(cls: type[Any], **methods: Any) -> None:
    for name, method in methods.items():
        setattr(cls, name, method)


def _init(cls: type[Any], fields: Fields, setting: str, known: dict[str, Any]) -> Callable[..., None]:
    """Compile the one method that differs from class to class."""
    known["__absent"] = _ABSENT
    head, body = ["self"], []
    for field in fields:
        name, value = field.name, field.name
        fixed, made = field.default is not dataclasses.MISSING, field.default_factory is not dataclasses.MISSING
        known |= {f"__default_{name}": field.default} if fixed else {}
        known |= {f"__make_{name}": field.default_factory} if made else {}
        if field.kw_only:
            raise TypeError(f"{cls.__qualname__}.{name}: ask `dataclasses.dataclass` for what is given by name only")
        if field.init:
            head.append(f"{name}=__default_{name}" if fixed else f"{name}=__absent" if made else name)
            value = f"__make_{name}() if {name} is __absent else {name}" if made else name
        elif fixed or made:
            value = f"__default_{name}" if fixed else f"__make_{name}()"
        else:
            continue  # `__post_init__` sets it
        body.append(setting.format(name=name, value=value))
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    exec(f"def __init__({', '.join(head)}):\n " + "\n ".join(body or ["pass"]), known)  # noqa: S102  # our own names
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__annotations__ = {field.name: field.type for field in fields} | {"return": None}
    return init


def _values(fields: Fields) -> Callable[[Any], Any]:
    """Return what reads all that is compared."""
    names = [field.name for field in fields if field.compare]
    return attrgetter(*names) if names else lambda _: ()


def _eq(values: Callable[[Any], Any]) -> Callable[[Any, object], bool]:
    def __eq__(self: Any, other: object) -> bool:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    return __eq__


def _repr(fields: Fields) -> Callable[[Any], str]:
    names = [field.name for field in fields if field.repr]

    def __repr__(self: Any) -> str:
        return f"{self.__class__.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return __repr__


def _refuse_to_set(self: Any, name: str, value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _getstate(names: tuple[str, ...]) -> Callable[[Any], list[Any]]:
    """Let copies be made, which otherwise set the slots one by one."""

    def __getstate__(self: Any) -> list[Any]:
        return [getattr(self, name) for name in names]

    return __getstate__


def _setstate(names: tuple[str, ...]) -> Callable[[Any, list[Any]], None]:
    def __setstate__(self: Any, state: list[Any]) -> None:
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return __setstate__
