"""What the processes do that is hard to have of a real model: `played/xllamacpp.py` takes llama.cpp's part."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import ProviderError, StreamInterruptedError
from llmspell.model.embedding import EmbedRequest
from llmspell.model.llm import LlmRequest, message
from llmspell.testing import Reply, Server

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell.testing.server import Request

END = b'data: {"choices": [{"index": 0, "delta": {"content": "well"}, "finish_reason": "stop"}]}\n\n'
REQUEST = LlmRequest(model="quick", messages=(message("user", "hi"),))


@pytest.mark.usefixtures("played")
async def test_a_model_that_loads_keeps_nobody_waiting_but_its_own(opened: Any, tmp_path: Path, ask: Any) -> None:
    async with Server() as server, opened(tmp_path, loaded=1) as (provider, ctx):
        for name in ("slow", "quick"):
            (tmp_path / f"{name}.gguf").write_bytes(b"GGUF" + server.url.encode())
        begun = asyncio.Event()

        def load(_: Request) -> Reply:
            begun.set()
            return Reply(mute=True)

        server.route("/load", load)
        server.route("/v1/chat/completions", Reply.sse(END))
        loading = [asyncio.create_task(ask(provider, ctx, REQUEST.replace(model="slow"))) for _ in range(2)]
        await begun.wait()
        assert (await ask(provider, ctx, REQUEST)).message.text == "well"
        for one in loading:
            one.cancel()
        assert all(isinstance(one, BaseException) for one in await asyncio.gather(*loading, return_exceptions=True))
        await server.client_left()
        assert list(provider._pool.running) == [("quick", False)]


@pytest.mark.usefixtures("played")
async def test_a_process_that_dies_while_it_loads_is_told(opened: Any, tmp_path: Path, ask: Any) -> None:
    (tmp_path / "quick.gguf").write_bytes(b"GGUF")
    async with opened(tmp_path) as (provider, ctx):
        with pytest.raises(ProviderError, match="ended with status -6") as caught:
            await ask(provider, ctx, REQUEST)
        assert caught.value.retryable is False
        assert any("memory" in advice for advice in caught.value.suggestions)


@pytest.mark.usefixtures("played")
async def test_vectors_that_are_missing_are_an_error(opened: Any, tmp_path: Path) -> None:
    async with Server() as server, opened(tmp_path) as (provider, ctx):
        (tmp_path / "quick.gguf").write_bytes(b"GGUF" + server.url.encode())
        request = EmbedRequest(model="quick", texts=("a", "b"))
        answers: list[dict[str, Any]] = [{"data": [{"index": 0, "embedding": [1]}], "usage": {}}, {"data": []}, {}]
        for told in answers:
            server.replies.append(Reply.of(told))
            with pytest.raises(StreamInterruptedError, match="vectors"):
                await provider.embed(request, ctx)


async def test_a_missing_library_is_told(opened: Any, tmp_path: Path, play: Any, ask: Any) -> None:
    (tmp_path / "xllamacpp.py").write_text("raise ImportError('no such library for this machine')")
    (tmp_path / "quick.gguf").write_bytes(b"GGUF")
    play(tmp_path)
    async with opened(tmp_path) as (provider, ctx):
        with pytest.raises(ProviderError, match=r"llama\.cpp cannot be loaded: no such library") as caught:
            await ask(provider, ctx, REQUEST)
        assert "xllamacpp" in caught.value.suggestions[0]
