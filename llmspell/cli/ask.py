"""`llmspell ask`: one question, for pipes: standard input goes in, the answer and nothing else comes out."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.bridge import shapes
from llmspell.cli import logs
from llmspell.cli.chat_agent import make
from llmspell.cli.chat_approve import Approver
from llmspell.cli.chat_shown import Shown
from llmspell.cli.opening import let_ask, open_app
from llmspell.cli.values import standard_input
from llmspell.errors import ResourceUnavailableError, UsageError
from llmspell.runtime.unanswered import answered

if TYPE_CHECKING:
    import argparse

    from llmspell.cli.console import Console
    from llmspell.model.agent import AgentResult


def run(args: argparse.Namespace, console: Console) -> int:
    """Ask once and print the answer; on a terminal while it comes."""
    question, output = _question(args.words), _output(args.output)
    result = asyncio.run(_asked(question, output, args, console))
    if console.as_json:
        console.data(shapes.agent_result(result))
    elif args.output:
        console.data(result.data)
    elif not console.out.isatty():
        console.print(result.content)
    return 0


def _question(words: list[str]) -> str:
    """Put the words of the command and what comes from standard input together."""
    said = " ".join(words).strip()
    given = ""
    if not sys.stdin.isatty():
        try:
            given = standard_input().strip("\n")
        except UnicodeDecodeError as error:
            message = f"what comes from standard input is not UTF-8 text (byte {error.start})"
            raise ResourceUnavailableError(message) from error
    if not said and not given.strip():
        message = "there is no question"
        raise UsageError(message, suggestions=['write llmspell ask "..."', "send it to standard input"])
    return "\n\n".join(part for part in (said, given) if part)


def _output(name: str | None) -> object:
    """Read what the answer must be: a JSON Schema, or its short form."""
    if name is None:
        return None
    try:
        found: object = json.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{name} cannot be read: {error}", context={"path": name}) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name} is not JSON: {error}", suggestions=['write {"name": "string"}']) from error
    return found


async def _asked(question: str, output: object, args: argparse.Namespace, console: Console) -> AgentResult:
    async with open_app(args, console) as app, app.run("ask") as run:
        logs.start(app, console)
        let_ask(app, args, console)
        agent = await make(run, args, console)
        streamed = console.out.isatty() and not console.as_json and output is None
        shown = Shown(console, app.services.secrets, text=streamed)
        try:
            result = await agent.execute(question, output=output, sink=shown.part)
            while result.status == "paused" and sys.stdin.isatty():
                shown.end()
                decisions = Approver(console).decisions(result.pending)  # all else waits meanwhile
                result = await agent.resume(result.state or {}, decisions, sink=shown.part)
        finally:
            shown.end()
        answered(result, agent.name)
        return result
