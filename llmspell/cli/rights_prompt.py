"""Ask the person at the terminal for a right that is missing.

What is asked about comes from scripts and models. It is shown in quotes, on lines of its own and with everything
escaped that a terminal would not show as it is, so that no name can look like a question, an answer or nothing at all.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.cli.escaped import escaped
from llmspell.cli.rights_kept import NotKeptError, keep
from llmspell.services.permission_patterns import PATHS
from llmspell.services.permission_rights import RIGHTS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from llmspell.cli.console import Console
    from llmspell.services.config import Config
    from llmspell.services.permission_holding import Answer, Question

QUESTION = "grant it? o once, r for this run, a always, n no: "
HEADER_QUESTION = "grant all of it? r for this run, a always, n no: "
ANSWERS: dict[str, Answer] = {
    "o": "once", "once": "once", "r": "run", "run": "run", "a": "always", "always": "always", "n": "no", "no": "no",
}  # fmt: skip
HEADER_ANSWERS = {word: answer for word, answer in ANSWERS.items() if answer != "once"}
LONGEST = 1000
"""Characters of a target beyond which nobody could judge it: it is denied."""


class RightsPrompt:
    """Ask at the terminal. `read` gives a line of it, None at its end."""

    def __init__(self, console: Console, config: Config, read: Callable[[str], Awaitable[str | None]]) -> None:
        self._console = console
        self._config = config
        self._read = read

    async def one(self, question: Question) -> Answer:
        """Ask for one right."""
        if len(question.target) > LONGEST:
            self._console.warn(f"{escaped(question.who)} asks for a target too long to be shown: denied")
            return "no"
        with self._console.alone():
            self._console.warn_lines(_told(question))
            answer = await self._answer(QUESTION, ANSWERS)
            return self._kept(answer, [f"{question.right}={question.target}"], literal=True)

    async def many(self, name: str, rules: Sequence[str]) -> Answer:
        """Ask for all that the header of a spell asks for."""
        if sum(map(len, rules)) > LONGEST:
            self._console.warn(f"{escaped(name)} asks in its header for more than can be shown: denied")
            return "no"
        with self._console.alone():
            lines = [f"{escaped(name)} asks in its header for rights that it has not:"]
            self._console.warn_lines([*lines, *(f"    {_meaning(rule)}" for rule in rules)])
            answer = await self._answer(HEADER_QUESTION, HEADER_ANSWERS)
            return self._kept(answer, rules, literal=False)

    async def _answer(self, text: str, answers: Mapping[str, Answer]) -> Answer:
        while True:
            line = await self._read(text)
            if line is None:
                return "no"  # who has gone grants nothing
            if (answer := answers.get(line.strip().lower())) is not None:
                return answer

    def _kept(self, answer: Answer, rules: Sequence[str], *, literal: bool) -> Answer:
        """Write down what holds always."""
        if answer == "always":
            try:
                path = keep(rules, self._config, literal=literal)
            except NotKeptError as error:
                self._console.warn(f"{error}; it is granted for this run")
                return "run"
            self._console.note(f"wrote it to {path}")
        return answer


def _told(question: Question) -> list[str]:
    what = RIGHTS[question.right]
    below = question.right in PATHS and Path(question.target).is_dir()
    return [
        f"{escaped(question.who) or 'the spell'} may not {what} ({question.right}):",
        f'    "{escaped(question.target)}"{" and what is below it" if below else ""}',
    ]


def _meaning(rule: str) -> str:
    right, _, target = rule.partition("=")
    return f"{RIGHTS[right]} ({right}): {'all of them' if target == '*' else _quoted(target)}"


def _quoted(target: str) -> str:
    return f'"{escaped(target)}"'


def forget_typed(number: int) -> None:
    """Drop what was typed before the question could be read."""
    import termios  # noqa: PLC0415 - POSIX, as all that asks

    termios.tcflush(number, termios.TCIFLUSH)


async def typed(console: Console, prompt: str) -> str | None:
    """Read a line of the terminal while the loop goes on; None at the end of the input."""
    number = sys.stdin.fileno()
    forget_typed(number)
    console.ask(prompt)
    loop = asyncio.get_running_loop()
    line: asyncio.Future[str | None] = loop.create_future()

    def ready() -> None:
        loop.remove_reader(number)
        data = os.read(number, 4096)  # the terminal gives one line
        if not line.done():
            line.set_result(data.decode("utf-8", "replace") if data else None)

    loop.add_reader(number, ready)
    try:
        return await line
    finally:
        loop.remove_reader(number)
