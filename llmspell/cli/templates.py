"""`llmspell template list|show|validate` and `llmspell test template`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, cast

from llmspell.bridge.template_options import option_faults
from llmspell.bridge.template_trial import trial
from llmspell.cli import logs
from llmspell.cli.console import GREEN, RED, YELLOW
from llmspell.cli.opening import open_app
from llmspell.cli.values import standard_input
from llmspell.errors import ExitCode, LlmspellError, UsageError
from llmspell.runtime.agent_templates.library import text_of
from llmspell.runtime.agent_templates.reading import Fault, from_toml, judged

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from llmspell.bridge.template_trial import Check
    from llmspell.cli.console import Console
    from llmspell.runtime.agent_templates.building import Built
    from llmspell.runtime.agent_templates.template import AgentTemplate
    from llmspell.runtime.app import App

ENDING = ".toml"


def list_templates(args: argparse.Namespace, console: Console) -> int:
    """List templates by name; one that is wrong is a warning."""
    app = open_app(args, console)
    wanted, text = getattr(args, "capability", None) or (), getattr(args, "search", None) or ""
    for entry in app.agent_templates.entries():
        if entry.error is not None:
            console.warn(f"template {entry.name} of {entry.source} cannot be used: {entry.error.message}")
    found = app.agent_templates.find(wanted, text)
    if console.as_json:
        console.data([_row(one) for one in found])
    elif found:
        rows = [(one.name, one.lineage[-1] if one.lineage else "-", one.source, one.description) for one in found]
        console.table(rows, ("template", "extends", "from", "what its agents do"))
    else:
        console.note("no template fits" if wanted or text else "no template is there: install llmspell-agents")
    return ExitCode.OK


def show_template(args: argparse.Namespace, console: Console) -> int:
    """Show one template, whole."""
    app = open_app(args, console)
    built = app.agent_templates.build(app.agent_templates.whole(args.name))
    if console.as_json:
        console.data(shown(built))
    else:
        _describe(built, console)
    return ExitCode.OK


def shown(built: Built) -> dict[str, object]:
    """Give a template as JSON data, with its prompt as it is written and its tools as they were found."""
    template = built.template
    return {
        **_row(template),
        "agent_name": template.agent_name or template.name,
        "base_config": dict(template.base_config),
        "settings": dict(template.settings),
        "context": list(template.context),
        "workflows": dict(template.workflows),
        "tool_capabilities": dict(template.tool_capabilities),
        "tool_overrides": dict(template.tool_overrides),
        "prompt": built.prompt,
        "tools": list(built.tools),
        "chosen_tools": dict(built.chosen),
        "missing_tools": [one.table() for one in built.missing],
    }


def _row(template: AgentTemplate) -> dict[str, object]:
    return {
        "name": template.name,
        "description": template.description,
        "version": template.version,
        "aliases": list(template.aliases),
        "capabilities": list(template.capabilities),
        "lineage": list(template.lineage),
        "source": template.source,
    }


def _describe(built: Built, console: Console) -> None:
    template = built.template
    console.print(f"{template.name}: {template.description}")
    extends = f", extends {' < '.join(reversed(template.lineage))}" if template.lineage else ""
    console.print(f"  from {template.source}, version {template.version}{extends}")
    for title, values in (("also called", template.aliases), ("can do", template.capabilities)):
        if values:
            console.print(f"  {title}: {', '.join(values)}")
    for name, value in template.base_config.items():
        console.print(f"  {name} = {value}")
    console.print("\ntools:")
    why = {name: capability for capability, name in built.chosen.items()}
    for name in built.tools:
        reason = template.tool_capabilities.get(why.get(name, ""), "")
        console.print(f"  {name}{f'  ({why[name]}: {reason})' if name in why else ''}")
    for missing in built.missing:
        console.print(console.strong(f"  missing: {missing}", YELLOW))
    if not built.tools and not built.missing:
        console.print("  none")
    if template.workflows:
        console.print("\nworkflows:")
        for name, about in template.workflows.items():
            steps = " -> ".join(str(step.get("name")) for step in about.get("steps", ()))
            console.print(f"  {name}: {steps or 'no steps'}")
    console.print("\nprompt:")
    for line in built.prompt.splitlines():
        console.print(f"  {line}".rstrip())


# -- validate ----------------------------------------------------------------------------------------------------------


def validate(args: argparse.Namespace, console: Console) -> int:
    """Check files; 3 when any has a fault."""
    if not args.paths:
        message = "there is no file to check"
        raise UsageError(message, suggestions=["write llmspell template validate FILE"])
    app = open_app(args, console)
    reports = [(path, *_judged(path, app)) for path in args.paths]
    if console.as_json:
        rows = [
            {"path": path, "valid": not faults, "faults": [one.table() for one in faults], "missing_tools": lacks}
            for path, faults, lacks in reports
        ]
        console.data({"files": rows})
    else:
        for path, faults, lacks in reports:
            for one in faults:
                console.print(f"{path}:{one.line or 1}: {one.path} {one.message}")
            if not faults:
                console.print(f"{path}: a template")
            for lack in lacks:
                console.note(f"{path}: nobody has {lack}")
    return ExitCode.CONFIG if any(faults for _, faults, _ in reports) else ExitCode.OK


def _judged(path: str, app: App) -> tuple[Sequence[Fault], list[str]]:
    """Give the faults of a file, those of what it extends and of its prompt among them, and the tools it lacks."""
    text = standard_input() if path == "-" else text_of(Path(path))
    template, faults = judged(text, path, option_faults)
    if faults:
        return faults, []
    try:
        whole = app.agent_templates.whole(template)
    except LlmspellError as error:
        return [_at("extends", error, text)], []
    try:
        built = app.agent_templates.build(whole)
    except LlmspellError as error:
        return [_at("system_prompt", error, text)], []
    return [], [str(one) for one in built.missing]


def _at(key: str, error: LlmspellError, text: str) -> Fault:
    """Make a fault of an error about a key of a file; a prompt that comes from elsewhere has no line here."""
    numbered = enumerate(text.splitlines(), 1)
    line = next((number for number, one in numbered if one.split("=")[0].strip() == key), None)
    hint = f" ({'; '.join(error.suggestions)})" if error.suggestions else ""
    return Fault(key, f"{error.message}{hint}", line)


# -- test --------------------------------------------------------------------------------------------------------------


def test(args: argparse.Namespace, console: Console) -> int:
    """Try templates; 1 when one fails."""
    reports = asyncio.run(_tried(args, console))
    if not reports:
        message = "no template is installed"
        raise UsageError(message, suggestions=["install llmspell-agents, or name a file"])
    failed = [name for name, checks in reports if any(one.error for one in checks)]
    if console.as_json:
        rows = [
            {"template": name, "passed": name not in failed, "checks": [one.table() for one in checks]}
            for name, checks in reports
        ]
        console.data({"templates": rows, "failed": len(failed)})
    else:
        for name, checks in reports:
            _tell(name, checks, console)
        console.print(f"{len(reports) - len(failed)} passed, {len(failed)} failed")
    return ExitCode.SPELL if failed else ExitCode.OK


async def _tried(args: argparse.Namespace, console: Console) -> list[tuple[str, list[Check]]]:
    async with open_app(args, console) as app, app.run("test template") as run:
        logs.start(app, console)
        found: list[tuple[str, list[Check]]] = []
        for name in args.names or [entry.name for entry in app.agent_templates.entries()]:
            template = from_toml(text_of(Path(name)), name, option_faults) if name.endswith(ENDING) else name
            found.append((name, await trial(run, cast("str", template), strict=args.strict)))
        return found


def _tell(name: str, checks: Sequence[Check], console: Console) -> None:
    failed = next((one for one in checks if one.error), None)
    if failed is not None:
        console.print(f"{console.strong('failed', RED)}  {name}: {failed.name}: {failed.error}")
        return
    console.print(f"{console.strong('passed', GREEN)}  {name}")
    for note in (one.note for one in checks if one.note and not console.quiet):
        console.print(f"        {note}")
