"""Python stubs of the script API: the module `llmspell` as a Python spell sees it, which is not the kernel."""

from __future__ import annotations

import types
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from llmspell.bridge.callbacks import Callback
from llmspell.bridge.definition import Duration, Handle, Milliseconds, Options, Size, Stream
from llmspell.bridge.typings.surface import options_in, raises_by_default

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspell.bridge.typings.surface import Function, Item, Owner, Surface, Table

HEAD = Path(__file__).with_name("python.txt")
PLAIN = {
    str: "str",
    bool: "bool",
    int: "int",
    float: "float",
    bytes: "bytes",
    type(None): "None",
    Duration: "Duration",
    Milliseconds: "Milliseconds",
    Size: "Size",
    Stream: "Stream",
}
CALLBACKS = {
    "": "Callable[..., Any]",
    "event": "Callable[[Record], Any]",
    "event_test": "Callable[[Record], Any]",
    "hook": "Callable[..., Any]",
    "hook_test": "Callable[[Record], Any]",
    "transform": "Callable[[Any], Any]",
    "state_change": "Callable[[Record], Any]",
    "state_update": "Callable[[Any, int], Any]",
    "approval": "Callable[[Record], Any]",
    "guard": "Callable[[Record], Any]",
    "state_filter": "Callable[[list[Record]], Any]",
    "state_step": "Callable[[Any, str], Any]",
    "pair_test": "Callable[[str, Any], Any]",
    "tool": "Callable[..., Any]",
    "operation": "Callable[[], Any]",
    "suite": "Callable[[SuiteHandle], Any]",
    "test": "Callable[[CaseHandle], Any]",
    "error": "Callable[[Any], Any]",
    "flow_test": "Callable[[Record], Any]",
    "flow_value": "Callable[[Record], Any]",
    "flow_step": "Callable[..., Any]",
    "flow_merge": "Callable[[Record], Any]",
    "flow_told": "Callable[[Record, Any], Any]",
    "flow_custom": "Callable[[Record, Callable[..., Awaitable[Any]]], Any]",
}
_JOBS = "self, jobs: Mapping[Any, Any] | Iterable[Any]"
_JOB = "Callable[[], Awaitable[T]] | Awaitable[T] | Callable[[], T]"
_ATTEMPT = "self, operation: Callable[..., Awaitable[T]] | Callable[..., T]"
LOCALS = {
    "Async.run": (f"self, job: {_JOB}", "Call[T]"),
    "Async.all": (_JOBS, "Call[Any]"),
    "Async.race": (_JOBS, "Call[Any]"),
    "Async.all_settled": (_JOBS, "Call[Any]"),
    "Async.timeout": (f"self, job: {_JOB}, duration: Milliseconds", "Call[T]"),
    "Async.retry": (f"{_ATTEMPT}, options: Mapping[str, Any] | int | None = None, **named: Any", "Call[T]"),
    "Async.with_retry": (f"{_ATTEMPT}, retries: int = 2", "Call[T]"),
    "Async.with_resource": ("self, resource: Any, operation: Callable[[Any], Any]", "Call[Any]"),
    "Async.schedule": ("self, duration: Milliseconds, job: Any", "Task[None]"),
    "Async.yield": ("self", "Call[None]"),
    "Async.yield_for": ("self, duration: Milliseconds", "Call[None]"),
    "Async.yield_until": (
        "self, condition: Callable[[], Any], options: Mapping[str, Any] | None = None, **named: Any",
        "Call[None]",
    ),
    "ErrorHandler.parse": ("self, error: object", "Record"),
    "ErrorHandler.is": ("self, error: object, types: str | Sequence[str]", "bool"),
    "JSON.encode": (
        "self, value: object, options: Any = None, indent: int | None = None, *, pretty: bool = False",
        "str",
    ),
    "JSON.decode": ("self, text: str", "Any"),
}
"""What the engine does itself, by the operation's name: parameters and what they give."""
DECORATORS = {
    "Events.subscribe": ("pattern: str", "SubscribeOptions"),
    "view.subscribe": ("pattern: str", "SubscribeOptions"),
    "Hooks.register": ("point: str, hook: Callable[..., Any]", "HookSettings"),
    "agent.register_hook": ("point: str, hook: Callable[..., Any]", "HookSettings"),
    **{f"{owner}.suite": ("name: str", "SuiteOptions") for owner in ("Testing", "suite")},
    **{f"{owner}.{name}": ("name: str", "TestOptions") for owner in ("Testing", "suite") for name in ("test", "only")},
}
"""Further forms of what registers a function: as a decorator, or with its options beside the function."""
OVERLOADS = {
    "ErrorHandler.attempt_recovery": (
        ("self, agent: AgentHandle | AgentCall, input: str, error: object, /", "Call[str]"),
        ("self, error: object, strategy: object, /", "Call[Record]"),
    ),
}
"""Functions that give something else for other arguments, by the operation's name."""
AWAITED = (
    "agent",
    "tool",
    "subscription",
    "hook",
    "view",
    "listener",
    "suite",
    "mock",
    "spell",
    "workflow",
    "workflow_run",
    "composed",
)
"""Handles whose methods can be called on the call that gives them."""
COROUTINE = ("send", "throw", "close")
"""Methods that a call has as a coroutine: those of its handle are out of reach until it is awaited."""


class Form(NamedTuple):
    """One way to call a function."""

    parameters: str
    answer: str


SHAPE = "output"
"""The option that says what an answer must be: a class may stand for its schema."""


def render(surface: Surface) -> str:
    """Give `llmspell/__init__.pyi`."""
    parts = [HEAD.read_text(encoding="utf-8").rstrip()]
    parts += [_table(one) for one in surface.tables]
    parts += [_handle(one, surface) for one in surface.handles]
    parts += [_namespace(one, surface) for one in surface.namespaces]
    parts += ["\n".join(f"{name}: {kind}Constructor" for name, kind in surface.constructors())]
    return "\n\n".join(parts).rstrip() + "\n"


def modules(surface: Surface) -> dict[str, str]:
    """Give the files that belong beside `__init__.pyi`: one for each namespace, `llmspell/agent.pyi`."""
    return {f"{_own(name)}.pyi": _module(space, name) for space in surface.namespaces for name in space.modules}


def _module(space: Owner, name: str) -> str:
    """Declare what `from llmspell.agent import ...` finds: the namespace, and what it has."""
    names = [_own(one) for function in space.functions for one in function.names]
    names += [_own(one) for one, _ in space.holds]
    lines = [f'"""The module `llmspell.{_own(name)}`."""', "", f"from llmspell import {space.name} as {space.name}"]
    if space.getters:
        lines[-1] += ", ToolCall"
    lines += ["", *(f"{one} = {space.name}.{one}" for one in names)]
    if space.getters:
        lines.append("def __getattr__(name: str) -> ToolCall: ...")
    return "\n".join(lines) + "\n"


def _own(name: str) -> str:
    """Give a name as Python can have it."""
    return f"{name}_" if iskeyword(name) else name


def _table(table: Table) -> str:
    lines = [f"class {table.name}(TypedDict, total=False):", *_doc(table.text)]
    for item in table.items:
        kind = written(item.annotation, item.callback)
        if item.name == SHAPE and any(get_origin(one) is dict for one in get_args(item.annotation)):
            kind = f"{kind} | type[Any]"
        lines.append(f"    {item.name}: {f'Required[{kind}]' if item.required else kind}")
        lines += _doc(item.text)
    return "\n".join(lines)


def _handle(handle: Owner, surface: Surface) -> str:
    lines = [f"class _{handle.title}Methods:"]
    lines += _functions(handle, surface)
    lines += [f"\nclass {handle.title}Handle(_{handle.title}Methods, _Resource):", *(_doc(handle.text) or ["    ..."])]
    lines += [f"    {name}: str" for name in handle.fields]
    lines += ["    def __getattr__(self, name: str) -> Any: ..."] if handle.open else []
    if handle.name in AWAITED:
        shown = f"_Registering[{handle.title}Handle], _{handle.title}Methods"
        clashing = any(name in COROUTINE for one in handle.functions for name in one.names)
        note = "  # type: ignore[misc]  # a method of coroutines has this name" if clashing else ""
        lines.append(f"\nclass {handle.title}Call({shown}):{note}")
        lines += [f"    async def __aenter__(self) -> {handle.title}Handle: ..."]
        lines += ["    async def __aexit__(self, *error: object) -> None: ..."]
    return "\n".join(lines)


def _namespace(space: Owner, surface: Surface) -> str:
    kind = f"_{space.name}Namespace"
    lines = [f"class {kind}:", *_doc(space.text), *_functions(space, surface)]
    new = next((one for one in space.functions if one.name == "new"), None)
    if new is not None:
        lines += _forms(new, "__call__", surface)
    lines += [f"    {name} = {function.name}" for name, function in space.class_functions()]
    if space.name == "Log":
        lines.append("    def __call__(self, level: str, message: object, *data: Any, **named: Any) -> None: ...")
    if space.getters:
        lines += [f"    {tool}: ToolCall" for tool in surface.tools]
        lines.append("    def __getattr__(self, name: str) -> ToolCall: ...")
    lines += [f"    {_own(name)}: _{held}Namespace" for name, held in space.holds]
    return "\n".join([*lines, f"\n{space.name}: {kind}"])


def _functions(owner: Owner, surface: Surface) -> list[str]:
    return [line for one in owner.functions for name in one.names for line in _forms(one, name, surface)]


def _forms(function: Function, name: str, surface: Surface) -> list[str]:
    """Declare a function under one name, in each of its forms."""
    forms = list(_ways(function, surface))
    shown = _own(name)
    lines = []
    for index, form in enumerate(forms):
        if len(forms) > 1:
            lines.append("    @overload")
        lines.append(f"    def {shown}({form.parameters}) -> {form.answer}:{' ...' if index else ''}")
        if not index:
            lines += _doc(function.text, "        ")
    return lines


def _ways(function: Function, surface: Surface) -> Iterator[Form]:
    answer = _answer(function)
    if function.op in LOCALS:
        yield Form(*LOCALS[function.op])
        return
    if function.mark == "=":
        returned = "None" if function.returns is None else written(function.returns, given=False)
        yield Form(", ".join(["self", *map(_parameter, function.items)]), returned)
        return
    if function.op in OVERLOADS:
        yield from (Form(*one) for one in OVERLOADS[function.op])
        return
    if function.mark == "!":
        yield Form(", ".join(["self", *(_parameter(one) for one in function.items), "**data: Any"]), answer)
        return
    raising = raises_by_default(function, surface)
    if raising:
        yield Form(", ".join(["self", *(_parameter(one) for one in function.items if one.required)]), "Call[str]")
    yield Form(", ".join(["self", *map(_parameter, function.items)]), answer)
    for index, item in enumerate(function.items):
        table = _table_of(item.annotation)
        if table:
            before = [_parameter(one, positional=True) for one in function.items[:index]]
            slash = ["/"] if before else []
            yield Form(", ".join(["self", *before, *slash, f"**{item.name}: {table}"]), answer)
    if function.op in DECORATORS:
        head, options = DECORATORS[function.op]
        yield Form(f"self, {head}, /, **options: Unpack[{options}]", answer)


def _table_of(kind: Any) -> str:
    """Give the type of the names that may stand for a table, empty when it is none."""
    options = next(options_in(kind), None)
    if get_origin(kind) is list:
        return ""
    if options is not None:
        is_open = options.collects is not None
        return "Any" if is_open else f"Unpack[{options.__name__}]"
    return "Any" if any(get_origin(one) is dict for one in (kind, *get_args(kind))) else ""


def _parameter(item: Item, *, positional: bool = False) -> str:
    name = _own(item.name)
    kind = written(item.annotation, item.callback)
    if item.required or positional:
        return f"{name}: {kind}"
    if item.default is None and not kind.endswith("None"):
        kind = f"{kind} | None"
    default = repr(item.default) if isinstance(item.default, (str, int, float, bool, type(None))) else "..."
    return f"{name}: {kind} = {default}"


def _answer(function: Function) -> str:
    kind = function.returns
    if function.mark == "!":
        return "None"
    if kind is Stream:
        return "StreamCall"
    if isinstance(kind, type) and issubclass(kind, Handle) and kind.kind in AWAITED:
        return f"{kind.kind[:1].upper()}{kind.kind[1:]}Call"
    return f"Call[{'None' if kind is None else written(kind, given=False)}]"


def written(kind: Any, callback: str = "", *, given: bool = True) -> str:  # noqa: PLR0911 - a table of cases
    """Write a type; `given` says that a script gives the value, rather than gets it."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return written(inner[0], callback, given=given)
    if origin in (Union, types.UnionType):
        return " | ".join(dict.fromkeys(written(one, callback, given=given) for one in inner))
    if origin is Literal:
        return f"Literal[{', '.join(repr(one) for one in inner).replace(chr(39), chr(34))}]"
    if origin is list or kind is list:
        one = written(inner[0], callback, given=given) if inner else "Any"
        return f"Sequence[{one}]" if given else f"_list[{one}]"
    if origin is dict or kind is dict:
        one = written(inner[1], callback, given=given) if inner else "Any"
        return f"Mapping[str, {one}]" if given else "Record"
    if kind is Callback:
        return CALLBACKS[callback]
    if isinstance(kind, type) and issubclass(kind, Handle):
        title = f"{kind.kind[:1].upper()}{kind.kind[1:]}"
        return f"{title}Handle | {title}Call" if given and kind.kind in AWAITED else f"{title}Handle"
    if isinstance(kind, type) and issubclass(kind, Options):
        if kind.collects is not None:
            return f"{kind.__name__} | Mapping[str, Any] | str"
        return kind.__name__
    return PLAIN.get(kind, "Any")


def _doc(text: str, indent: str = "    ") -> list[str]:
    lines = text.replace("\\", "\\\\").replace('"""', "'''").splitlines()
    if not lines:
        return []
    if len(lines) == 1:
        end = " " if lines[0].endswith('"') else ""
        return [f'{indent}"""{lines[0]}{end}"""']
    return [f'{indent}"""{lines[0]}', *(f"{indent}{line}".rstrip() for line in lines[1:]), f'{indent}"""']
