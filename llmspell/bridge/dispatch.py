"""From the name of an operation to a bound call of the definition."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from llmspell.bridge.api import handle_class, namespace_class
from llmspell.bridge.spelling import nearest, snake
from llmspell.errors import ApiUnavailableError, ConversionError

if TYPE_CHECKING:
    from llmspell.bridge.binder import Binder
    from llmspell.bridge.definition import Function, Namespace, ScriptObject
    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.context import CallContext


class Operation(NamedTuple):
    """One function of the API, ready to be called; `on_handle`: its first argument is the object it belongs to."""

    owner: type[ScriptObject]
    function: Function
    binder: Binder
    on_handle: bool


_operations: dict[str, Operation] = {}


def operation(op: str) -> Operation:
    """Find an operation and compile its binder the first time; raises `ApiUnavailableError` with the nearest name."""
    known = _operations.get(op)
    if known is None:
        known = _operations[op] = _compile(op)
    return known


def _compile(op: str) -> Operation:
    from llmspell.bridge.binder import Binder  # noqa: PLC0415 - type introspection is paid by the first call, not by the start

    head, _, name = op.partition(".") if "." in op else ("Log", ".", op)  # print, log, ... are globals of `Log`
    on_handle = head[:1].islower()
    owner = handle_class(head) if on_handle else namespace_class(head)
    if owner is None:
        message = f"the script API has no {head!r}"
        raise ApiUnavailableError(message)
    functions = owner.functions()
    about = functions.get(name) or next((f for f in functions.values() if name in f.aliases), None)
    if about is None and snake(name) != name:
        return operation(f"{head}.{snake(name)}")
    if about is None or about.local:
        near = nearest(name, functions)
        message = f"{head} has no function {name!r}"
        raise ApiUnavailableError(message, suggestions=[f"use {head}.{near}"] if near else [])
    label = f"{head}:{about.name}" if on_handle else f"{head}.{about.name}"
    return Operation(owner, about, Binder(label, owner, getattr(owner, about.method)), on_handle)


def call(session: SpellSession, op: str, arguments: list[object], ctx: CallContext | None) -> object:
    """Call a function of the API; the result is awaitable when the function is asynchronous."""
    found = operation(op)
    if found.on_handle:
        if not arguments or not isinstance(arguments[0], found.owner):
            message = f"{found.binder.label} is a method: call it with a colon on a handle of kind {found.owner.kind}"  # type: ignore[attr-defined]
            raise ConversionError(message)
        target: ScriptObject = arguments[0]
        arguments = arguments[1:]
    else:
        target = session.namespace(cast("type[Namespace]", found.owner))
    binder = found.binder
    return binder.call(getattr(target, found.function.method), binder.bind(arguments, session.bare), ctx)
