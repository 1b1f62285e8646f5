"""TypeScript declarations of the script API: what JavaScript and TypeScript spells see, in camelCase."""

from __future__ import annotations

import types
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from llmspell.bridge.callbacks import Callback
from llmspell.bridge.definition import Duration, Handle, Milliseconds, Options, Size, Stream
from llmspell.bridge.spelling import camel
from llmspell.bridge.typings.surface import options_in, raises_by_default

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspell.bridge.typings.surface import Function, Item, Owner, Surface, Table

HEAD = Path(__file__).with_name("typescript.txt")
GLOBALS = Path(__file__).with_name("typescript_globals.txt")
ALSO = ("rs-llmspell", "@rs/llmspell", "@llmspell/core")
"""Other names of the module."""

PLAIN = {
    str: "string",
    bool: "boolean",
    int: "number",
    float: "number",
    bytes: "Uint8Array",
    type(None): "null",
    Duration: "Duration",
    Milliseconds: "Duration",
    Size: "Size",
    Stream: "Streaming",
    dict: "Table",
    list: "any[]",
}
CALLBACKS = {
    "": "(...given: any[]) => any",
    "event": "(event: EventRecord) => unknown",
    "event_test": "(event: EventRecord) => boolean | PromiseLike<boolean>",
    "hook": "(context: HookContext, proceed: Proceed) => unknown",
    "hook_test": "(context: HookContext) => boolean | PromiseLike<boolean>",
    "transform": "(value: any) => unknown",
    "state_change": "(change: Record<string, any>) => unknown",
    "state_update": "(value: any, version: number) => unknown",
    "approval": "(call: Record<string, any>) => unknown",
    "guard": "(seen: Record<string, any>) => unknown",
    "state_filter": "(messages: Record<string, any>[]) => unknown",
    "state_step": "(value: any, key: string) => unknown",
    "pair_test": "(key: string, value: any) => boolean | PromiseLike<boolean>",
    "tool": "(input: any) => unknown",
    "operation": "() => unknown",
    "suite": "(suite: Suite) => unknown",
    "test": "(t: Case) => unknown",
    "error": "(error: any) => unknown",
    "flow_test": "(context: Record<string, any>) => boolean | void | PromiseLike<boolean | void>",
    "flow_value": "(context: Record<string, any>) => unknown",
    "flow_step": "(context: Record<string, any>, input?: any) => unknown",
    "flow_merge": "(results: Record<string, any>) => unknown",
    "flow_told": "(told: Record<string, any>, more: any) => unknown",
    "flow_custom": "(context: Record<string, any>, run: (name: string, input?: unknown) => Promise<any>) => unknown",
}
_ALL = "<J extends readonly unknown[] | [] | Record<string, unknown>>"
LOCALS = {
    "Async.run": "<T>(job: Job<T>): Promise<T>",
    "Async.all": f"{_ALL}(jobs: J): Promise<Results<J>>",
    "Async.race": "<T>(jobs: readonly Job<T>[] | Record<string, Job<T>>): Promise<T>",
    "Async.all_settled": f"{_ALL}(jobs: J): Promise<{{ -readonly [K in keyof J]: Settled<Done<J[K]>> }}>",
    "Async.timeout": "<T>(job: Job<T>, duration: Duration): Promise<T>",
    "Async.retry": "<T>(operation: Attempt<T>, options?: number | RetryOptions): Promise<T>",
    "Async.with_retry": "<T>(operation: Attempt<T>, retries?: number): Promise<T>",
    "Async.with_resource": "<T>(resource: any, operation: (resource: any) => T | PromiseLike<T>): Promise<T>",
    "Async.schedule": "(duration: Duration, job: () => unknown): Timer",
    "Async.yield": "(): Promise<void>",
    "Async.yield_for": "(duration: Duration): Promise<void>",
    "Async.yield_until": "(condition: () => unknown, options?: WaitOptions): Promise<void>",
    "ErrorHandler.parse": "(error: unknown): LlmspellError",
    "ErrorHandler.is": "(error: unknown, types: string | string[]): boolean",
    "JSON.encode": "(value: any, options?: boolean | { pretty?: boolean; indent?: number | string }): string",
    "JSON.decode": "(text: string): any",
}
"""What the engine does itself, by the operation's name: the definition leaves its manner to each language."""
RESERVED = ("default", "function", "in", "new", "delete")
"""Names of parameters that JavaScript does not allow."""
SOON = (
    "agent",
    "template",
    "tool",
    "subscription",
    "hook",
    "suite",
    "mock",
    "spell",
    "workflow",
    "workflow_run",
    "composed",
)
"""Handles whose methods can be called on the promise that a namespace's function gives."""


OVERLOADS = {
    "ErrorHandler.attempt_recovery": (
        "(agent: Given<Agent>, input: string, error: any): Promise<string>",
        "(error: any, strategy: any): Promise<Table>",
    ),
}
"""Functions that give something else for other arguments, by the operation's name."""


def render(surface: Surface) -> str:
    """Give `llmspell.d.ts`."""
    classes = {one.name.lower(): one for one in surface.namespaces if any(f.name == "new" for f in one.functions)}
    inside = [HEAD.read_text(encoding="utf-8").rstrip()]
    inside += [_table(one) for one in surface.tables]
    inside += [_handle(one, classes.get(one.name), surface) for one in surface.handles]
    inside += [_namespace(one, surface) for one in surface.namespaces if one.name.lower() not in classes]
    constructors = dict(surface.constructors())
    inside += [f"  export const {name}: {kind}Constructor;" for name, kind in constructors.items()]
    inside += [f"  export const {one.name.lower()}: typeof {one.name};" for one in surface.namespaces]
    shown = [one.name for one in surface.namespaces if one.name != "JSON"]
    parts = [
        "// The script API of llmspell, written by `llmspell api --typescript`.",
        'declare module "llmspell" {\n' + "\n\n".join(inside) + "\n}",
        *(f'declare module "{name}" {{\n  export * from "llmspell";\n}}' for name in ALSO),
        *(_submodule(name, one) for one in surface.namespaces for name in _paths(one)),
        "\n".join(_required(surface)),
        GLOBALS.read_text(encoding="utf-8").rstrip(),
        "\n".join(f'declare const {name}: typeof import("llmspell").{name};' for name in (*shown, *constructors)),
        "\n".join(f'type {one.title} = import("llmspell").{one.title};' for one in surface.handles),
        _json(surface),
    ]
    return "\n\n".join(parts) + "\n"


def _paths(space: Owner) -> Iterator[str]:
    """Yield the names under which a namespace is a module: `llmspell/agent`, and `llmspell.agent` as in Lua."""
    return (f"llmspell{mark}{name}" for mark in "/." for name in space.modules)


def _submodule(path: str, space: Owner) -> str:
    inside = f'  import {{ {space.name} }} from "llmspell";\n  export = {space.name};'
    return f'declare module "{path}" {{\n{inside}\n}}'


def _required(surface: Surface) -> Iterator[str]:
    """Yield what `require` gives for the names of the API, and for all others."""
    whole = " | ".join(f'"{name}"' for name in ("llmspell", *ALSO))
    yield f'declare function require(name: {whole}): typeof import("llmspell");'
    for space in surface.namespaces:
        names = " | ".join(f'"{path}"' for path in _paths(space))
        yield f'declare function require(name: {names}): typeof import("llmspell").{space.name};'
    yield "declare function require(name: string): any;"


def _json(surface: Surface) -> str:
    """Add to the language's own `JSON`, which has `parse` and `stringify` already."""
    own = next(one for one in surface.namespaces if one.name == "JSON")
    lines = [line for function in own.functions for line in _members(function, surface, ("parse", "stringify"))]
    return "interface JSON {\n" + "\n".join(f"  {line}" for line in lines) + "\n}"


def _table(table: Table) -> str:
    lines = [*_doc(table.text, "  "), f"  export interface {table.name} {{"]
    for item in table.items:
        lines += _doc(_explained(item), "    ")
        lines.append(
            f"    {camel(item.name)}{'' if item.required else '?'}: {written(item.annotation, item.callback)};"
        )
    if table.open:
        lines.append("    [key: string]: any;")
    lines.append("  }")
    if table.bare is not None:
        lines.append(f"  export type {table.name}Given = {table.name} | {written(table.bare)};")
    return "\n".join(lines)


def _explained(item: Item) -> str:
    default = item.default
    if default is None or default in ("", [], {}):
        return item.text
    if isinstance(default, float) and _is_time(item.annotation):
        default = round(default * 1000)
    return f"{item.text} (default: {str(default).lower() if isinstance(default, bool) else default})"


def _is_time(kind: Any) -> bool:
    return kind in (Duration, Milliseconds) or any(_is_time(one) for one in get_args(kind) if get_origin(kind))


def _handle(handle: Owner, space: Owner | None, surface: Surface) -> str:
    lines = [*_doc(handle.text, "  "), f"  export {'class' if space else 'interface'} {handle.title} {{"]
    for function in space.functions if space else ():
        if function.name == "new":
            lines.append(f"    constructor({_parameters(function.items)});")
        lines += [f"    {line}" for line in _members(function, surface, (), "static ")]
    for name, function in space.class_functions() if space else ():
        lines.append(f"    static readonly {name}: new ({_parameters(function.items)}) => {handle.title};")
    lines += [f"    readonly {name}: string;" for name in handle.fields]
    lines += ["    readonly [name: string]: any;"] if handle.open else []
    for function in handle.functions:
        lines += [f"    {line}" for line in _members(function, surface)]
    return "\n".join([*lines, "  }"])


def _namespace(space: Owner, surface: Surface) -> str:
    lines = [*_doc(space.text, "  "), f"  export interface {space.name}Namespace {{"]
    for function in space.functions:
        lines += [f"    {line}" for line in _members(function, surface)]
    shown = f"{space.name}Namespace"
    if space.getters:
        lines.append("    readonly BaseTool: typeof BaseTool;")
        lines += [f"    readonly {camel(tool)}: Tool;" for tool in surface.tools]
        shown += " & { readonly [tool: string]: Tool }"
    lines += [f"    readonly {name}: {held}Namespace;" for name, held in space.holds]
    return "\n".join([*lines, "  }", f"  export const {space.name}: {shown};"])


def _members(function: Function, surface: Surface, without: tuple[str, ...] = (), prefix: str = "") -> Iterator[str]:
    """Yield the lines that declare a function under each of its names."""
    for name in function.names:
        if name in without:
            continue
        yield from _doc(function.text)
        if function.mark == "=":
            yield f"{prefix}{camel(name)}{LOCALS.get(function.op) or _at_once(function)};"
            continue
        if function.op in OVERLOADS:
            yield from (f"{prefix}{camel(name)}{form};" for form in OVERLOADS[function.op])
            continue
        if raises_by_default(function, surface):
            yield f"{prefix}{camel(name)}({_parameters(function.items, raising=True)}): Promise<string>;"
        yield f"{prefix}{camel(name)}({_parameters(function.items)}): {_answer(function)};"


def _at_once(function: Function) -> str:
    """Write what the engine does without a manner of its own."""
    answer = "void" if function.returns is None else written(function.returns, given=False)
    return f"({_parameters(function.items)}): {answer}"


def _answer(function: Function) -> str:
    kind = function.returns
    if function.mark == "!":
        return "void"
    if kind is Stream:
        return "Streaming"
    if kind is None:
        return "Promise<void>"
    is_handle = isinstance(kind, type) and issubclass(kind, Handle)
    soon = is_handle and kind.kind in SOON
    return f"{'Soon' if soon else 'Promise'}<{written(kind, given=False)}>"


def _parameters(items: tuple[Item, ...], *, raising: bool = False) -> str:
    shown = []
    for item in items:
        kind = written(item.annotation, item.callback)
        if raising and any(True for _ in options_in(item.annotation)):
            kind = f'({kind}) & {{ onError?: "raise" }}'
            kind = f"string | ({kind})" if item.required else kind  # no text has the key of a table
        name = camel(item.name) + ("_" if item.name in RESERVED else "")
        shown.append(f"{name}{'' if item.required else '?'}: {kind}")
    return ", ".join(shown)


def written(kind: Any, callback: str = "", *, given: bool = True) -> str:  # noqa: PLR0911 - a table of cases
    """Write a type; `given` says that a script gives the value, rather than gets it."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return written(inner[0], callback, given=given)
    if origin in (Union, types.UnionType):
        several = [written(one, callback, given=given) for one in inner if not (given and one is type(None))]
        return " | ".join(f"({one})" if "=>" in one and len(several) > 1 else one for one in dict.fromkeys(several))
    if origin is Literal:
        return " | ".join(f'"{one}"' for one in inner)
    if origin is list:
        one = written(inner[0], callback, given=given)
        return f"({one})[]" if " " in one else f"{one}[]"
    if origin is dict:
        one = written(inner[1], callback, given=given)
        return "Table" if one == "any" else f"Record<string, {one}>"
    if kind is Callback:
        return CALLBACKS[callback]
    if isinstance(kind, type) and issubclass(kind, Handle):
        title = kind.kind[:1].upper() + kind.kind[1:]
        own = " | BaseTool" if kind.kind == "tool" else ""
        return f"Given<{title}>{own}" if given else title
    if isinstance(kind, type) and issubclass(kind, Options):
        return f"{kind.__name__}Given" if kind.positional else kind.__name__
    return PLAIN.get(kind, "any")


def _doc(text: str, indent: str = "") -> Iterator[str]:
    lines = text.replace("*/", "* /").splitlines()
    if len(lines) == 1:
        yield f"{indent}/** {lines[0]} */"
    elif lines:
        yield f"{indent}/**"
        yield from (f"{indent} * {line}".rstrip() for line in lines)
        yield f"{indent} */"
