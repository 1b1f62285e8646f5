"""`llmspell ask`: one question, for pipes: standard input goes in, the answer and nothing else comes out."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

from llmspell.bridge import shapes
from llmspell.cli import logs
from llmspell.cli.chat_agent import make
from llmspell.cli.chat_shown import Shown
from llmspell.cli.opening import open_app
from llmspell.cli.values import standard_input
from llmspell.errors import ResourceUnavailableError, UsageError

if TYPE_CHECKING:
    import argparse

    from llmspell.cli.console import Console
    from llmspell.model.agent import AgentResult


def run(args: argparse.Namespace, console: Console) -> int:
    """Ask once and print the answer; on a terminal while it comes."""
    question = _question(args.words)
    result = asyncio.run(_asked(question, args, console))
    if console.as_json:
        console.data(shapes.agent_result(result))
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


async def _asked(question: str, args: argparse.Namespace, console: Console) -> AgentResult:
    async with open_app(args, console) as app, app.run("ask") as run:
        logs.start(app, console)
        agent = await make(run, args, console)
        streamed = console.out.isatty() and not console.as_json
        shown = Shown(console, app.services.secrets, text=streamed)
        try:
            return await agent.execute(question, sink=shown.part)
        finally:
            shown.end()
