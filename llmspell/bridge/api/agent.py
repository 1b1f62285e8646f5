"""Agent: models with a prompt, tools, limits and a memory of their conversation."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from llmspell.bridge import shapes
from llmspell.bridge.api.agent_hooks import guarded, told
from llmspell.bridge.api.agent_memory import Remembering, memory_options
from llmspell.bridge.api.agent_options import (
    AgentChanges,
    AgentOptions,
    ExecuteOptions,
    agent_config,
    changed_config,
    chosen_strategy,
    shown_config,
)
from llmspell.bridge.api.agent_peers import AgentPeers, FindOptions, peers
from llmspell.bridge.api.agent_talking import Talking
from llmspell.bridge.api.agent_templates import OfTemplate, Templated
from llmspell.bridge.api.agent_thinking import Thinking
from llmspell.bridge.api.tool import ToolHandle, ToolOptions, make_tool
from llmspell.bridge.definition import Namespace, function
from llmspell.bridge.hooks import HookSettings, register_hook
from llmspell.bridge.spelling import nearest
from llmspell.errors import AgentConfigError, AgentNotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.bridge.api.hooks import HookHandle
    from llmspell.bridge.api.listener import ListenerHandle
    from llmspell.bridge.api.strategy import Strategy
    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext

LOADER = "load_skill"
"""The tool of agents with skills."""


class AgentHandle(Talking, Thinking, OfTemplate, Remembering, AgentPeers):
    """An agent that a script holds.

    It is closed when nobody refers to this object any more: no script, no name, no run under way, no other agent that
    falls back on it.
    """

    kind = "agent"
    shows = ("name", "id")

    def __init__(self, registry: Agents, agent: Agent) -> None:
        super().__init__(registry.session)
        self.agent = agent
        self.strategy: Strategy | None = None
        self.recovering = False
        """Whether a strategy asks it once more."""
        self.told: Mapping[str, Any] = {}
        """What its options say to hook sets; its configuration has what its strategy says, too."""
        self._registry = registry

    def fields(self) -> dict[str, object]:
        """Give what scripts read without a call."""
        return {"name": self.agent.name, "id": self.agent.id}

    def follow(self, strategy: Strategy | None) -> None:
        """Have a strategy followed whenever a run of the agent fails, whoever runs it."""
        self.strategy = strategy
        if strategy is not None:
            from llmspell.bridge.api.agent_recovery import Recovering  # noqa: PLC0415 - few agents have a strategy

            self.agent.recover = Recovering(self)

    def __del__(self) -> None:
        """Have the agent closed."""
        self._registry.lost(self.agent)

    # -- what it is ----------------------------------------------------------------------------------------------------

    @function()
    def get_config(self) -> dict[str, object]:
        """Give the agent's configuration."""
        return shown_config(self.agent)

    @function()
    async def update_config(self, changes: AgentChanges, ctx: CallContext) -> None:
        """Change parts of the configuration; they hold from the next request on."""
        strategy = chosen_strategy(self.session, changes) or self.strategy
        changed = changed_config(self.agent.config, changes)
        if changes.handoffs is not None:
            changed = changed.replace(handoffs=peers(self._registry, changes.handoffs, self.agent.name, self))
        if changed.approve:
            from llmspell.runtime.approvals import named  # noqa: PLC0415 - few agents ask for approval

            changed = changed.replace(approve=named(self.session.run, changed.approve, changed.handoffs))
        options = {**self.told, **await told(self.session, changes, changes.config)}
        self.agent.config = changed.replace(settings=await guarded(self.session, options, strategy))
        self.told = options
        self.follow(strategy)
        if changes.memory is not None:
            from llmspell.runtime.memory.keeper import use_memory, use_no_memory  # noqa: PLC0415 - few change it

            memory = memory_options(changes.memory, self.agent.name)
            if memory is None:
                use_no_memory(self.agent)
            else:
                await use_memory(self.agent, memory, ctx)
        if changes.tools is not None:
            kept = () if self.agent.skills is None else (LOADER,)
            self.agent.tools = tuple(dict.fromkeys((*await offered(self.session, changes.tools), *kept)))

    @function()
    async def add_tool(self, tool: ToolHandle | AgentHandle | str | ToolOptions) -> None:
        """Offer the agent one more tool, or another agent as one."""
        for name in await offered(self.session, [tool]):
            self.agent.add_tool(name)

    @function()
    def remove_tool(self, tool: ToolHandle | str) -> bool:
        """Offer a tool no longer and tell whether it was offered; `"CalculatorTool"` means the tool `calculator`."""
        from llmspell.bridge.api.tools import Tools  # noqa: PLC0415 - only a tool that is not offered under this name

        name = tool if isinstance(tool, str) else tool.component.name
        if name not in self.agent.tools:
            name = self.session.namespace(Tools).component(name).name
        return self.agent.remove_tool(name)

    @function()
    def list_skills(self) -> list[dict[str, str]]:
        """List the agent's skills: `{name, description, folder}`."""
        skills = self.agent.skills
        return [] if skills is None else [one._asdict() for one in skills.by_name.values()]

    @function()
    def list_tools(self) -> list[str]:
        """List the names of the tools the agent is offered."""
        return list(self.agent.tools)

    @function()
    def register_hook(self, point: str, hook: Callback | ListenerHandle | HookSettings) -> HookHandle:
        """Register a hook that sees this agent alone.

        `before_execution`, `after_execution` and `on_error` mean the agent's own run.
        """
        return register_hook(self.session, self.agent.hooks, point, hook)

    # -- what it costs -------------------------------------------------------------------------------------------------

    @function()
    def token_usage(self) -> dict[str, object]:
        """Give what its runs took so far: `{agent, usage, cost, own, nested}`.

        `own` counts its own requests, `nested` those of each agent that it ran, in the same form; `usage` and `cost`
        (US dollars, as text) are the sum; `cost` is absent where a price is not known.
        """
        return shapes.spent(self.agent.spending())

    @function()
    async def estimated_cost(self) -> str | None:
        """Give what its runs cost so far in US dollars, as text; nothing when nobody knows.

        Where answers did not tell their cost, their tokens count by the price of the agent's model.
        """
        return await self.agent.estimated_cost()

    # -- its life ------------------------------------------------------------------------------------------------------

    @function()
    def health(self) -> dict[str, object]:
        """Tell how the agent is: `{status = "ready" | "closed", healthy, name, messages, tools}`."""
        closed = self.agent.closed
        return {
            "status": "closed" if closed else "ready",
            "healthy": not closed,
            "name": self.agent.name,
            "messages": len(self.agent.history),
            "tools": len(self.agent.tools),
        }

    @function(aliases=("shutdown",))
    async def close(self) -> None:
        """End the agent; its hooks are gone with it and its name is free."""
        await self._registry.close(self)


class Agents(Templated, Namespace):
    """Models with a prompt, tools, limits and a memory of their conversation."""

    name = "Agent"

    def __init__(self, session: SpellSession) -> None:
        super().__init__(session)
        self._named: dict[str, AgentHandle] = {}
        self._open: dict[str, Agent] = {}
        self._unnamed = 0
        self._loop = asyncio.get_running_loop()

    @function(aliases=("create",))
    async def new(self, config: AgentOptions = AgentOptions(), *, ctx: CallContext) -> AgentHandle:  # noqa: B008 - never changed
        """Make an agent. Raises `agent_configuration`, `tool_not_found` and `validation` before anything is spent.

        Without `provider` and `model` the first provider that is configured answers.
        """
        strategy = chosen_strategy(self.session, config)
        tools = await offered(self.session, config.tools)
        default = self.session.overlay.get("providers.default")
        provider = default if isinstance(default, str) else None
        self._fill(config, provider)
        made = agent_config(config, self._name(config), tuple(tools), provider)
        if config.memory is not None:
            made = made.replace(memory=memory_options(config.memory, made.name))
        if config.handoffs:
            made = made.replace(handoffs=peers(self, config.handoffs, made.name))
        options = await told(self.session, config, config.config)
        if config.guards is not None:
            from llmspell.bridge.api.agent_guards import with_guards  # noqa: PLC0415 - few agents have guards

            made, options = await with_guards(self.session, config.guards, made, options)
        made = made.replace(settings=await guarded(self.session, options, strategy))
        agent = await self.session.app.agents.create(self.session.run, made, ctx=ctx)
        self._open[agent.id] = agent
        handle = AgentHandle(self, agent)
        handle.told = options
        handle.follow(strategy)
        for point, hook in config.hooks.items():
            register_hook(self.session, handle.agent.hooks, point, hook)
        self.session.run.directory.add(agent)
        if config.name:
            self._named[config.name] = handle
        return handle

    def _fill(self, config: AgentOptions, provider: str | None) -> None:
        """Fill in what `Config.configure_provider` said about the agent's provider."""
        from llmspell.bridge.api.config import Config  # noqa: PLC0415 - few spells configure providers

        known = self.session.namespace(Config).defaults
        asked = config.provider or (None if config.model else provider)
        for key, value in known.get(asked or "", {}).items():
            name = "model" if key == "default_model" else key
            if getattr(config, name) is None:
                setattr(config, name, value)

    def _name(self, config: AgentOptions) -> str:
        if config.name:
            return config.name
        self._unnamed += 1
        return f"agent-{self._unnamed}"

    @function()
    def get(self, name: str) -> AgentHandle:
        """Give the agent of this name, the newest one. Raises `agent_not_found` with the nearest names."""
        found = self._named.get(name)
        if found is None:
            near = nearest(name, self._named)
            message = f"there is no agent {name!r} in this spell"
            raise AgentNotFoundError(
                message, suggestions=[f"use {near!r}"] if near else ["make it with Agent.new, under this name"]
            )
        return found

    @function()
    async def execute(
        self, name: str | AgentHandle, given: ExecuteOptions, ctx: CallContext, options: ExecuteOptions | None = None
    ) -> dict[str, Any]:
        """Run an agent by name; see `agent:execute`."""
        handle = self.found(name)
        return await handle.execute(given, ctx, options)

    def found(self, agent: str | AgentHandle) -> AgentHandle:
        """Give an agent that is written as itself or as its name."""
        return self.get(agent) if isinstance(agent, str) else agent

    @function()
    def find(self, options: FindOptions = FindOptions()) -> list[AgentHandle]:  # noqa: B008 - never changed
        """Find agents of this spell that have all of these capabilities, and any of these words; best match first."""
        known = {handle.agent: handle for handle in self._named.values()}
        found = self.session.run.directory.find(options.capabilities, options.text)
        return [known[agent] for agent in found if agent in known]

    @function(name="list")
    def list_(self) -> list[AgentHandle]:
        """List the agents that have a name."""
        return list(self._named.values())

    async def close(self, handle: AgentHandle) -> None:
        """Close an agent and free its name, unless another has taken it."""
        agent = handle.agent
        if self._named.get(agent.name) is handle:
            del self._named[agent.name]
        self._forget(agent)
        await agent.close()

    def lost(self, agent: Agent) -> None:
        """Have an agent closed that nobody can reach any more; it may be any moment, in any thread."""
        if not self.session.ended and not agent.closed:
            self._loop.call_soon_threadsafe(self._close_lost, agent)

    def _close_lost(self, agent: Agent) -> None:
        if not self.session.ended:
            self._forget(agent)
            self.session.spawn(agent.close(), f"end of agent {agent.name}")

    def _forget(self, agent: Agent) -> None:
        self.session.run.directory.remove(agent)
        self._open.pop(agent.id, None)
        if agent.hooks.own():
            from llmspell.bridge.api.hooks import Hooks  # noqa: PLC0415 - few agents have hooks

            self.session.namespace(Hooks).forget(agent.hooks)

    async def ended(self) -> None:
        """Close the agents of the spell, the youngest first."""
        for agent in reversed(list(self._open.values())):
            await agent.close()


async def offered(session: SpellSession, tools: Sequence[ToolHandle | AgentHandle | str | ToolOptions]) -> list[str]:
    """Give the names under which a model may call these tools; tools written in place are registered for the run."""
    names = []
    for one in tools:
        if isinstance(one, str):
            names.append(session.app.catalog.get("tool", one, owner=session.run.id).name)
        else:
            handle = one.as_tool() if isinstance(one, AgentHandle) else one
            handle = handle if isinstance(handle, ToolHandle) else make_tool(session, handle)
            names.append(await handle.offer())
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        message = f"an agent is offered {', '.join(sorted(twice))} twice"
        raise AgentConfigError(message, suggestions=["give each tool a name of its own"])
    return names
