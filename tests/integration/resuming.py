"""Take up runs that another process began: states and decisions from stdin, what became of them on stdout.

    {"effects": <file>, "steps": [...], "runs": [{"state": {...}, "decisions": {id: "approve" | "reject"}}]}

The tool `note` writes a line into the file of effects, in whatever process it runs.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmspell.model.approval import Decision
from llmspell.runtime.agents import Agent, AgentConfig
from llmspell.runtime.app import App
from llmspell.runtime.tools import ScriptTool
from llmspell.testing import script_model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.model.agent import AgentResult
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.run import Run

NOTE = {
    "type": "object",
    "properties": {"run": {"type": "integer"}, "n": {"type": "integer"}},
    "required": ["run", "n"],
    "additionalProperties": False,
}


async def noting(run: Run, effects: Path, steps: Sequence[Any]) -> Agent:
    """Make the agent whose tools leave a trace."""

    async def note(args: Mapping[str, object], ctx: CallContext) -> object:
        with effects.open("a", encoding="utf-8") as file:
            file.write(f"{args['run']} {args['n']}\n")
        return args["n"]

    for name in ("note", "free"):
        run.app.tools.register(run, name, "Note a number.", ScriptTool(note, NOTE), category="test")
    script_model(run, steps)
    config = AgentConfig(name="noter", provider="fake", model="m", tools=("note", "free"), approve=("note",))
    return await run.app.agents.create(run, config)


def shown(result: AgentResult) -> dict[str, object]:
    """Give what a test wants to know of a result."""
    return {
        "status": result.status,
        "content": result.content,
        "requests": result.usage.requests,
        "outcomes": [[record.call.arguments["n"], record.outcome] for record in result.tool_calls],
        "pending": [one.id for one in result.pending],
        "state": result.state,
    }


async def main() -> None:
    """Resume every run, each in an application of its own."""
    given = json.load(sys.stdin)
    ended = []
    for one in given["runs"]:
        async with App.open() as app, app.run("elsewhere") as run:
            agent = await noting(run, Path(given["effects"]), given["steps"])
            decisions = {id_: Decision(verdict=verdict) for id_, verdict in one["decisions"].items()}
            ended.append(shown(await agent.resume(one["state"], decisions)))
    json.dump(ended, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
