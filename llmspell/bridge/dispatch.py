"""From the name of an operation to a bound call of the definition."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, NamedTuple, cast

from llmspell.bridge.api import NAMESPACES, handle_class, namespace_class
from llmspell.bridge.spelling import nearest, snake
from llmspell.errors import ApiUnavailableError, ConversionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.bridge.binder import Binder
    from llmspell.bridge.definition import Namespace, ScriptObject
    from llmspell.bridge.script_modules import ModuleOperation
    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.context import CallContext


class Operation(NamedTuple):
    """One function of the API, ready to be called.

    `on_handle`: its first argument is the object it belongs to; `plain`: it is no coroutine function, and what
    it returns is the answer.
    """

    owner: type[ScriptObject]
    method: str
    binder: Binder
    on_handle: bool
    plain: bool

    def call(self, session: SpellSession, arguments: list[object], ctx: CallContext | None) -> object:
        """Call the function; the result can be awaited when it is asynchronous."""
        if not self.on_handle:
            target: ScriptObject = session.namespace(cast("type[Namespace]", self.owner))
        elif arguments and isinstance(arguments[0], self.owner):
            target = arguments[0]
            arguments = arguments[1:]
        else:
            message = f"{self.binder.label} is a method: call it with a colon on a handle of kind {self.owner.kind}"  # type: ignore[attr-defined]
            raise ConversionError(message)
        binder = self.binder
        return binder.call(getattr(target, self.method), binder.bind(arguments, session.bare), ctx)


_operations: dict[str, Operation] = {}


def operation(op: str, session: SpellSession) -> Operation | ModuleOperation:
    """Find an operation and compile its binder the first time; raises `ApiUnavailableError` with the nearest name.

    What plugins bring is known to the session: another application may have other plugins.
    """
    known = _operations.get(op) or session.brought.get(op)
    if known is not None:
        return known
    made = _brought(op, session)
    if made is not None:
        session.brought[op] = made
        return made
    compiled = _operations[op] = _compile(op)
    return compiled


def posted(op: str, session: SpellSession) -> Operation | ModuleOperation:
    """Find an operation that a script posts: nobody waits for it, so one that waits itself is a `ConversionError`."""
    found = operation(op, session)
    if not found.plain:
        message = f"{op} waits: it has to be called, not posted"
        raise ConversionError(message)
    return found


def _brought(op: str, session: SpellSession) -> ModuleOperation | None:
    """Find an operation of a namespace that a plugin brings."""
    head, _, name = op.partition(".")
    if head in NAMESPACES or not head[:1].isupper():
        return None
    from llmspell.bridge.script_modules import module_operation, script_modules  # noqa: PLC0415 - paid by its users

    catalog = session.app.catalog
    component = script_modules(catalog).get(head)
    if component is None:
        return None
    found = module_operation(catalog, component, name) or module_operation(catalog, component, snake(name))
    if found is None:
        known = cast("tuple[str, ...]", component.extra["functions"])
        near = nearest(name, known)
        suggestions = [f"use {head}.{near}"] if near else []
        raise ApiUnavailableError(f"{head} has no function {name!r}", suggestions=suggestions)
    return found


def _compile(op: str) -> Operation:
    from llmspell.bridge.binder import Binder  # noqa: PLC0415 - type introspection is paid by the first call, not by the start

    head, _, name = op.partition(".") if "." in op else ("Log", ".", op)  # print, log, ... are globals of `Log`
    on_handle = head[:1].islower()
    owner = handle_class(head) if on_handle else namespace_class(head)
    if owner is None:
        raise _not_there(head, name, f"the script API has no {head!r}")
    functions = owner.functions()
    about = functions.get(name) or next((f for f in functions.values() if name in f.aliases), None)
    if about is None and snake(name) != name:
        return _operations.get(f"{head}.{snake(name)}") or _compile(f"{head}.{snake(name)}")
    if about is None or about.local:
        near = nearest(name, functions)
        suggestions = [f"use {head}.{near}"] if near else []
        raise _not_there(head, name, f"{head} has no function {name!r}", suggestions)
    label = f"{head}:{about.name}" if on_handle else f"{head}.{about.name}"
    method = getattr(owner, about.method)
    return Operation(owner, about.method, Binder(label, owner, method), on_handle, not iscoroutinefunction(method))


def _not_there(head: str, name: str, message: str, suggestions: Sequence[str] = ()) -> ApiUnavailableError:
    """Say why a name is not there, when it is one that people will try."""
    from llmspell.bridge.api.absent import ABSENT, sentence  # noqa: PLC0415 - only a failure needs it

    for one in (head, f"{head}.{name}"):
        if one in ABSENT:
            return ApiUnavailableError(sentence(one))
    return ApiUnavailableError(message, suggestions=suggestions)
