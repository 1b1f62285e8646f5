"""The definition as plain rows, which every language writes down in its own manner."""

from __future__ import annotations

import inspect
import types
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from llmspell.bridge.api import handles, namespaces
from llmspell.bridge.binder import Binder, vocabulary
from llmspell.bridge.converters import option_hints
from llmspell.bridge.definition import Handle, Options, ScriptObject, Stream, functions_of, option_names
from llmspell.bridge.spelling import snake
from llmspell.bridge.suites import HOOKS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FLOW_KEYS = {
    **dict.fromkeys(("condition", "while_condition", "until", "until_condition"), "flow_test"),
    **dict.fromkeys(("items", "for_each", "count", "times"), "flow_value"),
    "aggregate": "flow_merge",
    "execute": "flow_custom",
}
"""Functions among the options of workflows and of phases."""

CALLBACKS = {
    "Events.subscribe.handler": "event",
    "Events.unsubscribe.handler": "event",
    "Events.filter.predicate": "event_test",
    "view.subscribe.handler": "event",
    "SubscribeOptions.filter": "event_test",
    "Hooks.register.hook": "hook",
    "agent.register_hook.hook": "hook",
    "AgentOptions.hooks": "hook",
    "AgentChanges.approve": "approval",
    "AgentOptions.approve": "approval",
    **{f"GuardOptions.{stage}": "guard" for stage in ("input", "output", "tools")},
    "GuardSettings.check": "guard",
    **{f"{options}.state_filter": "state_filter" for options in ("PeerOptions", "HandoffOptions")},
    "HookSettings.handler": "hook",
    "HookSettings.execute": "hook",
    "HookSettings.when": "hook_test",
    "HookSettings.condition": "hook_test",
    "Hooks.create_transformer.transformer": "transform",
    "Storage.query.predicate": "pair_test",
    **{f"{owner}.subscribe.handler": "state_change" for owner in ("State", "state")},
    **{f"{owner}.update.change": "state_update" for owner in ("State", "state")},
    "MigrateOptions.steps": "state_step",
    "FunctionOptions.execute": "tool",
    "ToolOptions.execute": "tool",
    **{f"{owner}.suite.body": "suite" for owner in ("Testing", "suite")},
    **{f"{owner}.{name}.body": "test" for owner in ("Testing", "suite") for name in ("test", "skip", "only")},
    **{f"{owner}.{name}.hook": "test" for owner in ("Testing", "suite") for name in HOOKS},
    **{f"{owner}Options.{key}": use for owner in ("Workflow", "Step") for key, use in FLOW_KEYS.items()},
    "AggregationOptions.aggregate": "flow_merge",
    **{f"StepOptions.{key}": "flow_step" for key in ("component", "run", "action")},
    "Workflow.conditional.options": "flow_test",
    "Workflow.loop.options": "flow_test",
    "Workflow.custom.options": "flow_custom",
    "workflow.on_step_complete.callback": "flow_told",
    "workflow.on_error.callback": "flow_told",
    "workflow.on_complete.callback": "flow_merge",
    "workflow.on_progress.callback": "flow_merge",
    "PullOptions.on_progress": "transform",
    "Strategy.operation": "operation",
    "Strategy.handler": "error",
}
"""What the function is for that a parameter (`Space.function.parameter`) or an option (`Options.key`) takes."""


class Item(NamedTuple):
    """A parameter or an option. `callback` is a value of `CALLBACKS`, empty where no function is taken."""

    name: str
    annotation: Any
    required: bool
    default: object
    text: str
    callback: str


class Function(NamedTuple):
    """A function or a method. `returns` is a type, `Stream`, or None; `mark` is `=` local, `!` post, or empty."""

    op: str
    name: str
    aliases: tuple[str, ...]
    text: str
    items: tuple[Item, ...]
    returns: Any
    mark: str

    @property
    def names(self) -> tuple[str, ...]:
        """Give every name it answers to, its own first."""
        return self.name, *self.aliases


class Owner(NamedTuple):
    """A namespace or a kind of handle.

    `fields` are texts that a script reads of a handle without a call; an `open` one has more, of any type.
    """

    name: str
    text: str
    functions: tuple[Function, ...]
    fields: tuple[str, ...] = ()
    getters: bool = False
    holds: tuple[tuple[str, str], ...] = ()
    open: bool = False
    classes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Give the name of a handle's class."""
        return self.name[:1].upper() + self.name[1:]

    def class_functions(self) -> Iterator[tuple[str, Function]]:
        """Yield the name of each class that is a function, too (`Sequential`), with that function."""
        named = {one.name: one for one in self.functions}
        yield from (("".join(map(str.capitalize, name.split("_"))), named[name]) for name in self.classes)

    @property
    def modules(self) -> tuple[str, ...]:
        """Give the names of a namespace's own module below `llmspell`: `errorhandler` and `error_handler`."""
        return tuple(dict.fromkeys((self.name.lower(), snake(self.name))))


class Table(NamedTuple):
    """A class of options. `bare` is the type that may stand for the whole table, None when none may."""

    name: str
    text: str
    items: tuple[Item, ...]
    bare: Any
    open: bool


class Surface(NamedTuple):
    """All of the API.

    `tools` are the tools that are named, as `Tools.calculator` and `CalculatorTool`, `templates` those of agents, as
    `ResearchAgent`.
    """

    namespaces: tuple[Owner, ...]
    handles: tuple[Owner, ...]
    tables: tuple[Table, ...]
    tools: tuple[str, ...]
    templates: tuple[str, ...] = ()

    def constructors(self) -> Iterator[tuple[str, str]]:
        """Yield the name of every constructor, and the title of the handle that it gives."""
        yield from ((constructor_name(tool), "Tool") for tool in self.tools)
        yield from ((constructor_name(template, "Agent"), "Agent") for template in self.templates)

    def functions(self) -> Iterator[Function]:
        """Yield every function and method."""
        for owner in (*self.namespaces, *self.handles):
            yield from owner.functions


def surface(
    tools: Sequence[str] = (), templates: Sequence[str] = (), modules: Mapping[str, type] | None = None
) -> Surface:
    """Read the definition; `modules` are the classes behind the namespaces that plugins bring, by name."""
    found: dict[str, Table] = {}
    named = {**{kind.name: kind for kind in namespaces()}, **(modules or {})}
    spaces = tuple(one for one in (_owner(kind, name, found) for name, kind in named.items()) if one.functions)
    held = tuple(_owner(kind, kind.kind, found) for kind in handles())
    return Surface(spaces, held, tuple(sorted(found.values())), tuple(sorted(tools)), tuple(sorted(templates)))


def _owner(kind: type, name: str, tables: dict[str, Table]) -> Owner:
    functions = []
    marked = kind.functions() if issubclass(kind, ScriptObject) else functions_of(kind)
    for about in marked.values():
        if about.hidden:
            continue
        method = getattr(kind, about.method)
        op = f"{name}.{about.name}"
        items = []
        for one in Binder(op, kind, method).parameters:
            for options in options_in(one.annotation):
                _add_table(options, vocabulary(kind), tables)
            use = CALLBACKS.get(f"{op}.{one.name}", "")
            items.append(Item(one.name, one.annotation, one.required, one.default, "", use))
        text = inspect.cleandoc(method.__doc__ or "")
        functions.append(
            Function(op, about.name, about.aliases, text, tuple(items), returned(kind, method), about.suffix)
        )
    text = inspect.cleandoc(kind.__doc__ or "")
    shows = kind.shows if issubclass(kind, Handle) else ()
    getters, holds = getattr(kind, "getters", False), getattr(kind, "holds", ())
    is_open = issubclass(kind, Handle) and kind.open
    classes = getattr(kind, "classes", ())
    return Owner(name, text, tuple(functions), shows, getters, holds, is_open, classes)


def _add_table(kind: type[Options], names: dict[str, object], tables: dict[str, Table]) -> None:
    if kind.__name__ in tables:
        return
    hints = option_hints(kind, names)
    items = []
    for key in dict.fromkeys(option_names(kind)):
        if key == kind.collects:
            continue
        hint = hints[key]
        plain, text = get_args(hint)[:2] if get_origin(hint) is Annotated else (hint, "")
        use = next((CALLBACKS[at] for one in kind.__mro__ if (at := f"{one.__name__}.{key}") in CALLBACKS), "")
        items.append(Item(key, plain, not hasattr(kind, key), getattr(kind, key, None), text, use))
    bare = get_args(hints[kind.positional])[0] if kind.positional else None
    text = inspect.cleandoc(kind.__doc__ or "")
    tables[kind.__name__] = Table(kind.__name__, text, tuple(items), bare, kind.collects is not None)
    for item in items:
        for inner in options_in(item.annotation):
            _add_table(inner, names, tables)


def options_in(kind: Any) -> Iterator[type[Options]]:
    """Yield the classes of options that a type mentions."""
    if isinstance(kind, type) and issubclass(kind, Options):
        yield kind
    for inner in get_args(kind) if get_origin(kind) is not Literal else ():
        yield from options_in(inner)


def returned(owner: type, method: Any) -> Any:
    """Give the type a function returns; the annotation is text, because half of its names exist for type checkers."""
    text = str(method.__annotations__.get("return", "None"))
    if text == "Stream":
        return Stream
    names = vocabulary(owner)
    names["Mapping"] = dict
    try:
        return eval(text, {}, names)  # noqa: S307 - the text of our own source, in a tool that writes documentation
    except (KeyError, TypeError, NameError):
        return object


def raises_by_default(function: Function, surface: Surface) -> bool:
    """Tell whether it gives text unless it is told to return its errors (`on_error`)."""
    if get_origin(function.returns) not in (Union, types.UnionType) or str not in get_args(function.returns):
        return False
    named = {kind.__name__ for item in function.items for kind in options_in(item.annotation)}
    return any(item.name == "on_error" for table in surface.tables if table.name in named for item in table.items)


def constructor_name(component: str, ending: str = "Tool") -> str:
    """Give the name of a constructor: `HttpTool` for the tools `http` and `http_tool`."""
    name = "".join(part[:1].upper() + part[1:] for part in component.split("_"))
    return name if name.endswith(ending) else f"{name}{ending}"
