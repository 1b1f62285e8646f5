"""Namespaces of the script API that plugins bring, and the vocabulary in which all of them are written.

A namespace is a class, a function of it a method marked with `@function`. Parameters say by their types what may cross:

    str, int, float, bool, list[X], dict, object     JSON values
    an `Options` subclass                            a table of named options, in either spelling of its keys
    `Duration`, `Milliseconds`, `Size`               numbers with a unit, or text such as "500ms" and "10MB"
    `X | Y`, `X | None`, `Literal[...]`              the obvious

A parameter named `ctx` is not part of the API: it receives the context of the call, with the rights of the script
narrowed to those that the component declares. A method that returns a `Stream` gives the script something to iterate
over. Nothing here is inspected before a function is called for the first time.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, ClassVar, NewType, TypeVar

from llmspell.spec.descriptor import Component
from llmspell.spec.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator

Duration = NewType("Duration", float)
"""Seconds. A bare number is seconds in Lua and Python, milliseconds in JavaScript; text has a unit ("500ms", "5m")."""

Milliseconds = NewType("Milliseconds", float)
"""Seconds, written as a number of milliseconds in every language, or as text with a unit."""

Size = NewType("Size", int)
"""Bytes, written as a number or as text ("10MB")."""

F = TypeVar("F", bound="Callable[..., object]")

NO_LIST: list[Any] = []
NO_MAP: dict[str, Any] = {}
"""Defaults of parameters and options; nobody changes them."""

MARK = "__script_function__"


class Function:
    """What the definition says of one function besides its signature.

    `local` functions are implemented by each engine and never cross; `post` functions expect no answer; `hidden` ones
    are sent by engines on a script's behalf and stay out of the reference; `dotted` methods may be called with a dot
    where a language has colons for methods.
    """

    __slots__ = ("aliases", "dotted", "hidden", "local", "method", "name", "post")

    def __init__(
        self,
        name: str,
        method: str,
        aliases: tuple[str, ...],
        *,
        local: bool,
        post: bool,
        hidden: bool,
        dotted: bool = False,
    ) -> None:
        self.name = name
        self.method = method
        self.aliases = aliases
        self.local = local
        self.post = post
        self.hidden = hidden
        self.dotted = dotted

    @property
    def suffix(self) -> str:
        """Give the mark that tells engines how the function behaves: `=` local, `!` post, `.` dotted."""
        return "=" if self.local else "!" if self.post else "." if self.dotted else ""


def function(
    *,
    name: str | None = None,
    aliases: tuple[str, ...] = (),
    local: bool = False,
    post: bool = False,
    hidden: bool = False,
    dotted: bool = False,
) -> Callable[[F], F]:
    """Mark a method as a function of the script API; its name loses a trailing underscore (`list_` is `list`)."""

    def mark(method: F) -> F:
        own = method.__name__
        about = Function(name or own.rstrip("_"), own, aliases, local=local, post=post, hidden=hidden, dotted=dotted)
        setattr(method, MARK, about)
        return method

    return mark


def functions_of(owner: type) -> dict[str, Function]:
    """Give the marked functions of a class by name, in the order of their definition."""
    found: dict[str, Function] = {}
    for kind in reversed(owner.__mro__):
        for value in vars(kind).values():
            about = getattr(value, MARK, None)
            if isinstance(about, Function):
                found[about.name] = about
    return found


class Stream:
    """Hand out values one by one; a script iterates over it, and leaving the loop closes it."""

    __slots__ = ("source",)

    def __init__(self, source: AsyncIterator[object]) -> None:
        self.source = source


class Options:
    """Named options: annotations of a subclass are the keys, class values the defaults, `Annotated` explains.

    A key without default is required. `positional` names the key that a bare value (not a table) stands for, `collects`
    the one that takes keys nobody declared, as a map; without it they are faults. `absent` names keys that people will
    try and that nobody serves, and says where what they ask for is. `function_key` names the key of the function that
    the table is about. A `lazy` table reaches the function as it was written: who reads it finds faults of its own,
    too, and tells all of them at once.
    """

    positional: ClassVar[str | None] = None
    collects: ClassVar[str | None] = None
    absent: ClassVar[dict[str, str]] = {}
    function_key: ClassVar[str] = ""
    lazy: ClassVar[bool] = False

    def __init__(self, **values: object) -> None:
        for name, value in values.items():
            setattr(self, name, value)

    def given(self) -> dict[str, object]:
        """Give the options that were set, by name."""
        return dict(vars(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in vars(self).items())})"


def option_names(kind: type[Options]) -> Iterator[str]:
    """Yield the keys of an options class, those of its bases first."""
    for base in reversed(kind.__mro__):
        if issubclass(base, Options) and base is not Options:
            yield from inspect.get_annotations(base)


def script_module(
    name: str, target: str, summary: str, *, namespace: str, functions: Iterable[str], section: str = "", **more: Any
) -> Component:
    """Describe a namespace of the script API.

    `namespace` is what scripts write (`Memory`); `functions` are all names of its functions, aliases among them: they
    are told to engines at the start of every script, so that the class behind `target` is imported by the first call.
    The class is made without arguments, once for an application. `ctx.config` is the `section` of the configuration.
    """
    extra = {"namespace": namespace, "functions": tuple(functions), "section": section}
    return Component("script_module", name, target, summary, category="script", extra=extra, **more)


@hookspec
def llmspell_script_modules() -> list[Component]:
    """Return the namespaces of the script API that this plugin brings, made with `script_module()`.

    Called before the first script begins.
    """
    return []
