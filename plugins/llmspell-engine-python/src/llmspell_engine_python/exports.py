"""What a Python spell gives to the one that loads it."""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

from llmspell_engine_python.errors import ScriptError
from llmspell_engine_python.values import Formed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DATA = (bool, int, float, str, bytes, list, tuple, dict, set, frozenset)


def exported(names: Mapping[str, Any], can_cross: Callable[[Any], bool]) -> dict[str, Any]:
    """Give the exports among the global names of a spell.

    `exports`, a dict, is all of them; else `__all__` names them; else they are the functions that the spell defines,
    the objects of the API and the plain values it holds, under names that do not start with `_`. Raises `ScriptError`
    for a name in `__all__` that there is not.
    """
    given = names.get("exports")
    if isinstance(given, dict):
        return dict(given)
    listed = names.get("__all__")
    if listed is not None:
        missing = [name for name in listed if name not in names]
        if missing:
            raise ScriptError(f"__all__ names {missing[0]!r}, which the spell does not define")
        return {name: names[name] for name in listed}
    public = {name: value for name, value in names.items() if not name.startswith(("_", "<"))}
    return {name: value for name, value in public.items() if _is_own(value) and can_cross(value)}


def _is_own(value: Any) -> bool:
    """Tell whether a value is the spell's, and not what it imported or a class."""
    if isinstance(value, FunctionType):
        return value.__module__ == "__main__"
    return value is None or isinstance(value, (Formed, *DATA))
