"""What a terminal shows of an answer while it comes: its text, the tools that are called, and what became of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from llmspell.model.agent import AgentPart, ToolRecord
from llmspell.model.llm import Done, ReasoningDelta, Reset, TextDelta

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.cli.console import Console
    from llmspell.services.secrets import SecretService

WIDTH = 100
"""Characters of a tool's arguments or result that are shown; `--verbose` shows all."""


class Shown:
    """Write the parts of an answer. What may be the beginning of a secret waits until more of the text has come."""

    def __init__(self, console: Console, secrets: SecretService, *, text: bool = True) -> None:
        self._console = console
        self._secrets = secrets
        self._text = text
        self._held = ""
        self._open = False

    async def part(self, part: object) -> None:
        """Show a part."""
        if isinstance(part, TextDelta):
            self._add(part.text)
        elif isinstance(part, ReasoningDelta) and self._console.verbose and part.text:
            self._note(f"thinks: {part.text}")
        elif isinstance(part, Reset):
            self._note("what came so far is void: the model is asked again")
        else:
            self._tools(part)

    def _tools(self, part: object, who: str = "") -> None:
        """Show which tools are called and what became of them, also by agents that work within the run."""
        if isinstance(part, AgentPart):
            self._tools(part.part, f"{who}{part.agent} > ")
        elif isinstance(part, Done):
            for call in part.completion.message.tool_calls:
                self._note(f"{who}{call.name}({arguments_of(call.arguments, whole=self._console.verbose)})")
        elif isinstance(part, ToolRecord):
            self._note(f"{who}{part.call.name}: {self._outcome(part)}")

    def end(self) -> None:
        """Write what waits, and end the line."""
        if self._held:
            self._write(self._secrets.redact(self._held))
            self._held = ""
        if self._open:
            self._console.piece("\n")
            self._open = False

    def _add(self, text: str) -> None:
        if not self._text:
            return
        whole = self._secrets.redact(self._held + text)
        held = self._secrets.held(whole)
        self._held = whole[len(whole) - held :]
        self._write(whole[: len(whole) - held])

    def _write(self, text: str) -> None:
        if text:
            self._open = not text.endswith("\n")
            self._console.piece(text)

    def _note(self, text: str) -> None:
        self.end()
        self._console.note(text)

    def _outcome(self, record: ToolRecord) -> str:
        if record.outcome == "done":
            result = record.result if isinstance(record.result, str) else json.dumps(record.result, default=str)
            return _short(result, whole=self._console.verbose)
        reason = f" ({record.error.get('message')})" if record.error else ""
        return f"{record.outcome.replace('_', ' ')}{reason}"


def arguments_of(given: Mapping[str, object], *, whole: bool) -> str:
    """Write the arguments of a call in one line, `whole` or as much as fits."""
    told = ", ".join(f"{key}={json.dumps(value, ensure_ascii=False, default=str)}" for key, value in given.items())
    return "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in _short(told, whole=whole))


def _short(text: str, *, whole: bool) -> str:
    line = " ".join(text.split())
    return line if whole or len(line) <= WIDTH else f"{line[: WIDTH - 1]}…"
