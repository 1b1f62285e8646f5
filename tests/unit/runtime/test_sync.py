"""The synchronous face: from a script, from a thread, and inside a running loop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from llmspell import SyncApp
from llmspell.errors import InternalError, PluginLoadError, ScriptedModelError, ToolNotFoundError
from llmspell.kernel.selection import PluginSelection
from llmspell.model.agent import RunDone
from llmspell.model.approval import Decision

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


def test_structured_answers_come_without_async() -> None:
    script = {"script": {"steps": [{"text": '{"value": [1, 2]}'}]}}
    with SyncApp() as app:
        agent = app.agent(name="a", provider="scripted", extra=script)
        assert agent.execute("hi", output=list[int]).data == [1, 2]
        *_, last = agent.stream("hi", output=list[int])
        assert isinstance(last, RunDone)
        assert last.result.data == [1, 2]


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


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_an_application_that_cannot_be_opened_leaves_no_thread(tmp_path):
    guard = tmp_path / "guard.py"
    guard.write_text("raise RuntimeError('at import')")
    with pytest.raises(PluginLoadError, match="at import"), SyncApp(selection=PluginSelection(files=(str(guard),))):
        pass
    assert "llmspell" not in threads()


def test_it_opens_once_at_a_time_and_again_afterwards():
    app = SyncApp()
    for _ in range(2):
        with app:
            with pytest.raises(InternalError, match="already open"):
                app.__enter__()
            assert app.open
        assert not app.open


def test_a_hook_that_waits_for_its_own_application_is_told_so():
    with SyncApp() as app:
        agent = app.agent(name="a", provider="scripted", extra=SCRIPT)
        agent.agent.hooks.register("before_llm_call", lambda call: app.tool("calculator"))
        with pytest.raises(InternalError, match="waits for the application itself"):
            agent.chat("hi")


def test_what_still_runs_at_the_end_is_cancelled_and_awaited():
    ended: list[bool] = []

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    async def start() -> object:
        task = asyncio.ensure_future(forever())
        await asyncio.sleep(0)
        return task

    with SyncApp() as app:
        app.wait(start())
    assert ended == [True]


def test_a_stream_may_outlive_its_application():
    with SyncApp() as app:
        stream = app.agent(name="a", provider="scripted", extra=SCRIPT).stream("hi")
        next(stream)
    stream.close()


def test_a_run_that_waits_goes_on():
    steps = [{"tool_calls": [{"name": "calculator", "arguments": {"expression": "6 * 7"}}]}, {"text": "done"}]
    with SyncApp() as app:
        script = {"script": {"steps": steps}}
        agent = app.agent(name="a", provider="scripted", extra=script, tools=("calculator",), approve=True)
        paused = agent.execute("go")
        assert paused.status == "paused"
        assert paused.state is not None
        result = agent.resume(paused.state, {paused.pending[0].id: Decision(verdict="approve")})
    assert (result.content, [record.outcome for record in result.tool_calls]) == ("done", ["done"])
