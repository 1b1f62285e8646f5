"""The synchronous face: from a script, from a thread, and inside a running loop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from llmspell import SyncApp
from llmspell.errors import InternalError, ScriptedModelError, ToolNotFoundError
from llmspell.model.agent import RunDone

SCRIPT = {"script": {"steps": [{"text": "hello from the script"}, {"text": "again"}]}}


def chat() -> str:
    with SyncApp() as app:
        return app.agent(name="a", provider="scripted", extra=SCRIPT).chat("hi")


def test_from_a_script():
    assert chat() == "hello from the script"


def test_from_a_thread():
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(chat()))
    thread.start()
    thread.join(10)
    assert found == ["hello from the script"]


async def test_inside_a_running_loop():
    assert asyncio.get_running_loop().is_running()
    assert chat() == "hello from the script"


def test_streams_part_by_part():
    with SyncApp() as app:
        parts = list(app.agent(name="a", provider="scripted", extra=SCRIPT).stream("hi"))
    assert isinstance(parts[-1], RunDone)
    assert parts[-1].result.content == "hello from the script"


def test_leaving_a_stream_early_leaves_the_application_usable():
    with SyncApp() as app:
        agent = app.agent(name="a", provider="scripted", extra=SCRIPT)
        stream = agent.stream("hi")
        next(stream)
        stream.close()
        assert app.agent(name="b", provider="scripted", extra=SCRIPT).chat("x") == "hello from the script"


def test_errors_keep_their_type():
    with SyncApp() as app:
        with pytest.raises(ToolNotFoundError):
            app.tool("no_such_tool")
        with pytest.raises(ScriptedModelError):
            app.agent(name="a", provider="scripted").chat("x")


def test_outside_the_block_it_says_so():
    app = SyncApp()
    with pytest.raises(InternalError, match="not open"):
        app.tool("calculator")
    with app:
        pass
    with pytest.raises(InternalError, match="not open"):
        app.tool("calculator")
