"""A template as a value, and how one is derived from another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, field, frozen

Table = Mapping[str, Any]

GROUP = "_capabilities"
"""Ending of the tables of settings that say what an agent of the template can do (`research_capabilities`)."""


@frozen(kw_only=True)
class AgentTemplate:
    """Say what agents of a kind have in common.

    `agent_name` is what its agents are called, as long as they are given no name of their own. `base_config` has
    options of agents, `settings` what the prompt and its readers are told, among it `personality` and the tables of
    what it can do. `context` names the values that the prompt gets with each run. `tools` are names, None for those of
    the base; `tool_capabilities` maps what a tool must be able to do to why. `lineage` names the templates it is
    derived from, the outermost first; `source` says where it comes from.
    """

    name: str
    agent_name: str = ""
    description: str = ""
    version: str = "1.0.0"
    extends: str = ""
    aliases: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    system_prompt: str = ""
    prompt_additions: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    base_config: Table = field(factory=dict)
    settings: Table = field(factory=dict)
    tools: tuple[str, ...] | None = None
    additional_tools: tuple[str, ...] = ()
    remove_tools: tuple[str, ...] = ()
    tool_capabilities: Table = field(factory=dict)
    tool_overrides: Table = field(factory=dict)
    workflows: Table = field(factory=dict)
    lineage: tuple[str, ...] = ()
    source: str = ""

    def named(self, **changes: object) -> AgentTemplate:
        """Return a copy with other fields."""
        return evolve(self, **changes)  # type: ignore[arg-type]  # attrs checks the names

    def table(self) -> dict[str, Any]:
        """Give it as the table of which it could be read again, without what is empty."""
        own = {
            "name": self.name,
            "agent_name": self.agent_name,
            "description": self.description,
            "version": self.version,
            "extends": self.extends,
            "aliases": list(self.aliases),
            "capabilities": list(self.capabilities),
            "system_prompt": self.system_prompt,
            "prompt_additions": list(self.prompt_additions),
            "context": list(self.context),
            "base_config": dict(self.base_config),
            "tools": list(self.tools or ()),
            "additional_tools": list(self.additional_tools),
            "remove_tools": list(self.remove_tools),
            "tool_capabilities": dict(self.tool_capabilities),
            "tool_overrides": dict(self.tool_overrides),
            "workflows": dict(self.workflows),
            "settings": dict(self.settings),
        }
        return {key: value for key, value in own.items() if value not in ("", [], {}) or key == "tools"}


def derived(base: AgentTemplate | None, own: AgentTemplate) -> AgentTemplate:
    """Give the whole of a template: what it says itself over what its base says; a whole one without base stays it.

    Texts and lists replace those of the base; tables are merged key by key; capabilities and prompt additions are
    added; of tools, `tools` replaces, `additional_tools` adds and `remove_tools` takes away; a workflow replaces the
    one of its name. A setting of the base that lies in one of its tables is replaced there.
    """
    if base is None:
        base = AgentTemplate(name="")
    wanted = own.tools if own.tools is not None else base.tools or ()
    tools = _joined(wanted, own.additional_tools)
    abilities = {**base.tool_capabilities, **own.tool_capabilities}
    return own.named(
        agent_name=own.agent_name or base.agent_name,
        description=own.description or base.description,
        extends="",
        capabilities=_joined(base.capabilities, own.capabilities),
        system_prompt=own.system_prompt or base.system_prompt,
        prompt_additions=(*base.prompt_additions, *own.prompt_additions),
        context=_joined(base.context, own.context),
        base_config=merged(base.base_config, own.base_config),
        settings=_settings(base.settings, own.settings),
        tools=tuple(one for one in tools if one not in own.remove_tools),
        additional_tools=(),
        remove_tools=(),
        tool_capabilities={key: why for key, why in abilities.items() if key not in own.remove_tools},
        tool_overrides=merged(base.tool_overrides, own.tool_overrides),
        workflows={**base.workflows, **own.workflows},
        lineage=(*base.lineage, base.name) if base.name else own.lineage,
    )


def merged(base: Table, own: Table) -> dict[str, Any]:
    """Merge two tables key by key, tables within them likewise; what `own` says counts."""
    found = dict(base)
    for key, value in own.items():
        before = found.get(key)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        found[key] = merged(before, value) if both else value  # type: ignore[arg-type]  # both are
    return found


def _settings(base: Table, own: Table) -> dict[str, Any]:
    """Merge settings; one that stands on top and lies in exactly one table of the base is meant for that table."""
    placed: dict[str, Any] = {}
    for key, value in own.items():
        homes = [name for name, group in base.items() if name.endswith(GROUP) and key in group]
        if key not in base and len(homes) == 1:
            placed = merged(placed, {homes[0]: {key: value}})
        else:
            placed = merged(placed, {key: value})
    return merged(base, placed)


def _joined(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))
