"""The agent of `llmspell chat` and `llmspell ask`: of a template or plain, as the flags say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import evolve

from llmspell.bridge.spelling import snake
from llmspell.bridge.template_options import agent_config_of, opened, option_faults
from llmspell.cli.values import pairs
from llmspell.errors import UsageError
from llmspell.model.memory import MemoryOptions
from llmspell.runtime.agent_templates.library import text_of
from llmspell.runtime.agent_templates.reading import from_table, from_toml
from llmspell.runtime.agent_templates.template import AgentTemplate, derived, merged

if TYPE_CHECKING:
    import argparse

    from llmspell.cli.console import Console
    from llmspell.runtime.agents import Agent, AgentConfig
    from llmspell.runtime.run import Run

PLAIN = AgentTemplate(name="assistant", source="llmspell")
ENDING = ".toml"
ALL = "all"
ONLY_SPELLS = frozenset({"error_strategy", "guards", "handoffs"})
"""Options that mean other agents and functions of a spell."""

KEPT = "chat"
"""Whose conversations those are that are kept: `chat` and `ask` find each other's."""


async def make(run: Run, args: argparse.Namespace, console: Console) -> Agent:
    """Make the agent; raises what is wrong with the flags, the template, or the model before anything is asked.

    Tools of a template that nobody has are a warning, those that `--tools` names an error.
    """
    library = run.app.agent_templates
    base = PLAIN
    if args.agent:
        named = (
            from_toml(text_of(Path(args.agent)), args.agent, option_faults)
            if args.agent.endswith(ENDING)
            else args.agent
        )
        base = library.whole(named)
    table, _ = opened(_changes(args))
    for tool in table.get("additional_tools", ()):
        run.app.catalog.get("tool", tool)
    own = from_table(
        {**table, "extends": base.name}, source="flags", name="flags", what="what the flags say", more=option_faults
    )
    template = derived(base, own).named(name=base.name)
    built = library.build(template)
    if built.missing:
        lacks = ", ".join(dict.fromkeys(one.name for one in built.missing))
        console.warn(
            f"nobody has what template {template.name!r} wants: {lacks}; see `llmspell template show {template.name}`"
        )
    passed_over = sorted({snake(key) for key in built.template.base_config} & ONLY_SPELLS)
    if passed_over:
        console.warn(f"only spells follow what template {template.name!r} says of: {', '.join(passed_over)}")
    default = run.app.config.get("providers.default")
    name = template.agent_name or template.name
    config = agent_config_of(built, name, default if isinstance(default, str) else None)
    run.app.models.choose(run, config.provider, config.model)
    return await run.app.agents.create(run, await _kept(run, args, config))


async def _kept(run: Run, args: argparse.Namespace, config: AgentConfig) -> AgentConfig:
    """Have the conversation kept that `--continue` names, or that of the session; `chat` and `ask` share them.

    Raises `UsageError` for an empty name, and `SessionNotFoundError`.
    """
    name = args.conversation
    if name == "":
        raise UsageError("--continue takes the name of a conversation", suggestions=["write --continue NAME"])
    if args.session is not None:
        session = await run.app.sessions.join(run, args.session)
        name = name or f"session {session.id}"
    if name is None:
        return config
    run.namespace = KEPT
    return config.replace(memory=evolve(config.memory or MemoryOptions(), persist=name))


def _plain(value: object) -> object:
    """Take a word that is a number or a truth value as that."""
    try:
        found: object = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value
    return found if isinstance(found, (int, float)) else value


def _changes(args: argparse.Namespace) -> dict[str, object]:
    """Give what the flags change of the template."""
    found: dict[str, object] = {}
    for key, value in pairs(args.set or (), what="setting").items():
        first, *rest = reversed(key.split("."))
        nested: dict[str, object] = {first: _plain(value)}
        for part in rest:
            nested = {part: nested}
        found = merged(found, nested)
    given: dict[str, object] = {"provider": args.provider, "model": args.model, "prompt_additions": args.system}
    for flag, key in (("tools", "additional_tools"), ("approve", "approve")):
        names = [name for one in getattr(args, flag) or () for name in one.split(",") if name]
        if names:
            given[key] = True if key == "approve" and ALL in names else names
    return {**found, **{key: value for key, value in given.items() if value is not None}}
