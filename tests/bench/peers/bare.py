"""The tool loop by hand, for clients that are no frameworks: what a program costs that does nothing but the work."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from tests.bench.peers.measures import MODEL, PROMPT, SYSTEM, add

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PARAMETERS = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
    "required": ["a", "b"],
}
TOOL = {"type": "function", "function": {"name": "add", "description": "Add two numbers.", "parameters": PARAMETERS}}


class Bare(ABC):
    """Speak to the model with one client; an agent is the URL and what every request says."""

    def __init__(self, root: str) -> None:
        self.root = root

    @abstractmethod
    async def post(self, url: str, body: object) -> Any:
        """Send JSON and give JSON."""

    @abstractmethod
    def lines(self, url: str, body: object) -> AsyncIterator[str | bytes]:
        """Send JSON and give the lines of the answer."""

    def make(self, *, tools: bool, slow: bool = False) -> Any:
        url = f"{self.root}{'/slow' if slow else ''}/v1/chat/completions"
        return url, {"model": MODEL, "tools": [TOOL]} if tools else {"model": MODEL}

    async def ask(self, agent: Any) -> str:
        url, request = agent
        messages = _messages()
        while True:
            answer = (await self.post(url, {**request, "messages": messages}))["choices"][0]["message"]
            if not answer.get("tool_calls"):
                return str(answer["content"])
            messages.append(answer)
            for call in answer["tool_calls"]:
                result = add(**json.loads(call["function"]["arguments"]))
                messages.append({"role": "tool", "tool_call_id": call["id"], "content": str(result)})

    async def stream(self, agent: Any) -> int:
        url, request = agent
        seen = 0
        async for line in self.lines(url, {**request, "messages": _messages(), "stream": True}):
            text = line.decode() if isinstance(line, bytes) else line
            if text.startswith("data: ") and "[DONE]" not in text:
                choices = json.loads(text[6:])["choices"]
                seen += bool(choices and choices[0]["delta"].get("content"))
        return seen


def _messages() -> list[dict[str, Any]]:
    return [{"role": "system", "content": SYSTEM}, {"role": "user", "content": PROMPT}]
