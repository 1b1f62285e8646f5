"""`llmspell tools list|show|run`."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, cast

from llmspell.cli import logs
from llmspell.cli.opening import let_ask, open_app
from llmspell.cli.values import fitted, pairs

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping

    from llmspell.cli.console import Console
    from llmspell.spec import Component

WIDTH = 78


def list_tools(args: argparse.Namespace, console: Console) -> int:
    """List tools by category."""
    app = open_app(args, console)
    found = app.catalog.find("tool", category=getattr(args, "category", None), text=getattr(args, "search", None))
    found.sort(key=lambda c: (c.category, c.name))
    if console.as_json:
        console.data([c.to_dict() for c in found])
        return 0
    if not found:
        console.note("no tool fits; `llmspell plugins list` shows what is installed")
        return 0
    names = [c.name for c in app.catalog.list("tool")]
    rows = [(c.name if names.count(c.name) == 1 else c.qualified, c.category, _needs(c), c.summary) for c in found]
    console.table(rows, ("tool", "category", "needs", "what it does"))
    return 0


def _needs(component: Component) -> str:
    """Name the rights a tool uses; those it only uses for some calls in brackets."""
    sometimes = [f"({right})" for right in sorted(component.rights - component.needs)]
    return ", ".join([*sorted(component.needs), *sometimes]) or "-"


def show_tool(args: argparse.Namespace, console: Console) -> int:
    """Show one tool."""

    async def show() -> dict[str, object]:
        async with open_app(args, console) as app:
            return await app.tools.describe(args.name)

    about = asyncio.run(show())
    if console.as_json:
        console.data(about)
    else:
        _describe(about, console)
    return 0


def _describe(about: Mapping[str, object], console: Console) -> None:
    console.print(f"{about['name']}: {about['summary']}")
    source = f"{about['plugin']} ({about['dist'] or 'built in'})"
    console.print(f"  from {source}, version {about['version']}, effect {about['effect']}")
    for key in ("aliases", "needs", "capabilities"):
        values = cast("list[str]", about[key])
        if values:
            console.print(f"  {key}: {', '.join(values)}")
    schema = cast("Mapping[str, object]", about["input_schema"])
    properties = cast("Mapping[str, Mapping[str, object]]", schema.get("properties", {}))
    required = cast("list[str]", schema.get("required", []))
    console.print("\narguments:")
    for name, one in properties.items():
        need = "required" if name in required else f"default {json.dumps(one.get('default'))}"
        console.print(f"  {name}  ({_kind(one)}, {need})")
        if one.get("description"):
            console.print(f"      {one['description']}")
    examples = cast("list[Mapping[str, object]]", about["examples"])
    if examples:
        console.print("\nexamples:")
        for example in examples:
            console.print(f"  {example['name']}: {json.dumps(example.get('args', {}), ensure_ascii=False)}")


def _kind(schema: Mapping[str, object]) -> str:
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in cast("list[object]", schema["enum"]))
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return " or ".join(_kind(option) for option in cast("list[Mapping[str, object]]", schema[key]))
    kind = schema.get("type", "any")
    if kind == "array":
        items = schema.get("items")
        return f"list of {_kind(items)}" if isinstance(items, dict) else "list"
    return kind if isinstance(kind, str) else " or ".join(cast("list[str]", kind))


def run_tool(args: argparse.Namespace, console: Console) -> int:
    """Run one tool and print its result."""
    given = pairs(args.arguments, what="argument")

    async def run() -> object:
        async with open_app(args, console) as app, app.run(f"tool {args.name}") as run:
            logs.start(app, console)
            let_ask(app, args, console)
            bound = await app.tools.bind(args.name)
            call = app.tools.execute(run.context(), bound, fitted(given, bound.schema.json_schema))
            if console.line is None:
                return await call
            from llmspell.cli.progress import shown  # noqa: PLC0415 - only terminals pay for it

            async with shown(app, console, bound.component.name):
                return await call

    output = asyncio.run(run())
    result = cast("tuple[object, ...]", output)[0]
    if console.as_json or isinstance(result, bool) or not isinstance(result, (str, int, float)):
        console.data(result)
    else:
        console.print(str(result))
    return 0
