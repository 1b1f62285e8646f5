"""The transcript file as a place where a secret could come out: of every kind of entry that it has."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING

from llmspell.errors import LlmspellError
from llmspell.runtime.agents import AgentConfig
from llmspell.testing import Reply, Server, open_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from llmspell.runtime.agents import Agent
    from tests.security.secret_places import Scene


async def _answer(scene: Scene) -> str:
    """An answer that repeats what was asked, in its text and in a header."""
    said = {"index": 0, "message": {"role": "assistant", "content": scene.text}, "finish_reason": "stop"}
    async with _written(scene, Reply.of({"id": "x", "model": "m", "choices": [said]})) as (agent, told):
        await agent.chat(scene.text)
        return told()


async def _stream(scene: Scene) -> str:
    """An answer that comes in parts, one of which is the text."""
    lines = [{"delta": {"content": word}, "finish_reason": None} for word in ("it is ", scene.text, "!")]
    body = "".join(f"data: {json.dumps({'choices': [{'index': 0, **line}]})}\n\n" for line in lines)
    async with _written(scene, Reply.sse(body.encode() + b"data: [DONE]\n\n")) as (agent, told):
        async with agent.stream("hello") as parts:
            async for _ in parts:
                pass
        return told()


async def _cut(scene: Scene) -> str:
    """An answer of which each letter comes in a chunk of its own, so that no chunk holds a value."""
    said = {"index": 0, "message": {"role": "assistant", "content": scene.text}, "finish_reason": "stop"}
    body = json.dumps({"id": "x", "model": "m", "choices": [said]}).encode()
    reply = Reply(200, {"content-type": "application/json"}, tuple(body[n : n + 1] for n in range(len(body))))
    async with _written(scene, reply) as (agent, told):
        await agent.chat("hello")
        return told()


async def _failure(scene: Scene) -> str:
    """A refusal of the provider that repeats it; the call fails, and so does the agent's run."""
    async with _written(scene, Reply.of({"error": {"message": f"no: {scene.text}"}}, 400)) as (agent, told):
        with contextlib.suppress(LlmspellError):
            await agent.chat("hello")
        return told()


async def _tool_call(scene: Scene) -> str:
    """A call of a tool that fails with it, in a run that ends without an answer."""
    call = {"id": "c", "type": "function", "function": {"name": "none", "arguments": json.dumps({"is": scene.text})}}
    asked = {"role": "assistant", "content": None, "tool_calls": [call]}
    steps = Reply.of({"id": "x", "choices": [{"index": 0, "message": asked, "finish_reason": "tool_calls"}]})
    async with _written(scene, steps, Reply.of({"error": {"message": "no"}}, 400)) as (agent, told):
        with contextlib.suppress(LlmspellError):
            await agent.chat("hello")
        return told()


TRANSCRIPTS: Mapping[str, Callable[[Scene], Awaitable[str]]] = {
    "transcript: answer": _answer,
    "transcript: stream": _stream,
    "transcript: letter by letter": _cut,
    "transcript: failure": _failure,
    "transcript: tool call": _tool_call,
}


@contextlib.asynccontextmanager
async def _written(scene: Scene, *replies: Reply) -> AsyncIterator[tuple[Agent, Callable[[], str]]]:
    """Give an agent whose provider answers with `replies`, and what reads the transcript of it."""
    path = scene.folder / "transcript.jsonl"
    async with Server() as server:
        server.replies = list(replies)
        config = {
            "providers.openai": {"base_url": f"{server.url}/v1", "api_key": "none"},
            "observability.transcript.file_path": str(path),
        }
        async with open_context(config=config) as ctx:
            settings = AgentConfig(name="a", provider="openai", model="m", remember=False)
            agent = await ctx.app.agents.create(ctx.run, settings)
            yield agent, lambda: path.read_text(encoding="utf-8")
