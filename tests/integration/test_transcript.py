"""The transcript of real calls over loopback: every attempt, the wire, the parts, and no secret."""

from __future__ import annotations

import asyncio
import json
import stat
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import ConfigError, LlmspellError, RefusedError, SystemFailure
from llmspell.model.decision import Answer, Refuse
from llmspell.model.embedding import EmbedRequest
from llmspell.model.llm import Completion, message
from llmspell.runtime.agents import AgentConfig
from llmspell.runtime.provider_calls import embed
from llmspell.runtime.transcript_entry import HIDDEN, VERSION, WITHHELD
from llmspell.testing import Reply, Server, open_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from llmspell.runtime.agents import Agent

KEY = "sk-transcript-0123456789"

HELLO = {"role": "user", "parts": [{"part": "text", "text": "hello"}], "automatic": False}


def text(words: str) -> Reply:
    answer = {"index": 0, "message": {"role": "assistant", "content": words}, "finish_reason": "stop"}
    return Reply.of({"id": "x", "model": "m", "choices": [answer], "usage": {"prompt_tokens": 1}})


def failed(status: int, words: str = "made up") -> Reply:
    return Reply.of({"error": {"message": words}}, status, retry_after_ms="1")


def events(*words: str, end: bool = True) -> bytes:
    deltas: list[dict[str, Any]] = [{"delta": {"content": one}, "finish_reason": None} for one in words]
    deltas += [{"delta": {}, "finish_reason": "stop"}] if end else []
    lines = [json.dumps({"choices": [{"index": 0, **delta}]}, ensure_ascii=False) for delta in deltas]
    return "".join(f"data: {line}\n\n" for line in [*lines, *(["[DONE]"] if end else [])]).encode()


class Transcribed:
    """An agent of the provider openai, and the transcript of what it does."""

    def __init__(self, agent: Agent, path: Path) -> None:
        self.agent = agent
        self.path = path

    @property
    def entries(self) -> list[dict[str, Any]]:
        """Give those of calls of models: others tell how runs ended."""
        lines = [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]
        return [one for one in lines if one["operation"] != "agent_execution"]

    async def parts(self) -> list[object]:
        async with self.agent.stream("hello") as parts:
            return [part async for part in parts]


@asynccontextmanager
async def transcribed(server: Server, path: Path, **config: object) -> AsyncIterator[Transcribed]:
    provider = {"base_url": f"{server.url}/v1", "api_key": KEY}
    given = {"providers": {"openai": provider}, "observability.transcript.file_path": str(path), **config}
    async with open_context(config=given) as ctx:
        settings = AgentConfig(name="a", provider="openai", model="gpt-4o-mini", remember=False)
        yield Transcribed(await ctx.app.agents.create(ctx.run, settings), path)


@pytest.fixture
async def here(server: Server, tmp_path: Path) -> AsyncIterator[Transcribed]:
    async with transcribed(server, tmp_path / "t.jsonl") as here:
        yield here


async def test_an_answer_is_told_on_the_wire_and_in_parts(here: Transcribed, server: Server) -> None:
    server.replies = [text("yes")]
    await here.agent.chat("hello")
    (entry,) = here.entries
    (exchange,) = entry["exchanges"]
    assert (entry["transcript"], entry["operation"], entry["provider"]) == (VERSION, "llm_call", "openai")
    assert (entry["model"], entry["attempt"], entry["error"], entry["parts"]) == ("gpt-4o-mini", 1, None, None)
    assert entry["asked"]["messages"] == [HELLO]
    assert entry["answer"]["message"]["parts"] == [{"part": "text", "text": "yes"}]
    assert exchange["sent"]["url"] == f"{server.url}/v1/chat/completions"
    assert exchange["sent"]["body"] == server.requests[0].body.decode()
    assert json.loads("".join(piece for _, piece in exchange["received"]["chunks"]))["model"] == "m"


async def test_a_transcript_changes_nothing_of_what_is_asked(here: Transcribed, server: Server, tmp_path: Path) -> None:
    server.replies = [text("yes"), text("yes")]
    await here.agent.chat("hello")
    async with open_context(config={"providers": {"openai": {"base_url": f"{server.url}/v1", "api_key": KEY}}}) as ctx:
        settings = AgentConfig(name="a", provider="openai", model="gpt-4o-mini", remember=False)
        await (await ctx.app.agents.create(ctx.run, settings)).chat("hello")
    assert server.requests[0] == server.requests[1]


async def test_a_stream_is_told_chunk_by_chunk(here: Transcribed, server: Server) -> None:
    body = events("Gr", "üße 🌍")
    cut = body.index("🌍".encode()) + 2  # within a letter
    server.replies = [Reply.sse(body, sizes=[20, cut - 20])]
    await here.parts()
    (entry,) = here.entries
    received = entry["exchanges"][0]["received"]
    pieces = [piece for _, piece in received["chunks"]]
    assert len(pieces[0]) == 20
    assert "".join(pieces) == body.decode()
    assert received["complete"]
    assert [one["text"] for one in entry["parts"] if one["part"] == "text_delta"] == ["Gr", "üße 🌍"]
    assert entry["parts"][-1]["part"] == "finish"


async def test_a_stream_that_is_cut_and_its_retry_are_entries_of_their_own(here: Transcribed, server: Server) -> None:
    cut = events("half 🌍", end=False)[:-12]  # the last letter is cut, too
    server.replies = [Reply.sse(cut, cut=True), Reply.sse(events("whole"))]
    await here.parts()
    first, second = here.entries
    assert [one["attempt"] for one in (first, second)] == [1, 2]
    assert first["path"] == second["path"]
    assert first["error"]["type"] == "stream_interrupted"
    assert first["answer"] is None
    received = first["exchanges"][0]["received"]
    assert received["complete"] is False
    assert "".join(piece for _, piece in received["chunks"]) == cut.decode()
    assert first["exchanges"][0]["error"]["type"] == "network"
    assert [one["part"] for one in second["parts"]] == ["text_delta", "finish"]


async def test_a_letter_that_is_cut_off_is_kept_as_bytes(here: Transcribed, server: Server) -> None:
    cut = b'data: {"x": "\xf0\x9f'
    server.replies = [Reply.sse(cut, cut=True), Reply.sse(events("whole"))]
    await here.parts()
    received = here.entries[0]["exchanges"][0]["received"]
    assert received["chunks"][0][1] == 'data: {"x": "'
    assert received["rest"] == {"base64": "8J8="}


async def test_failed_attempts_are_told_with_what_the_server_said(here: Transcribed, server: Server) -> None:
    server.replies = [failed(503), failed(429), text("at last")]
    assert await here.agent.chat("hello") == "at last"
    told = [(one["attempt"], one["exchanges"][0]["received"]["status"]) for one in here.entries]
    assert told == [(1, 503), (2, 429), (3, 200)]
    assert [one["error"] and one["error"]["type"] for one in here.entries] == ["overloaded", "rate_limit", None]


async def test_a_cancelled_call_is_told_with_what_had_come(here: Transcribed, server: Server) -> None:
    server.replies = [Reply.sse(events("half", end=False), hang=True)]
    begun = asyncio.Event()

    async def listen() -> None:
        async with here.agent.stream("hello") as parts:
            async for _ in parts:
                begun.set()

    task = asyncio.create_task(listen())
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    (entry,) = here.entries
    assert entry["error"] == {"type": "cancelled", "message": "the call was cancelled"}
    assert entry["exchanges"][0]["received"]["complete"] is False
    assert "half" in entry["exchanges"][0]["received"]["chunks"][0][1]


async def test_a_closed_connection_has_no_answer(here: Transcribed, server: Server) -> None:
    server.replies = [Reply(silent=True) for _ in range(4)]
    with pytest.raises(LlmspellError):
        await here.agent.chat("hello")
    assert [one["exchanges"][0]["received"] for one in here.entries] == [None] * 4
    assert {one["exchanges"][0]["error"]["type"] for one in here.entries} == {"network"}


async def test_a_call_that_asks_nobody_is_attempt_0(here: Transcribed, server: Server) -> None:
    hooks = here.agent.run.app.hooks
    said = Completion(message=message("assistant", "made up"))
    refusing = hooks.register("before_llm_call", lambda call: Refuse("not today"))
    with pytest.raises(RefusedError):
        await here.agent.chat("hello")
    hooks.remove(refusing)
    hooks.register("around_llm_call", lambda proceed: said)
    assert await here.agent.chat("hello") == "made up"
    refused, answered = here.entries
    assert (refused["attempt"], refused["exchanges"], refused["error"]["type"]) == (0, [], "refused")
    assert (answered["attempt"], answered["answer"]["message"]["parts"][0]["text"]) == (0, "made up")


async def test_an_answer_of_the_cache_asks_nobody(server: Server, tmp_path: Path) -> None:
    server.replies = [text("yes")]
    async with transcribed(server, tmp_path / "t", **{"resilience.cache.ttl": 60.0}) as here:
        await here.agent.chat("hello")
        await here.agent.chat("hello")
        assert [(one["attempt"], one["answer"]["cached"]) for one in here.entries] == [(1, False), (0, True)]


async def test_a_hook_that_answers_for_the_provider_is_seen_by_the_hooks_inside(here: Transcribed) -> None:
    said = Completion(message=message("assistant", "made up"))
    here.agent.run.app.hooks.register("before_llm_call", lambda call: Answer(said))
    assert await here.agent.chat("hello") == "made up"
    assert all(one["exchanges"] == [] for one in here.entries)


async def test_vectors_are_model_calls_too(here: Transcribed, server: Server) -> None:
    server.replies = [Reply.of({"data": [{"index": 0, "embedding": [1.0, 2.0]}], "model": "e"})]
    run = here.agent.run
    await embed(run.context(), run.app.catalog.get("provider", "openai"), EmbedRequest(model="e", texts=("a",)))
    (entry,) = here.entries
    assert (entry["operation"], entry["capability"], entry["model"]) == ("provider_call", "embeddings", "e")
    assert entry["answer"]["vectors"] == [[1.0, 2.0]]


async def test_a_redirect_is_an_exchange_of_its_own(here: Transcribed, server: Server) -> None:
    server.replies = [Reply(307, {"location": f"{server.url}/v1/there"}), text("yes")]
    await here.agent.chat("hello")
    told = [(one["sent"]["url"][-9:], one["received"]["status"]) for one in here.entries[0]["exchanges"]]
    assert told == [("mpletions", 307), ("/v1/there", 200)]


async def test_a_compressed_answer_is_told_as_text(here: Transcribed, server: Server) -> None:
    server.replies = [text("yes").zipped()]
    await here.agent.chat("hello")
    received = here.entries[0]["exchanges"][0]["received"]
    assert received["headers"]["content-encoding"] == "gzip"
    assert '"content": "yes"' in received["chunks"][0][1]


async def test_calls_side_by_side_keep_apart(here: Transcribed, server: Server) -> None:
    def answering(request: Any) -> Reply:
        return text(request.json()["messages"][-1]["content"].upper())

    server.route("/v1/chat/completions", answering)
    run = here.agent.run
    words = [f"word {n}" for n in range(8)]
    agents = [
        await run.app.agents.create(run, AgentConfig(name=w, provider="openai", model="m", remember=False))
        for w in words
    ]
    await asyncio.gather(*(one.chat(word) for one, word in zip(agents, words, strict=True)))
    for entry in here.entries:
        (exchange,) = entry["exchanges"]
        (asked,) = entry["asked"]["messages"]
        word = asked["parts"][0]["text"]
        assert word in exchange["sent"]["body"]
        assert word.upper() in exchange["received"]["chunks"][0][1]
        assert entry["answer"]["message"]["parts"][0]["text"] == word.upper()
    assert len(here.entries) == len(words)


# -- secrets -----------------------------------------------------------------------------------------------------------


async def test_the_key_is_masked_wherever_it_stands(here: Transcribed, server: Server) -> None:
    server.replies = [Reply.of({"error": {"message": f"wrong key {KEY}"}}, 401, x_echo=KEY, set_cookie="session=abc")]
    with pytest.raises(LlmspellError):
        await here.agent.chat(f"my key is {KEY}")
    written = here.path.read_text()
    assert KEY not in written
    assert "session=abc" not in written
    (exchange,) = here.entries[0]["exchanges"]
    assert exchange["sent"]["headers"]["authorization"] == "Bearer <secret providers.openai.api_key>"
    assert exchange["received"]["headers"]["set-cookie"] == HIDDEN
    assert "wrong key <secret " in exchange["received"]["chunks"][0][1]


async def test_a_key_on_both_sides_of_a_cut_is_masked(here: Transcribed, server: Server) -> None:
    said = json.dumps({"error": {"message": f"you sent {KEY}!"}}).encode()
    at = said.index(KEY.encode()) + 9
    server.replies = [Reply(401, {"content-type": "application/json"}, (said[:at], said[at:]), chunked=True)]
    with pytest.raises(LlmspellError):
        await here.agent.chat("hello")
    (chunk,) = here.entries[0]["exchanges"][0]["received"]["chunks"]
    assert "you sent <secret providers.openai.api_key>!" in chunk[1]
    assert KEY[9:] not in here.path.read_text()


async def test_a_key_that_a_model_says_at_once_is_masked(here: Transcribed, server: Server) -> None:
    server.replies = [text(f"it is {KEY}"), Reply.sse(events("it is ", KEY, "!"))]
    await here.agent.chat("hello")
    await here.parts()
    whole, streamed = here.entries
    assert "it is <secret " in whole["exchanges"][0]["received"]["chunks"][0][1]
    assert "<secret " in streamed["exchanges"][0]["received"]["chunks"][0][1]
    assert streamed["parts"][1] == {"part": "text_delta", "text": "<secret providers.openai.api_key>"}
    assert KEY not in here.path.read_text()


async def test_a_key_that_a_model_says_letter_by_letter_is_withheld(here: Transcribed, server: Server) -> None:
    server.replies = [Reply.sse(events("it is ", *KEY))]
    await here.parts()
    (entry,) = here.entries
    assert entry["parts"] == WITHHELD
    assert entry["exchanges"][0]["received"]["withheld"] == WITHHELD
    assert entry["answer"]["message"]["parts"] == [{"part": "text", "text": "it is <secret providers.openai.api_key>"}]


async def test_bytes_that_are_no_text_are_kept_in_base64(here: Transcribed, server: Server) -> None:
    server.replies = [Reply.of(b"\xff\xfe\x00", 400), Reply.of(b"\xff" + KEY.encode(), 400)]
    for _ in range(2):
        with pytest.raises(LlmspellError):
            await here.agent.chat("hello")
    plain, secret = (one["exchanges"][0]["received"] for one in here.entries)
    assert plain["base64"] == "//4A"
    assert secret["withheld"] == WITHHELD


# -- the file ----------------------------------------------------------------------------------------------------------


async def test_entries_are_added_to_a_file_that_is_only_its_owners(server: Server, tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    server.replies = [text("one"), text("two")]
    for _ in range(2):
        async with transcribed(server, path) as here:
            await here.agent.chat("hello")
    assert len(here.entries) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_a_file_that_cannot_be_opened_is_a_fault_of_the_configuration(server: Server, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none" / "t"):
        with pytest.raises(ConfigError, match="cannot be opened"):
            async with transcribed(server, path):
                pytest.fail("it was opened")


async def test_a_full_disk_fails_the_call(server: Server, tmp_path: Path) -> None:
    server.replies = [text("yes"), Reply.of({"error": {"message": "no"}}, 400)]
    async with transcribed(server, tmp_path.__class__("/dev/full")) as here:
        with pytest.raises(SystemFailure, match="no space left"):
            await here.agent.chat("hello")
        with pytest.raises(LlmspellError, match="no"):
            await here.agent.chat("hello")
