"""Annotations of the script API for the Lua language server, in a file that it reads and nobody runs."""

from __future__ import annotations

import types
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from llmspell.bridge.api import GLOBAL_POSTS
from llmspell.bridge.callbacks import Callback
from llmspell.bridge.definition import Duration, Handle, Milliseconds, Options, Size, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspell.bridge.typings.surface import Function, Owner, Surface, Table

HEAD = Path(__file__).with_name("lua.txt")
PLAIN = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    bytes: "string",
    type(None): "nil",
    Duration: "llmspell.Duration",
    Milliseconds: "llmspell.Milliseconds",
    Size: "llmspell.Size",
    Stream: "llmspell.Stream",
    dict: "llmspell.Table",
    list: "any[]",
}
CALLBACKS = {
    "": "fun(...): any",
    "event": "fun(event: llmspell.Event)",
    "event_test": "fun(event: llmspell.Event): boolean",
    "hook": "fun(context: llmspell.Context, proceed: llmspell.Proceed): any",
    "hook_test": "fun(context: llmspell.Context): boolean",
    "transform": "fun(value: any): any",
    "state_change": "fun(change: llmspell.Table)",
    "state_update": "fun(value: any, version: integer): any",
    "approval": "fun(call: table): any",
    "guard": "fun(seen: table): boolean|table|nil",
    "state_filter": "fun(messages: llmspell.Table[]): llmspell.Table[]",
    "state_step": "fun(value: any, key: string): any",
    "pair_test": "fun(key: string, value: any): boolean",
    "tool": "fun(input: llmspell.Table): any",
    "operation": "fun(): any",
    "suite": "fun(suite: llmspell.Suite)",
    "test": "fun(t: llmspell.Case)",
    "error": "fun(error: llmspell.Error): any",
    "flow_test": "fun(context: llmspell.Table): boolean|nil",
    "flow_value": "fun(context: llmspell.Table): any",
    "flow_step": "fun(context: llmspell.Table, input: any): any",
    "flow_merge": "fun(results: llmspell.Table): any",
    "flow_told": "fun(told: llmspell.Table, more: any)",
    "flow_custom": "fun(context: llmspell.Table, run: fun(name: string, input: any): any): any",
}
LOCALS: dict[str, tuple[str, ...]] = {
    "Async.run": ("job: any", "any"),
    "Async.all": ("jobs: table<any, any>", "table<any, any>"),
    "Async.race": ("jobs: table<any, any>", "any"),
    "Async.all_settled": ("jobs: table<any, any>", "table<any, llmspell.Table>"),
    "Async.timeout": ("job: any", "duration: number|string", "any"),
    "Async.retry": ("operation: fun(attempt: integer): any", "options?: llmspell.RetryOptions|integer", "any"),
    "Async.with_retry": ("operation: fun(attempt: integer): any", "retries?: integer", "any"),
    "Async.with_resource": ("resource: any", "operation: fun(resource: any): any", "any"),
    "Async.schedule": ("duration: number|string", "job: llmspell.Job", "llmspell.Timer"),
    "Async.yield": ("",),
    "Async.yield_for": ("duration: number|string", ""),
    "Async.yield_until": ("condition: fun(): any", "options?: llmspell.WaitOptions", ""),
    "ErrorHandler.parse": ("error: any", "llmspell.Error"),
    "ErrorHandler.is": ("error: any, types: string|string[]", "boolean"),
    "JSON.encode": ("value: any", "options?: llmspell.JsonOptions", "string"),
    "JSON.decode": ("text: string", "any"),
}
"""What the engine does itself, by the operation's name: parameters, and what it returns last."""
RESERVED = ("and", "end", "for", "function", "goto", "if", "in", "local", "not", "or", "repeat", "then", "until")
"""Names of parameters that Lua does not allow."""


OVERLOADS = {
    "ErrorHandler.attempt_recovery": ("agent: llmspell.Agent, input: string, error: any", "string", "llmspell.Table"),
}
"""Functions that give something else for other arguments: those arguments, what they give, what others give."""


def render(surface: Surface) -> str:
    """Give `llmspell.lua`."""
    parts = [HEAD.read_text(encoding="utf-8").rstrip()]
    parts += [_table(one) for one in surface.tables]
    parts += [_owner(one, f"llmspell.{one.title}", f"local {one.name}", ":") for one in surface.handles]
    for space in surface.namespaces:
        tools = surface.tools if space.getters else ()
        parts.append(_owner(space, f"llmspell.{space.name}Namespace", space.name, ".", tools))
    parts += [f"---@type llmspell.{kind}Constructor\n{name} = nil" for name, kind in surface.constructors()]
    log = next(one for one in surface.namespaces if one.name == "Log")
    for function in log.functions:
        for name in function.names:
            if name in GLOBAL_POSTS and name not in ("print", "log"):
                parts.append(_function(function, name))
            if name not in ("print", "log"):
                parts.append(_function(function, f"log.{name}"))
    return "\n\n".join([*parts, _whole(surface)]) + "\n"


def modules(surface: Surface) -> dict[str, str]:
    """Give the files that belong beside `llmspell.lua`, which the language server finds by the names in `require`."""
    return {
        f"llmspell/{name}.lua": f"---@meta\nreturn {space.name}\n"
        for space in surface.namespaces
        for name in space.modules
    }


def _whole(surface: Surface) -> str:
    """Write what `require("llmspell")` gives."""
    lines = [f"  {name} = {one.name}," for one in surface.namespaces for name in (one.name, *one.modules)]
    lines += [f"  {name} = {name}," for name, _ in surface.constructors()]
    return "\n".join(["return {", *lines, "}"])


def _table(table: Table) -> str:
    bare = f"---@alias llmspell.{table.name}Given llmspell.{table.name}|{written(table.bare)}\n\n" if table.bare else ""
    lines = [*_doc(table.text), f"---@class llmspell.{table.name}"]
    for item in table.items:
        kind = written(item.annotation, item.callback)
        mark = "" if item.required else "?"
        lines.append(f"---@field {item.name}{mark} {_grouped(kind)} {item.text}".rstrip())
    if table.open:
        lines.append("---@field [string] any")
    return bare + "\n".join(lines)


def _owner(owner: Owner, kind: str, place: str, call: str, tools: tuple[str, ...] = ()) -> str:
    lines = [*_doc(owner.text), f"---@class {kind}"]
    lines += [f"---@field {name} string" for name in owner.fields]
    lines += ["---@field [string] any"] if owner.open else []
    lines += [f"---@field {tool} llmspell.Tool" for tool in tools]
    if owner.getters:
        lines.append("---@field [string] llmspell.Tool")
    lines += [f"---@field {name} llmspell.{held}Namespace" for name, held in owner.holds]
    parts = ["\n".join([*lines, f"{place} = {{}}"])]
    own = place.removeprefix("local ")
    for function in owner.functions:
        parts += [_function(function, f"{own}{call}{name}") for name in function.names]
    parts += [f"{own}.{name} = {own}.{function.name}" for name, function in owner.class_functions()]
    return "\n\n".join(parts)


def _function(function: Function, place: str) -> str:
    lines = list(_doc(function.text))
    names = []
    if function.op in LOCALS:
        *parameters, answer = LOCALS[function.op]
        for one in parameters:
            name, _, kind = one.partition(": ")
            lines.append(f"---@param {name} {kind}")
            names.append(name.rstrip("?"))
    else:
        for item in function.items:
            name = item.name + ("_" if item.name in RESERVED else "")
            kind = written(item.annotation, item.callback)
            lines.append(f"---@param {name}{'' if item.required else '?'} {kind}")
            names.append(name)
        answer = "" if function.returns is None else written(function.returns, given=False)
    if function.op in OVERLOADS:
        others, gives, answer = OVERLOADS[function.op]
        lines.append(f"---@overload fun({others}): {gives}")
    if answer:
        lines.append(f"---@return {answer}")
    lines.append(f"function {place}({', '.join(names)}) end")
    return "\n".join(lines)


def written(kind: Any, callback: str = "", *, given: bool = True) -> str:  # noqa: PLR0911 - a table of cases
    """Write a type; `given` says that a script gives the value, rather than gets it."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return written(inner[0], callback, given=given)
    if origin in (Union, types.UnionType):
        several = [written(one, callback, given=given) for one in inner if not (given and one is type(None))]
        return "|".join(_grouped(one) if "fun(" in one and len(several) > 1 else one for one in dict.fromkeys(several))
    if origin is Literal:
        return "|".join(f'"{one}"' for one in inner)
    if origin is list:
        one = written(inner[0], callback, given=given)
        return f"({one})[]" if "|" in one else f"{one}[]"
    if origin is dict:
        one = written(inner[1], callback, given=given)
        return "llmspell.Table" if one == "any" else f"table<string, {one}>"
    if kind is Callback:
        return CALLBACKS[callback]
    if isinstance(kind, type) and issubclass(kind, Handle):
        return f"llmspell.{kind.kind[:1].upper()}{kind.kind[1:]}"
    if isinstance(kind, type) and issubclass(kind, Options):
        return f"llmspell.{kind.__name__}{'Given' if kind.positional else ''}"
    return PLAIN.get(kind, "any")


def _grouped(kind: str) -> str:
    return f"({kind})" if " " in kind or "|" in kind else kind


def _doc(text: str) -> Iterator[str]:
    yield from (f"---{line}" for line in text.splitlines())
