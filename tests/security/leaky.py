"""A plugin whose tool fails with whatever error it was given."""

from __future__ import annotations

from llmspell.spec import Component, hookimpl, tool

ERRORS: list[Exception] = []


async def leak() -> None:
    """Fail."""
    raise ERRORS.pop()


@hookimpl
def llmspell_tools() -> list[Component]:
    """Offer the tool."""
    return [tool("leaky", f"{__name__}:leak", "Fail.", category="system")]
