"""Binders: from a method's signature to what checks a script's arguments. Compiled at the first call, then cached."""

from __future__ import annotations

import builtins
import inspect
import sys
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, get_type_hints

from llmspell.bridge import definition
from llmspell.bridge.callbacks import Callback
from llmspell.bridge.converters import Annotations, Converter, Faults, converter
from llmspell.bridge.named import Named, placed
from llmspell.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Parameter(NamedTuple):
    """One parameter as a script passes it."""

    name: str
    annotation: Any
    convert: Converter
    required: bool
    default: object
    rest: bool


class Vocabulary(dict[str, object]):
    """The names that annotations of the API may use without importing them; some classes are imported when named."""

    def __missing__(self, name: str) -> object:
        from llmspell.bridge.api import class_named  # noqa: PLC0415 - the registry names this module's callers

        found = class_named(name)
        if found is None:
            raise KeyError(name)
        return found


_SHARED = {
    "Annotated": Annotated,
    "Any": Any,
    "Literal": Literal,
    "Callback": Callback,
    **{name: getattr(definition, name) for name in ("Duration", "Handle", "Milliseconds", "Options", "Size", "Stream")},
}


def vocabulary(owner: type) -> Vocabulary:
    """Give the names an annotation of `owner` may use."""
    homes = [vars(sys.modules[kind.__module__]) for kind in reversed(owner.__mro__)]
    return Vocabulary({**vars(builtins), **_SHARED, **{name: one for home in homes for name, one in home.items()}})


class Binder:
    """Check and convert the arguments of one function."""

    __slots__ = ("_rows", "label", "parameters", "place", "wants_ctx")

    def __init__(self, label: str, owner: type, method: Callable[..., object]) -> None:
        names = vocabulary(owner)
        hints = {k: v for k, v in method.__annotations__.items() if k not in ("return", "ctx")}
        signature = inspect.signature(method)
        resolved = get_type_hints(Annotations(hints), None, names, include_extras=True)
        declared = list(signature.parameters.values())[1:]
        self.label = label
        self.wants_ctx = "ctx" in signature.parameters
        self.place = next((i for i, p in enumerate(declared) if p.name == "ctx" and p.kind is not p.KEYWORD_ONLY), None)
        self.parameters = [
            Parameter(
                name=p.name.rstrip("_"),
                annotation=resolved.get(p.name, object),
                convert=converter(resolved.get(p.name, object), names),
                required=p.default is p.empty and p.kind is not p.VAR_POSITIONAL,
                default=None if p.default is p.empty else p.default,
                rest=p.kind is p.VAR_POSITIONAL,
            )
            for p in declared
            if p.name != "ctx"
        ]
        # what `bind` looks at, without a look-up per attribute
        self._rows = tuple((p.name, p.convert, p.required, p.default, p.rest) for p in self.parameters)

    def call(self, method: Callable[..., object], bound: list[object], ctx: object) -> object:
        """Call a bound method with converted arguments, and with the context where it takes one."""
        if not self.wants_ctx:
            return method(*bound)
        if self.place is None:
            return method(*bound, ctx=ctx)
        return method(*bound[: self.place], ctx, *bound[self.place :])

    def bind(self, arguments: Sequence[object], bare: str) -> list[object]:
        """Convert positional arguments; `bare` is the unit of a bare duration.

        Raises `ValidationError` with every fault. A trailing nothing is the same as an argument left out.
        """
        if arguments and type(arguments[-1]) is Named:
            arguments = placed(self.label, self.parameters, arguments)
        faults: Faults = []
        bound: list[object] = []
        given = len(arguments)
        index = 0
        for name, convert, required, default, rest in self._rows:
            if rest:
                bound += [convert(one, name, bare, faults) for one in arguments[index:]]
                return self._checked(bound, faults)
            value = arguments[index] if index < given else None
            if value is None and not required:
                bound.append(default)
            elif index >= given:
                faults.append((name, "is required"))
            else:
                bound.append(convert(value, name, bare, faults))
            index += 1
        if given <= index:
            return self._checked(bound, faults) if faults else bound
        if any(one is not None for one in arguments[index:]):
            faults.append(("arguments", f"are too many: takes {index}, got {given}"))
        return self._checked(bound, faults)

    def _checked(self, bound: list[object], faults: Faults) -> list[object]:
        if not faults:
            return bound
        listed = "; ".join(f"{path} {sentence}" for path, sentence in faults)
        message = f"{self.label}: {listed}"
        raise ValidationError(
            message,
            suggestions=[f"see `llmspell api` for {self.label}"],
            context={
                "function": self.label,
                "faults": [{"path": path, "message": sentence} for path, sentence in faults],
            },
        )
