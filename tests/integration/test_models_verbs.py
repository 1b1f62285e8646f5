"""`llmspell models` and `Models` of a spell, against a server that speaks Ollama's API."""

from __future__ import annotations

import asyncio
import json

import pytest

from llmspell.cli.models import bar
from llmspell.model.event import Event
from llmspell.testing import Reply, Server

TAGS = {"models": [{"name": "qwen3:8b", "capabilities": ["completion", "tools"], "details": {"context_length": 4096}}]}
PULLED = (
    b'{"status":"pulling manifest"}\n',
    b'{"status":"pulling a","digest":"sha256:a","total":200,"completed":50}\n',
    b'{"status":"pulling a","digest":"sha256:a","total":200,"completed":200}\n',
    b'{"status":"success"}\n',
)
EMBEDDED = {"model": "tiny", "embeddings": [[1.0, 2.0]], "prompt_eval_count": 3}


@pytest.fixture
def ollama(server: Server) -> Server:
    server.route("/api/tags", Reply.of(TAGS))
    server.route("/api/pull", Reply(pieces=PULLED, chunked=True))
    server.route("/api/embed", Reply.of(EMBEDDED))
    return server


@pytest.fixture
def asked(llmspell, ollama: Server):
    """Run a command in an environment that configures the server."""

    async def run(*words: str, **env: str):
        return await asyncio.to_thread(llmspell, *words, OLLAMA_HOST=ollama.url, **env)

    return run


async def test_models_are_listed(asked, ollama):
    done = await asked("models", "list")
    assert done.status == 0, done
    assert [line.split() for line in done.out.splitlines()] == [
        ["model", "provider", "context", "capabilities"],
        ["qwen3:8b", "ollama", "4096", "text,", "tools"],
    ]
    (told,) = json.loads((await asked("models", "list", "--provider", "ollama", "--json")).out)
    assert {**told, "data": None} == {
        "provider": "ollama",
        "name": "qwen3:8b",
        "capabilities": ["text", "tools"],
        "context": 4096,
        "data": None,
    }


async def test_one_silent_provider_does_not_hide_the_others(asked):
    done = await asked("models", "list", OPENAI_BASE_URL="http://127.0.0.1:9/v1")
    assert done.status == 0
    assert "qwen3:8b" in done.out
    assert "warning: cannot connect to 127.0.0.1:9" in done.err


async def test_a_model_is_fetched(asked, ollama):
    done = await asked("models", "pull", "qwen3:8b", "--json")
    assert (done.status, json.loads(done.out)) == (0, {"provider": "ollama", "model": "qwen3:8b"})
    assert ollama.requests[-1].json() == {"model": "qwen3:8b", "stream": True}


async def test_a_fetch_that_stops_is_an_error(asked, ollama):
    ollama.route("/api/pull", Reply.of(b"".join(PULLED[:2])))
    done = await asked("models", "pull", "qwen3:8b")
    assert done.status == 7
    assert "ended before it was complete" in done.err


async def test_texts_become_vectors(asked, ollama):
    done = await asked("models", "embed", "--model", "ollama/tiny", "hello")
    told = json.loads(done.out)
    assert (told["vectors"], told["dimensions"], told["usage"]["input_tokens"]) == ([[1.0, 2.0]], 2, 3)


async def test_no_text_is_a_fault_of_usage(asked, ollama):
    done = await asked("models", "embed", "--model", "ollama/tiny")
    assert (done.status, "no text to embed" in done.err) == (2, True)


SPELLS = {
    "a.lua": """
local seen = {}
Models.pull("qwen3:8b", { on_progress = function(at) seen[#seen + 1] = at.done end })
return { Models.list()[1].context, Models.embed({ "a" }, { model = "ollama/tiny" }).usage.input_tokens, seen }
""",
    "a.js": """
const seen = [];
await Models.pull("qwen3:8b", { onProgress: (at) => { seen.push(at.done); } });
const found = await Models.embed(["a"], { model: "ollama/tiny" });
return [(await Models.list())[0].context, found.usage.input_tokens, seen];
""",
    "a.py": """
seen = []
await Models.pull("qwen3:8b", on_progress=lambda at: seen.append(at.done))
[(await Models.list())[0].context, (await Models.embed(["a"], model="ollama/tiny")).usage.input_tokens, seen]
""",
}


@pytest.mark.parametrize("name", SPELLS)
async def test_a_spell_asks_for_all_of_it(asked, ollama, tmp_path, name):
    (tmp_path / name).write_text(SPELLS[name])
    done = await asked("run", name, "--json")
    assert done.status == 0, done
    assert json.loads(done.out)["result"] == [4096, 3, [0, 50, 200, 200]]


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({"done": 1_200_000_000, "total": 2_400_000_000, "message": "pulling"}, "1.2 GB of 2.4 GB  pulling"),
        ({"done": 50, "total": None, "message": "a"}, "50 B  a"),
        ({"done": 0, "total": None, "message": "manifest"}, "manifest"),
        ({"done": 9, "total": 3, "message": ""}, f"[{'#' * 30}] 100%"),
    ],
)
def test_the_bar_says_how_far_it_is(data, shown):
    assert shown in bar(Event("progress", data))
