"""Arguments by name, as languages that have them send them: the last argument of a call, in the form `$kw`."""

from __future__ import annotations

import types
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from llmspell.bridge.definition import Options
from llmspell.bridge.spelling import nearest, snake
from llmspell.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.bridge.binder import Parameter


class Named(dict[str, object]):
    """Arguments by name."""


def placed(label: str, parameters: Sequence[Parameter], arguments: Sequence[object]) -> list[object]:
    """Give the arguments by position; `label` is the function's name for errors.

    A name is that of a parameter, or of an option of the function's table. When the next argument is a table, it takes
    all of them, unless every one is a parameter: `agent.execute(input="hi", timeout=5)`, `Storage.get("k", default=0)`.
    Raises `ValidationError` for a name with no place.
    """
    given, named = list(arguments[:-1]), dict(arguments[-1])  # type: ignore[call-overload]  # the caller looked
    free = [one for one in parameters[len(given) :] if not one.rest]
    names = {one.name for one in free}
    own = {key: snake(key) for key in named if snake(key) in names}
    if free and is_table(free[0].annotation) and len(own) < len(named):
        own = {}
    values = {name: named.pop(key) for key, name in own.items()}
    if named:
        table = next((one.name for one in free if one.name not in values and is_table(one.annotation)), None)
        if table is None:
            raise _misplaced(label, next(iter(named)), names)
        values[table] = named
    while free and free[-1].name not in values:
        free.pop()
    return given + [values.get(one.name) for one in free]


def is_table(kind: Any) -> bool:
    """Tell whether a parameter of this type takes a table of names."""
    origin = get_origin(kind)
    if origin is Annotated:
        return is_table(get_args(kind)[0])
    if origin in (Union, types.UnionType):
        return any(is_table(one) for one in get_args(kind))
    return kind is dict or origin is dict or (isinstance(kind, type) and issubclass(kind, Options))


def _misplaced(label: str, key: str, names: set[str]) -> ValidationError:
    near = nearest(key, names)
    known = f"it takes {', '.join(sorted(names))}" if names else "it takes no more arguments"
    return ValidationError(
        f"{label} has no argument {key!r}; {known}",
        suggestions=[f"did you mean {near!r}?" if near else f"see `llmspell api` for {label}"],
        context={"function": label, "argument": key},
    )
