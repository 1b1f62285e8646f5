"""The vocabulary in which the script API is written.

The words that plugins use, too, are in `llmspell.spec.script_modules`. Besides those, an object that a script holds is
a `Handle` subclass whose methods are marked like the functions of a namespace, and a parameter may be

    a `Handle` subclass                              an object this API gave to the script
    `Callback`                                       a function of the script

A parameter named `ctx` is not part of the API: it receives the context of the call. A method that returns a `Stream`
gives the script something to iterate over. Nothing here is inspected before a function is called for the first time
(`bridge.binder`), so importing a namespace costs its class statements and no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from llmspell.spec.script_modules import (
    MARK,
    NO_LIST,
    NO_MAP,
    Duration,
    Function,
    Milliseconds,
    Options,
    Size,
    Stream,
    function,
    functions_of,
    option_names,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.bridge.session import SpellSession

__all__ = [
    "MARK",
    "NO_LIST",
    "NO_MAP",
    "Duration",
    "Function",
    "Handle",
    "Milliseconds",
    "Namespace",
    "Options",
    "ScriptObject",
    "Size",
    "Stream",
    "function",
    "functions_of",
    "option_names",
]


class ScriptObject:
    """What a namespace and a handle have in common: a session and marked methods."""

    def __init__(self, session: SpellSession) -> None:
        self.session = session

    @classmethod
    def functions(cls) -> dict[str, Function]:
        """Give the functions by name, in the order of their definition."""
        return functions_of(cls)


class Namespace(ScriptObject):
    """A global table of functions. One instance lives in each session; `name` is what scripts write.

    `getters` says that an unknown name is a value to fetch (`Tools.webSearch`), `constructors` names globals with a
    constructor (`*Tool`), `classes` functions that are also written as classes (`new Workflow.Sequential({...})`),
    `holds` other namespaces that are reached through it, too (`Testing.assert` is `Assert`), `modules` what a module
    may be called besides it (`require("llmspell.utils")` is `Async`).
    """

    name: ClassVar[str] = ""
    getters: ClassVar[bool] = False
    constructors: ClassVar[tuple[str, ...]] = ()
    classes: ClassVar[tuple[str, ...]] = ()
    holds: ClassVar[tuple[tuple[str, str], ...]] = ()
    modules: ClassVar[tuple[str, ...]] = ()

    def detach(self) -> None:
        """Be told that the script is about to end: let nothing call into it from now on."""

    async def finishing(self) -> None:
        """Bring to an end what the spell is owed, when its main chunk has returned and its functions still answer."""

    async def ended(self) -> None:
        """Be told that the script ended: give back what it left behind."""


class Handle(ScriptObject):
    """An object that a script holds and calls methods on.

    `kind` is its name on the wire, `shows` names its fields that are text, `open` says that it has others of any type.
    A session holds it for as long as its script does, and no longer. What was registered on purpose stays: a hook, a
    subscription, a tool, a loaded spell (docs/adr/0023).
    """

    kind: ClassVar[str] = ""
    shows: ClassVar[tuple[str, ...]] = ()
    open: ClassVar[bool] = False

    def fields(self) -> Mapping[str, object]:
        """Give what scripts read as fields of the handle; it is fixed when the handle crosses."""
        return {}

    def crossed(self) -> object:
        """Give what the kernel receives when a script passes this object on."""
        return self
