"""A plugin whose tools and model leave a line in a file for each thing they do: what happened, whatever a log says.

The file is named by `LLMSPELL_LEDGER`, the environment variable.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from llmspell.errors import ToolError
from llmspell.model.llm import (
    Finish,
    TextDelta,
    ToolCallDelta,
    ToolCallEnd,
    ToolCallStart,
    ToolResult,
    Usage,
    UsagePart,
)
from llmspell.spec import hookimpl, provider, tool

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell.model.llm import LlmRequest, Part
    from llmspell.spec import Context

LEDGER = "LLMSPELL_LEDGER"
WORD = 4
"""Letters of text in one streamed part of the model."""


def note(kind: str, name: str) -> None:
    """Add a line to the file: it is written at once or not at all, whoever else writes."""
    number = os.open(os.environ[LEDGER], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(number, f"{kind} {name}\n".encode())
    finally:
        os.close(number)


async def mark(name: str, ctx: Context, wait: float = 0) -> str:
    """Do something that may be done once only."""
    return await _done("mark", name, wait, ctx)


async def renew(name: str, ctx: Context, wait: float = 0) -> str:
    """Do something that may be repeated."""
    return await _done("renew", name, wait, ctx)


async def look(name: str, ctx: Context, wait: float = 0) -> str:
    """Look at something: nothing changes."""
    return await _done("look", name, wait, ctx)


async def broken(name: str) -> str:
    """Fail, having done something."""
    note("broken", name)
    raise ToolError(f"{name} is broken")


async def _done(kind: str, name: str, wait: float, ctx: Context) -> str:
    if wait:
        await ctx.clock.sleep(wait)
    note(kind, name)
    return f"{kind}ed {name}"


class CountedProvider:
    """Answer from what was said alone: `use TOOL KEY=VALUE` calls a tool, as often as it is said."""

    async def stream(self, request: LlmRequest, ctx: Context) -> AsyncIterator[Part]:
        """Ask for the tool, or tell how much was said so far."""
        last = request.messages[-1]
        note("llm", f"{len(request.messages)} {last.text[:40]!r}")
        words = last.text.split()
        asked = [words[at + 1 :] for at, word in enumerate(words) if word == "use"]
        if asked and last.role == "user":
            for index, rest in enumerate(asked):
                key, _, value = rest[1].partition("=")
                yield ToolCallStart(index, f"call_{len(request.messages)}_{index}", rest[0])
                yield ToolCallDelta(index, json.dumps({key: value.replace("_", " ")}))
                yield ToolCallEnd(index)
        else:
            results = [part.content for part in last.parts if isinstance(part, ToolResult)]
            text = f"{len(request.messages)} messages, the last {last.text or len(results)}"
            for at in range(0, len(text), WORD):
                yield TextDelta(text[at : at + WORD])
        yield UsagePart(Usage(requests=1, input_tokens=10, output_tokens=5, cost=0.0))
        yield Finish("tool_calls" if asked and last.role == "user" else "stop", model="counted")


@hookimpl
def llmspell_tools():
    """Offer the tools."""
    effects: dict[str, Any] = {"mark": "once", "renew": "idempotent", "look": "pure", "broken": "idempotent"}
    return [
        tool(name, f"tests.durability.counted:{name}", f"It can {name}.", category="test", effect=effect)
        for name, effect in effects.items()
    ]


@hookimpl
def llmspell_providers():
    """Offer the model."""
    can = ("text", "tools", "tool_choice")
    target = "tests.durability.counted:CountedProvider"
    about: dict[str, Any] = {
        "models": ("counted", "counted*"),
        "default_model": "counted",
        "price": (0, 0),
        "capabilities": can,
    }
    return [provider("counted", target, "Answer from what was said, and keep count.", **about)]
