"""Nested budgets, the activity log and the monitor, in real applications."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import (
    AgentTimeoutError,
    ConfigError,
    LimitReachedError,
    ResourceExhaustedError,
    SubjectBlockedError,
    ToolTimeoutError,
    ValidationError,
)
from llmspell.runtime.agents import AgentConfig
from llmspell.runtime.tools import ScriptTool
from llmspell.testing import PluginContract, open_context
from llmspell.testing.journal import MemoryJournal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.runtime.context import CallContext

PROBE = """
import asyncio, json, sys
from llmspell.testing import open_context
async def main():
    async with open_context(config=json.loads(sys.argv[1])) as ctx:
        found = sorted(m for m in sys.modules if m.startswith("llmspell_resources."))
        print(json.dumps([found, ctx.app.meters is None]))
asyncio.run(main())
"""


class TestPlugin(PluginContract):
    plugin = "llmspell_resources.plugin"


class Gate:
    """A tool that waits until it is opened, and knows how many are inside."""

    def __init__(self, ctx: CallContext, name: str = "gate") -> None:
        self.inside = self.most = 0
        self.opened = asyncio.Event()
        tool = ScriptTool(self.run, {"type": "object", "properties": {}})
        ctx.app.tools.register(ctx.run, name, "Wait.", tool, category="test")

    async def run(self, _given: Mapping[str, object], _ctx: CallContext) -> object:
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await self.opened.wait()
        finally:
            self.inside -= 1
        return "x" * 100


def tool(ctx: CallContext, name: str, run: Any, needs: str = "fs.write") -> None:
    """Register a tool of one function."""
    ctx.app.tools.register(ctx.run, name, "Do.", ScriptTool(run, {"type": "object"}), category="test", needs={needs})


async def settle() -> None:
    """Let every task run until it waits."""
    for _ in range(50):
        await asyncio.sleep(0)


def shown(ctx: CallContext) -> Any:
    return ctx.app.hook_sets.statistics()


def test_without_a_section_nothing_is_imported_and_no_port_is_bounded() -> None:
    done = subprocess.run([sys.executable, "-c", PROBE, "{}"], capture_output=True, text=True, check=True, timeout=60)
    assert json.loads(done.stdout) == [[], True]


@pytest.mark.parametrize("scope", ["process", "run", "tool"])
@pytest.mark.parametrize("key", ["max_concurrent_operations", "max_concurrent_tools"])
async def test_calls_wait_for_a_place_and_are_refused_beyond_the_queue(scope: str, key: str) -> None:
    async with open_context(config={"resources": {scope: {key: 2, "queue_limit": 3}}}) as ctx:
        gate = Gate(ctx)
        calls = [asyncio.create_task(ctx.app.tools.execute(ctx, "gate", {})) for _ in range(8)]
        await settle()
        assert gate.inside == 2
        refused = [call for call in calls if call.done()]
        assert len(refused) == 3
        for call in refused:
            error = call.exception()
            assert isinstance(error, ResourceExhaustedError)
            assert (error.context["limit"], error.context["bound"], error.context["waiting"]) == (key, 2, 3)
        gate.opened.set()
        done = await asyncio.gather(*calls, return_exceptions=True)
        assert sum(not isinstance(one, Exception) for one in done) == 5
        assert gate.most == 2


async def test_who_is_cancelled_while_waiting_leaves_the_queue_and_takes_no_place() -> None:
    async with open_context(config={"resources": {"run": {"max_concurrent_tools": 1}}}) as ctx:
        gate = Gate(ctx)
        calls = [asyncio.create_task(ctx.app.tools.execute(ctx, "gate", {})) for _ in range(4)]
        await settle()
        for call in calls[:3]:
            call.cancel()
        await settle()
        assert gate.inside == 1
        gate.opened.set()
        done = await asyncio.gather(*calls, return_exceptions=True)
        assert [type(one).__name__ for one in done] == ["CancelledError"] * 3 + ["ToolOutput"]
        slots = shown(ctx)["accounts"][f"run/{ctx.scope.run_id}"]["max_concurrent_tools"]
        assert (slots["inside"], slots["waiting"]) == (0, 0)


async def test_a_tool_that_calls_a_tool_does_not_wait_for_itself() -> None:
    async with open_context(config={"resources": {"process": {"max_concurrent_tools": 1}}}) as ctx:

        async def outer(_given: Any, inner: CallContext) -> object:
            return await inner.call("inner", {})

        async def leaf(_given: Any, _ctx: CallContext) -> object:
            return 42

        tool(ctx, "outer", outer)
        tool(ctx, "inner", leaf)
        assert (await ctx.app.tools.execute(ctx, "outer", {})).result == 42


async def test_what_is_answered_from_records_is_counted_once_more_in_a_run_that_is_taken_up() -> None:
    journal = MemoryJournal()
    for counted in (2, 2):
        async with open_context(config={"resources": {"process": {"max_operations": 5}}}) as ctx:
            ctx.run.journal = journal
            gate = Gate(ctx, "a")
            gate.opened.set()
            for _ in range(2):
                await ctx.app.tools.execute(ctx.child("here"), "a", {})
            assert shown(ctx)["accounts"]["process"]["max_operations"] == counted
        journal = MemoryJournal(journal.results)


async def test_counts_are_nested_and_a_refused_call_counts_nowhere() -> None:
    config = {"resources": {"process": {"max_operations": 5}, "tool": {"max_operations": 2}}}
    async with open_context(config=config) as ctx:
        for name in ("a", "b", "c"):
            gate = Gate(ctx, name)
            gate.opened.set()
        for name in ("a", "a", "b", "b"):
            await ctx.app.tools.execute(ctx, name, {})
        with pytest.raises(ResourceExhaustedError, match="tool 'a' would take 3 of max_operations = 2"):
            await ctx.app.tools.execute(ctx, "a", {})
        assert shown(ctx)["accounts"]["process"]["max_operations"] == 4
        await ctx.app.tools.execute(ctx, "c", {})
        with pytest.raises(ResourceExhaustedError, match="llmspell would take 6 of max_operations = 5"):
            await ctx.app.tools.execute(ctx, "c", {})


async def test_bytes_that_tools_write_are_bounded(tmp_path: Any) -> None:
    config = {"resources": {"run": {"max_disk_usage": "1KB"}}}
    async with open_context(config=config, grants=["fs.write=.", "fs.read=."], cwd=tmp_path) as ctx:

        async def save(given: Any, inner: CallContext) -> object:
            data = b"x" * given["size"]
            if given["how"] == "write":
                await inner.fs.write("f", data)
            elif given["how"] == "atomic":
                async with inner.fs.atomic("f") as file:
                    await file.write(data)
            else:
                async with inner.fs.within(".").open("f", "w") as file:
                    await file.write(data)
            return None

        tool(ctx, "save", save)
        for how in ("write", "atomic", "open"):
            await ctx.app.tools.execute(ctx, "save", {"size": 300, "how": how})
            with pytest.raises(ResourceExhaustedError, match="of max_disk_usage = 10"):
                await ctx.app.tools.execute(ctx, "save", {"size": 900, "how": how})
            assert how == "open" or (tmp_path / "f").stat().st_size == 300
        assert shown(ctx)["accounts"][f"run/{ctx.scope.run_id}"]["max_disk_usage"] == 900


async def test_output_time_and_depth_are_bounded() -> None:
    limits = {"max_output": 150, "max_execution_time": "50ms"}
    async with open_context(config={"resources": {"tool": limits, "run": {"max_depth": 2}}}) as ctx:
        gate = Gate(ctx)
        with pytest.raises(ToolTimeoutError) as caught:
            await ctx.app.tools.execute(ctx, "gate", {})
        assert caught.value.context["bound"] == 0.05
        gate.opened.set()
        await ctx.app.tools.execute(ctx, "gate", {})
        with pytest.raises(ResourceExhaustedError, match="max_output = 150"):
            await ctx.app.tools.execute(ctx, "gate", {})

        async def again(_given: Any, inner: CallContext) -> object:
            return await inner.call("again", {})

        tool(ctx, "again", again)
        with pytest.raises(LimitReachedError, match="3 calls deep, and max_depth is 2"):
            await ctx.app.tools.execute(ctx, "again", {})


async def test_an_agent_brings_bounds_of_its_own_and_its_deeds_are_kept() -> None:
    config: dict[str, Any] = {"resources": {"activity": {"keep": 3}}}
    async with open_context(config=config) as ctx:
        gate = Gate(ctx)
        gate.opened.set()
        options = {"resources": {"maxOperations": 2, "max_execution_time": 5}}
        settings = await ctx.app.hook_sets.checked(options)
        made = AgentConfig(name="poet", model="test/test", tools=("gate",), settings=settings)
        agent = await ctx.app.agents.create(ctx.run, made)
        with pytest.raises(ResourceExhaustedError, match="agent 'poet' would take 3 of max_operations = 2"):
            await agent.execute("Sing.")
        deeds = shown(ctx)["activity"][ctx.scope.run_id]["poet"]
        assert [(one["operation"], one["outcome"]) for one in deeds][-1] == ("agent_execution", "failed")
        assert len(deeds) == 3
        assert deeds[-1]["error"] == "resource_exhausted"


async def test_an_agent_that_takes_too_long_is_ended() -> None:
    async with open_context() as ctx:
        Gate(ctx)
        settings = await ctx.app.hook_sets.checked({"resources": {"max_execution_time": "50ms"}})
        made = AgentConfig(name="poet", model="test/test", tools=("gate",), settings=settings)
        agent = await ctx.app.agents.create(ctx.run, made)
        with pytest.raises(AgentTimeoutError):
            await agent.execute("Sing.")


@pytest.mark.parametrize(
    ("section", "key"),
    [("run", "max_memory"), ("process", "max_cpu_time"), ("agent", "max_memory"), ("run", "max_execution_time")],
)
async def test_what_nobody_can_keep_is_refused_with_a_sentence(section: str, key: str) -> None:
    with pytest.raises(ConfigError, match=r"\[scripting\]"):
        async with open_context(config={"resources": {section: {key: 1 << 30}}}):
            pass


async def test_an_agents_option_tells_its_faults() -> None:
    async with open_context() as ctx:
        for wrong in ({"max_memory": "512MB"}, {"max_concurrent_tools": 0}, {"teapots": 1}, 5):
            with pytest.raises(ValidationError, match="resources"):
                await ctx.app.hook_sets.checked({"resources": wrong})


async def test_isolated_work_of_a_tool_has_the_memory_it_may_have() -> None:
    config = {"resources": {"tool": {"max_memory": "64MB", "max_processes": 1}}}
    async with open_context(config=config) as ctx:

        async def eat(_given: Any, inner: CallContext) -> object:
            return await inner.isolate("builtins:bytearray", 1 << 30)

        tool(ctx, "eat", eat)
        with pytest.raises(ResourceExhaustedError, match="memory"):
            await ctx.app.tools.execute(ctx, "eat", {})


async def test_a_pipeline_is_bounded_as_one_program_is() -> None:
    bounds = {"resources": {"run": {"max_processes": 1}}}
    async with open_context(config=bounds, grants=["process.exec=echo", "process.exec=cat"]) as ctx:

        async def pipe(_given: Any, inner: CallContext) -> object:
            return (await inner.process.pipe([["echo", "hello"], ["cat"]])).stdout.decode()

        tool(ctx, "pipe", pipe, "process.exec")
        jobs = [ctx.app.tools.execute(ctx, "pipe", {}) for _ in range(3)]
        assert [one.result for one in await asyncio.gather(*jobs)] == ["hello\n"] * 3


RULES = {
    "often": {"count": "calls", "of": "tool", "most": 3, "within": 60.0, "block": 30.0},
    "fails": {"count": "failed", "of": "run", "most": 2, "within": 60.0},
}


async def test_a_broken_rule_blocks_and_says_so_with_its_counts() -> None:
    async with open_context(config={"resources": {"monitor": {"rules": RULES}}}) as ctx:
        heard: list[Any] = []
        ctx.app.events.subscribe("subject_blocked", lambda event: heard.append(dict(event.data)))
        for name in ("a", "b"):
            gate = Gate(ctx, name)
            gate.opened.set()
        for _ in range(3):
            await ctx.app.tools.execute(ctx, "a", {})
        for _ in range(2):
            with pytest.raises(SubjectBlockedError) as caught:
                await ctx.app.tools.execute(ctx, "a", {})
        assert caught.value.context["rule"] == "often"
        assert "4 calls within 60 s, and 3 are allowed" in caught.value.message
        await ctx.app.tools.execute(ctx, "b", {})  # nobody else is blocked
        assert [(one["rule"], one["of"], one["who"], one["count"]) for one in heard] == [("often", "tool", "a", 4)]
        assert shown(ctx)["monitor"]["refused"] == 2


async def test_failures_of_a_run_block_all_of_it() -> None:
    async with open_context(config={"resources": {"monitor": {"rules": RULES}}}) as ctx:

        async def fail(_given: Any, _ctx: CallContext) -> object:
            raise ValueError("no")

        for name in ("x", "y", "z"):
            tool(ctx, name, fail)
        for name in ("x", "y", "z"):
            with pytest.raises(Exception, match="no"):
                await ctx.app.tools.execute(ctx, name, {})
        gate = Gate(ctx)
        gate.opened.set()
        with pytest.raises(SubjectBlockedError, match="'fails'"):
            await ctx.app.tools.execute(ctx, "gate", {})


async def test_memory_stays_flat_beside_many_subjects() -> None:
    config = {"resources": {"monitor": {"subjects": 50}, "activity": {"agents": 5}, "run": {"max_operations": 10**9}}}
    async with open_context(config=config) as ctx:
        for number in range(200):
            gate = Gate(ctx, f"t{number}")
            gate.opened.set()
            await ctx.app.tools.execute(ctx, f"t{number}", {})
        assert shown(ctx)["monitor"]["subjects"] <= 50
