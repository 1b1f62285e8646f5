"""A tool for models: which other agents there are, and what they are able to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from llmspell.model.doc import Doc

if TYPE_CHECKING:
    from llmspell.spec import Context


async def find_agents(
    ctx: Context,
    capabilities: Annotated[list[str] | None, Doc("Capabilities that an agent must have, all of them.")] = None,
    query: Annotated[str, Doc("Words about what is wanted; the best match comes first.")] = "",
) -> dict[str, Any]:
    """Give `{agents: [{name, description, capabilities}]}` of the run, the best match first."""
    found = ctx.agents.find(capabilities or (), query)
    return {
        "agents": [
            {"name": one.name, "description": one.description, "capabilities": list(one.capabilities)} for one in found
        ]
    }
