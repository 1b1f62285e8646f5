"""Make templates of what a script writes, and agents of templates."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from llmspell.bridge.api.agent import Agents, offered
from llmspell.bridge.callbacks import Callback
from llmspell.bridge.spelling import snake
from llmspell.bridge.template_options import agent_options, opened, option_faults
from llmspell.errors import AgentConfigError, ToolNotFoundError, ValidationError
from llmspell.runtime.agent_templates.reading import OTHER_NAMES, from_table
from llmspell.runtime.agent_templates.template import derived

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.bridge.api.agent import AgentHandle
    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.agent_templates.building import Built
    from llmspell.runtime.agent_templates.template import AgentTemplate
    from llmspell.runtime.context import CallContext

TOOL_FIELDS = ("tools", "default_tools", "common_tools", "additional_tools")

CHANGES = "changes"
"""Name of what an agent is made with beside its template."""

log = logging.getLogger("llmspell.templates")


async def make(
    session: SpellSession, base: AgentTemplate, config: Mapping[str, object], ctx: CallContext
) -> AgentHandle:
    """Make an agent of a whole template with changes."""
    given = {key: value for key, value in config.items() if key not in ("strict", "name")}
    table, only_scripts = opened(given)
    if base_of(table) is not None:
        message = f"an agent is made of one template, here of {base.name!r}: `extends` belongs to a template"
        raise ValidationError(message, suggestions=["derive a template first, with `extend`"])
    own = await read(session, {**table, "extends": base.name}, CHANGES, what=_changes(base))
    template = derived(base, own).named(name=base.name, lineage=base.lineage)
    name = str(config.get("name") or template.agent_name or base.name)
    built = build(session, template, strict=config.get("strict") is True, name=name)
    tools = await _overridden(session, built)
    options = agent_options(built, name, session.bare, **only_scripts, tools=tools)
    agent = await session.namespace(Agents).new(options, ctx=ctx)
    agent.built = built
    if built.missing:
        lacks = ", ".join(dict.fromkeys(one.name for one in built.missing))
        log.warning(
            "agent %r lacks tools that template %r wants: %s; `missing_tools` tells more", name, base.name, lacks
        )
    return agent


def base_of(table: Mapping[str, object]) -> object:
    """Give what a table says that it is derived from, None when it says nothing."""
    return next((value for key, value in table.items() if OTHER_NAMES.get(snake(key), snake(key)) == "extends"), None)


def prompt(session: SpellSession, base: AgentTemplate, config: Mapping[str, object]) -> str:
    """Write the prompt of an agent of a whole template with changes."""
    given = {key: value for key, value in config.items() if key != "name"}
    own = from_table({**opened(given)[0], "extends": base.name}, source=base.source, name=CHANGES, what=_changes(base))
    template = derived(base, own).named(name=base.name)
    return build(session, template, strict=False, name=str(config.get("name") or "")).prompt


def build(session: SpellSession, template: AgentTemplate, *, strict: bool, name: str = "") -> Built:
    """Look its tools up and write its prompt; raises `ToolNotFoundError` for missing tools when `strict`."""
    built = session.app.agent_templates.build(template, owner=session.run.id, name=name)
    if strict and built.missing:
        listed = "; ".join(map(str, built.missing))
        message = f"template {template.name!r} lacks {listed}"
        raise ToolNotFoundError(
            message,
            suggestions=["install or register what has them, or take them out with `remove_tools`"],
            context={"missing": [one.table() for one in built.missing]},
        )
    return built


async def read(session: SpellSession, table: Mapping[str, object], name: str, *, what: str = "") -> AgentTemplate:
    """Read what a script wrote; tools written in place, and those it holds, are registered for the run.

    Raises `AgentConfigError` with every fault.
    """
    given, only_scripts = opened(table)
    if only_scripts and name != CHANGES:
        message = "a template has no `hooks`: give them to `create`"
        raise AgentConfigError(message)
    for key, value in given.items():
        if snake(key) in TOOL_FIELDS and isinstance(value, list):
            given[key] = [await _tool(session, one, f"{key}[{number}]") for number, one in enumerate(value, 1)]
    return from_table(given, source="script", name=name, what=what, more=option_faults)


def _changes(base: AgentTemplate) -> str:
    return f"what is to change of template {base.name!r}"


async def _tool(session: SpellSession, tool: object, path: str) -> object:
    """Give the name of a tool that the script holds or writes in place; anything else is for the reader to judge."""
    from llmspell.bridge.api.tool import ToolHandle, ToolOptions, make_tool  # noqa: PLC0415 - few have such tools
    from llmspell.bridge.binder import vocabulary  # noqa: PLC0415
    from llmspell.bridge.converters import converter  # noqa: PLC0415

    if isinstance(tool, dict) and any(isinstance(value, Callback) for value in tool.values()):
        faults: list[tuple[str, str]] = []
        options = converter(ToolOptions, vocabulary(Agents))(tool, path, session.bare, faults)
        if faults:
            raise ValidationError("; ".join(f"{at} {message}" for at, message in faults))
        tool = make_tool(session, options)
    return (await offered(session, [tool]))[0] if isinstance(tool, ToolHandle) else tool


async def _overridden(session: SpellSession, built: Built) -> list[object]:
    """Give the tools of an agent, with variants of those that the template has options for."""
    from llmspell.bridge.api.tools import Tools  # noqa: PLC0415 - few templates have such options

    found: list[object] = []
    for name in built.tools:
        options = built.template.tool_overrides.get(name)
        found.append(await session.namespace(Tools).construct(name, dict(options)) if options else name)
    return found
