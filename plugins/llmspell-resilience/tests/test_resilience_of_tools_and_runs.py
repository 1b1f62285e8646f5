"""Settings of one run, and those of a tool below those of its caller."""

from __future__ import annotations

import pytest

from llmspell.errors import OverloadedError, ToolExecutionError
from llmspell.runtime.tools import ScriptTool

SKIP = {"recovery": {"on": {"tool": ["skip_tool_and_continue"]}}}
KEEP = {"recovery": {"on": {"tool": ["fallback_to_cached"]}, "cache_timeout": 5.0}}


def flaky(here, settings):
    calls = []

    async def handler(args, ctx):
        calls.append(args)
        if len(calls) > 1:
            raise ToolExecutionError("broken")
        return "good"

    tool = ScriptTool(handler, {"type": "object"})
    tool.settings = settings
    here.app.tools.register(here.run, "flaky", "Fails.", tool, effect="pure")
    return lambda **more: here.app.tools.execute(here.run.context(), "flaky", {}, **more)


async def test_what_a_tool_says_holds_whoever_calls_it_and_the_caller_may_say_otherwise(world) -> None:
    async with world() as here:
        await here.app.hook_sets.checked(SKIP)
        use = flaky(here, KEEP)
        assert (await use()).result == "good"
        assert (await use()).metadata["cached"] is True
        assert (await use(settings={"recovery": {"cache_timeout": 100.0}})).metadata["cached"] is True
        skipped = await use(settings=SKIP)
        assert skipped.result["skipped"] is True
        await here.clock.advance(6)
        with pytest.raises(ToolExecutionError):
            await use()
        assert (await use(settings={"recovery": {"cache_timeout": 100.0}})).result == "good"


async def test_a_run_has_settings_of_its_own(world) -> None:
    async with world() as here:

        def answer(*_):
            raise OverloadedError("down")

        service = here.service(answer)
        agent = await here.agent(settings={"retry": {"attempts": 0}})
        for settings, requests in ((None, 1), ({"retry": {"attempts": 2}}, 4), ({}, 8)):
            with pytest.raises(OverloadedError):
                await here.passing(agent.execute("hello", settings=settings))
            assert len(service.requests) == requests
