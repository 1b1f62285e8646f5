"""Agents are made: what they are is checked, and what they need is put in place, before anything is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.runtime.agents import Agent
from llmspell.runtime.approvals import named

if TYPE_CHECKING:
    from llmspell.runtime.agents import AgentConfig
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.run import Run


class Agents:
    """Make agents."""

    @staticmethod
    async def create(run: Run, config: AgentConfig, *, ctx: CallContext | None = None) -> Agent:
        """Make an agent in a run; raises `AgentConfigError` and `ToolNotFoundError` before anything is spent."""
        ctx = ctx or run.context()
        id_ = ctx.new_id()
        for name in config.tools:
            run.app.catalog.get("tool", name, owner=run.id)
        if config.approve:
            config = config.replace(approve=named(run, config.approve, config.handoffs))
        if config.output is not None:
            from llmspell.runtime.output.kept import checked  # noqa: PLC0415 - paid by who asks for it

            config = checked(config)
        if config.settings:
            config = config.replace(settings=await run.app.hook_sets.checked(config.settings))
        agent = Agent(run, config, ctx.scope.child("agent", config.name), id_)
        if config.guards is not None:
            from llmspell.runtime.guards import attach  # noqa: PLC0415 - paid by agents with guards

            attach(config.guards, config.name, agent.hooks)
        if config.memory is not None:
            from llmspell.runtime.memory.keeper import use_memory  # noqa: PLC0415 - paid by agents with such options

            await use_memory(agent, config.memory, ctx)
        if config.skills:
            from llmspell.runtime.skills import use_skills  # noqa: PLC0415 - paid by agents with skills

            await use_skills(agent, config.skills, ctx)
        events = run.app.events
        if events.wants("agent_created"):
            await events.emit(
                "agent_created", {"agent_id": agent.id, "name": agent.name}, run=run.id, source=agent.name
            )
        return agent
