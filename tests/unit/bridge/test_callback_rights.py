"""What a script's function may do when somebody with fewer rights than the spell called it."""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.bridge.session import SpellSession
from llmspell.errors import ScriptResourceError
from llmspell.kernel.selection import PluginSelection
from llmspell.runtime.app import App
from llmspell.services.config import Config

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PLUGIN = """
from llmspell.spec import Context, hookimpl, tool


async def relay(name: str, ctx: Context) -> object:
    return await ctx.call(name, {})


async def rights(ctx: Context) -> bool:
    return ctx.grants.allows("state.write", "x")


@hookimpl
def llmspell_tools():
    here = "test_rights_of_callbacks"
    return [
        tool("relay", f"{here}:relay", "Call a tool without a right of its own.", category="rights"),
        tool("rights", f"{here}:rights", "Tell a right.", category="rights", needs=("state.write",)),
    ]
"""


@pytest.fixture
async def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[App]:
    (tmp_path / "test_rights_of_callbacks.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "test_rights_of_callbacks", raising=False)
    config = Config.load(environment={}, working=tmp_path, user_folder=tmp_path)
    selection = PluginSelection.read(["test_rights_of_callbacks", "no:*"])
    async with App.open(config=config, selection=selection) as app:
        yield app


async def _script_tool(guest, body: Any) -> Any:
    config = {"name": "mine", "execute": guest.function(body)}
    return await guest.call("Tools.register", await guest.call("Tool.new", config))


async def _may(guest, invoke: int | None = None) -> Any:
    """Ask a tool what it may do, in the main chunk or in a function that was called by `invoke`."""
    tool = await guest.call("Tools.get", "rights")
    return (await guest.call("tool.execute", tool, within=invoke))["result"]


async def test_a_tool_of_the_script_has_at_most_the_rights_of_its_caller(spell) -> None:
    async def main(guest) -> Any:
        async def execute(_: object) -> Any:
            return await _may(guest, max(guest.invokes))

        mine = await _script_tool(guest, execute)
        relay = await guest.call("Tools.get", "relay")
        direct = (await guest.call("tool.execute", mine))["result"]
        relayed = (await guest.call("tool.execute", relay, {"name": "mine"}))["result"]
        return [await _may(guest), direct, relayed]

    assert await spell(main) == [True, True, False]


async def test_the_storage_takes_from_a_function_what_its_caller_may_write(spell, guest_error) -> None:
    async def main(guest) -> Any:
        async def execute(_: object) -> Any:
            try:
                await guest.call("Storage.set", "key", 1, within=max(guest.invokes))
            except guest_error as error:
                return error.error["type"]
            return "written"

        mine = await _script_tool(guest, execute)
        relay = await guest.call("Tools.get", "relay")
        direct = (await guest.call("tool.execute", mine))["result"]
        return [direct, (await guest.call("tool.execute", relay, {"name": "mine"}))["result"]]

    assert await spell(main) == ["written", "permission_denied"]


async def test_what_the_tool_left_running_keeps_the_rights_of_its_caller(spell) -> None:
    async def main(guest) -> Any:
        called: list[int] = []

        async def execute(_: object) -> Any:
            called.append(max(guest.invokes))

        await _script_tool(guest, execute)
        relay = await guest.call("Tools.get", "relay")
        await guest.call("tool.execute", relay, {"name": "mine"})
        return [await _may(guest, called[0]), await _may(guest)]

    assert await spell(main) == [False, True]


async def test_a_hook_has_the_rights_of_its_spell(spell, hook) -> None:
    async def main(guest) -> Any:
        seen: list[Any] = []

        async def before(context: dict[str, Any]) -> None:
            if context["subject"] == "mine":
                seen.append(await _may(guest, max(guest.invokes)))

        await hook(guest, "before_tool_execution", before)
        await _script_tool(guest, lambda _: 1)
        relay = await guest.call("Tools.get", "relay")
        await guest.call("tool.execute", relay, {"name": "mine"})
        return seen

    assert await spell(main) == [True]


async def test_a_result_too_large_for_a_message_is_an_error_of_its_call(app, guest, guest_error) -> None:
    async def main(guest) -> Any:
        try:
            return await guest.call("Storage.get", "key")
        except guest_error as error:
            return error.error["type"]

    class Narrow(guest):  # type: ignore[misc]  # the class comes as a fixture
        """A channel that takes no value of a call."""

        def write(self, messages: list[dict[str, Any]]) -> None:
            if any(one["t"] == "settle" and one["ok"] for one in messages):
                raise ScriptResourceError("too large")
            super().write(messages)

    async with app.run("test") as run:
        session = SpellSession(run, Narrow(main))
        assert await asyncio.wait_for(session.drive(name="test.lua"), 10) == "resource_exhausted"


async def test_a_plain_call_has_the_rights_of_the_caller_of_its_function(spell, guest_error) -> None:
    async def main(guest) -> Any:
        config = {"name": "bob", "provider": "scripted", "extra": {"script": {"steps": [{"text": "hi"}] * 2}}}
        agent = await guest.call("Agent.new", config)

        async def execute(_: object) -> object:
            try:
                await guest.items(await guest.call("agent.stream", agent, "hello", within=max(guest.invokes)))
            except guest_error as error:
                return error.error["message"]
            return "nothing was refused"

        await _script_tool(guest, execute)
        relay = await guest.call("Tools.get", "relay")
        await guest.items(await guest.call("agent.stream", agent, "hello"))
        return (await guest.call("tool.execute", relay, {"name": "mine"}))["result"]

    assert "agent.spawn is not granted" in await spell(main)
