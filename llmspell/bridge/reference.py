"""What is generated from the definition: the names told to engines and docs/reference/api.md.

`python -m llmspell.bridge.reference` writes the names, `docs/generate.py` the reference; tests compare both with the
files in the repository.
"""

from __future__ import annotations

import inspect
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from llmspell.bridge.api import GLOBAL_POSTS, handles, namespaces
from llmspell.bridge.api.absent import ABSENT
from llmspell.bridge.binder import Binder, vocabulary
from llmspell.bridge.callbacks import Callback
from llmspell.bridge.converters import option_hints
from llmspell.bridge.definition import (
    Duration,
    Handle,
    Milliseconds,
    Options,
    ScriptObject,
    Size,
    Stream,
    functions_of,
    option_names,
)
from llmspell.bridge.typings.surface import options_in, returned

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmspell.bridge.binder import Parameter
    from llmspell.bridge.definition import Function, Namespace

NAMES_FILE = Path(__file__).with_name("api") / "names.py"

_PREFACE = """\
# Script API

Generated from `llmspell/bridge/api`. Names are written in snake_case; every name and every option key may be written
in camelCase too, as is the custom in JavaScript. Functions of a namespace are called with a dot (`Agent.new{...}`),
methods of a handle with a colon in Lua (`agent:chat("...")`) and a dot elsewhere. In JavaScript every function that is
not marked *local* or *post* returns a promise.

- A **duration** is a number of seconds (of milliseconds in JavaScript and in `Async`), or text: `"500ms"`, `"1h30m"`.
- A **size** is a number of bytes, or text: `"10MB"`.
- *local* functions are done by the engine and never cross to the kernel; *post* functions have no result and are not
  waited for.
- An error is raised with the fields `type, code, message, recoverable, retryable, retry_after, suggestions, context,
  where, trace_id`.
"""
_BROUGHT_NOTE = """\
# Of plugins

Namespaces that are there when the distribution is installed with which they come.
"""
_ABSENT_NOTE = """\
# Not there yet

Using one of these names fails with an error of type `api_unavailable` that says the same.

| name | why, and what to do |
| --- | --- |
"""
_ARTICLES = {
    str: "text",
    bool: "boolean",
    int: "integer",
    float: "number",
    list: "list",
    dict: "map",
    bytes: "bytes",
    type(None): "nothing",
}
_UNITS = {Duration: "duration", Milliseconds: "duration (ms)", Size: "size", Callback: "function"}


# -- names -------------------------------------------------------------------------------------------------------------


def render_names() -> str:
    """Give every name an engine is told, in the line format of spec/wire.py."""
    lines = [f"X {name} {why}" for name, why in ABSENT.items()]
    lines += [f"C {space.name} {' '.join(space.classes)}" for space in namespaces() if space.classes]
    constructors: list[str] = []
    for kind in namespaces():
        names = _names(kind)
        if kind.getters:
            names.append("*")
        if names:
            lines.append(f"N {kind.name} {' '.join(names)}")
        made = kind.functions().get("@construct")
        constructors += [
            f"G {ending} {kind.name} {_handle_of(kind, getattr(kind, made.method))}"
            for ending in kind.constructors
            if made is not None
        ]
    lines += [f"H {kind.kind} {' '.join(_names(kind))}" for kind in handles()]
    lines += [f"P {' '.join(GLOBAL_POSTS)}", *constructors]
    lines += [f"M {space.name} {' '.join(space.modules)}" for space in namespaces() if space.modules]
    lines += [f"R {kind} {' '.join(ops)}" for kind, ops in _grouped(_handle_of).items()]
    lines += [f"F {place} {' '.join(ops)}" for place, ops in _grouped(_place_of_function).items()]
    return "\n".join(lines) + "\n"


def _names(kind: type[ScriptObject]) -> list[str]:
    return [
        name + about.suffix
        for about in kind.functions().values()
        if not about.hidden
        for name in (about.name, *about.aliases)
    ]


def _grouped(question: Callable[[type[ScriptObject], Any], str]) -> dict[str, list[str]]:
    """Give the operations by what a question says of each; those of which it says nothing are left out."""
    found: dict[str, list[str]] = {}
    for owner in (*namespaces(), *handles()):
        prefix = owner.kind if issubclass(owner, Handle) else owner.name  # type: ignore[attr-defined]  # a Namespace
        for about in owner.functions().values():
            answer = "" if about.hidden or about.local else question(owner, getattr(owner, about.method))
            if answer:
                found.setdefault(answer, []).extend(f"{prefix}.{name}" for name in (about.name, *about.aliases))
    return found


def _handle_of(owner: type[ScriptObject], method: Any) -> str:
    """Name the kind of handle that a function always gives."""
    kind = returned(owner, method)
    return kind.kind if isinstance(kind, type) and issubclass(kind, Handle) else ""


def _place_of_function(owner: type[ScriptObject], method: Any) -> str:
    """Say where a function takes one of the script: as an option of this name, or as its last argument but options."""
    place = ""
    for one in Binder("", owner, method).parameters:
        for kind in options_in(one.annotation):
            if kind.function_key:
                return kind.function_key
        if {one.annotation, *get_args(one.annotation)} - {type(None), Callback | None} == {Callback}:
            place = "*"
    return place


def render_names_module() -> str:
    """Give the source of `api/names.py`."""
    head = '"""Generated by `python -m llmspell.bridge.reference`: the names of the script API, as engines are told."""'
    marks = "from __future__ import annotations\n\n# fmt: off\n# ruff: noqa: E501"
    return f'{head}\n\n{marks}\nNAMES = """\\\n{render_names()}"""\n'


# -- reference ---------------------------------------------------------------------------------------------------------


class Brought(NamedTuple):
    """A namespace that a plugin brings: its class, and the distribution that it comes with."""

    kind: type
    dist: str


def render_markdown(brought: Mapping[str, Brought] | None = None) -> str:
    """Give docs/reference/api.md, with the namespaces that plugins bring, by name."""
    others = brought or {}
    shown = [space for space in namespaces() if any(not about.hidden for about in space.functions().values())]
    parts = [
        _PREFACE,
        *(_section(f"## {space.name}", space, space.name, _namespace_notes(space)) for space in shown),
        *([_BROUGHT_NOTE] if others else []),
        *(_section(f"## {name}", one.kind, name, f"\nComes with `{one.dist}`.\n") for name, one in others.items()),
        "# Handles\n\nObjects that functions return and that scripts hold.\n",
        *(_section(f"## {handle.kind}", handle, f"{handle.kind}:") for handle in handles()),
        _ABSENT_NOTE + "".join(f"| `{name}` | {why} |\n" for name, why in ABSENT.items() if name not in others),
    ]
    return "\n".join(parts)


def _namespace_notes(space: type[Namespace]) -> str:
    return f"\nGlobals: {', '.join(f'`{name}`' for name in GLOBAL_POSTS)}.\n" if space.name == "Log" else ""


def _section(title: str, owner: type, name: str, notes: str = "") -> str:
    blocks = [f"{title}\n\n{inspect.cleandoc(owner.__doc__ or '')}\n{notes}"]
    prefix = name if name.endswith(":") else f"{name}."
    marked = owner.functions() if issubclass(owner, ScriptObject) else functions_of(owner)
    blocks += [_function(owner, prefix, about) for about in marked.values() if not about.hidden]
    return "\n".join(blocks)


def _function(owner: type, prefix: str, about: Function) -> str:
    method = getattr(owner, about.method)
    binder = Binder(prefix + about.name, owner, method)
    parameters = ", ".join(_signature(one) for one in binder.parameters)
    returned = _returned(owner, method)
    title = f"### {prefix}{about.name}({parameters}){f' -> {returned}' if returned else ''}"
    marks = [mark for mark, there in (("local", about.local), ("post", about.post)) if there]
    notes = [f"*{mark}*" for mark in marks]
    if about.aliases:
        notes.append("also " + ", ".join(f"`{name}`" for name in about.aliases))
    lines = [title, "", *([" · ".join(notes), ""] if notes else []), inspect.cleandoc(method.__doc__ or ""), ""]
    for one in binder.parameters:
        for kind in options_in(one.annotation):
            lines += [*_options_table(one.name, kind, vocabulary(owner)), ""]
    return "\n".join(lines)


def _signature(parameter: Parameter) -> str:
    if parameter.rest:
        return "..."
    mark = "" if parameter.required else "?"
    return f"{parameter.name}{mark}: {words(parameter.annotation)}"


def words(kind: Any) -> str:  # noqa: PLR0911 - a table of cases
    """Name a type as the reference does."""
    origin = get_origin(kind)
    if origin is Annotated:
        return words(get_args(kind)[0])
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(words(one) for one in get_args(kind) if one is not type(None)))
    if origin is Literal:
        return " or ".join(f'"{one}"' for one in get_args(kind))
    if origin is list:
        inner = words(get_args(kind)[0])
        return "list" if inner == "value" else f"list of {inner}"
    if origin is dict:
        inner = words(get_args(kind)[1])
        return "map" if inner == "value" else f"map of {inner}"
    if kind in _UNITS:
        return _UNITS[kind]
    if isinstance(kind, type) and issubclass(kind, Handle):
        return kind.kind
    if isinstance(kind, type) and issubclass(kind, Options):
        return "options"
    return _ARTICLES.get(kind, "value")


def _returned(owner: type, method: Any) -> str:
    """Name what a function returns."""
    found = returned(owner, method)
    if found is None:
        return ""
    return "stream" if found is Stream else words(found)


def _options_table(name: str, kind: type[Options], names: dict[str, object]) -> list[str]:
    hints = option_hints(kind, names)
    rows = [
        f"`{name}`: {inspect.cleandoc(kind.__doc__ or '')}",
        "",
        "| key | type | default | meaning |",
        "| --- | --- | --- | --- |",
    ]
    for key in dict.fromkeys(option_names(kind)):
        text = get_args(hints[key])[1] if get_origin(hints[key]) is Annotated else ""
        default = "*required*" if not hasattr(kind, key) else _default(getattr(kind, key))
        rows.append(f"| `{key}` | {words(hints[key])} | {default} | {text} |")
    return rows


def _default(value: object) -> str:
    return (
        ""
        if value is None or value in ("", [], {})
        else f"`{value}`".lower()
        if isinstance(value, bool)
        else f"`{value}`"
    )


def main() -> int:
    """Write `api/names.py`."""
    NAMES_FILE.write_text(render_names_module(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
