"""Functions of a script that are called while the script waits: again, at once, out of order, too long, too often."""

from __future__ import annotations

import textwrap
from contextlib import AsyncExitStack

import pytest

from tests.integration.stage import ENDINGS, ISOLATIONS, LANGUAGES, Stage

SAME_AGENT = {
    "lua": """
        local agent, depth = nil, 0
        local again = Tool.new({ name = "again", execute = function()
            depth = depth + 1
            return { said = depth < 3 and agent:chat("level " .. depth) or "bottom" }
        end })
        agent = Agent.new({ name = "digger", tools = { again } })
        return { agent:chat("level 0"), depth, #agent:history() }
    """,
    "javascript": """
        let depth = 0;
        const again = new Tool({ name: "again", async execute() {
            depth += 1;
            return { said: depth < 3 ? await agent.chat(`level ${depth}`) : "bottom" };
        } });
        const agent = new Agent({ name: "digger", tools: [again] });
        return [await agent.chat("level 0"), depth, (await agent.history()).length];
    """,
    "python": """
        depth = 0
        @tool
        async def again():
            global depth
            depth += 1
            return {"said": await agent.chat(f"level {depth}") if depth < 3 else "bottom"}
        agent = await Agent.new(name="digger", tools=[again])
        [await agent.chat("level 0"), depth, len(await agent.history())]
    """,
}

HOOK = {
    "lua": """
        local seen = {}
        Hooks.register("before_tool_execution", function(context)
            if context.tool ~= "calculator" then return end
            local text = Tools.text_manipulator:execute({ text = context.input.expression, operations = { "trim" } })
            seen[#seen + 1] = text.value
            context.input.expression = text.value .. " + 1"
            return context
        end)
        local job = function() return Tools.calculator:execute({ expression = " 2 " }).value end
        local values = Async.all({ job, job, job })
        return { values, seen }
    """,
    "javascript": """
        const seen = [];
        await Hooks.register("beforeToolExecution", async (context) => {
            if (context.tool !== "calculator") return;
            const operations = ["trim"];
            const text = await Tools.textManipulator.execute({ text: context.input.expression, operations });
            seen.push(text.value);
            context.input.expression = `${text.value} + 1`;
            return context;
        });
        const job = async () => (await Tools.calculator.execute({ expression: " 2 " })).value;
        return [await Promise.all([job(), job(), job()]), seen];
    """,
    "python": """
        import asyncio
        seen = []
        @Hooks.register("before_tool_execution")
        async def trimmed(context):
            if context.tool != "calculator":
                return
            text = await Tools.text_manipulator.execute(text=context.input.expression, operations=["trim"])
            seen.append(text.value)
            context.input.expression = text.value + " + 1"
            return context
        async def job():
            return (await Tools.calculator.execute(expression=" 2 ")).value
        [await asyncio.gather(job(), job(), job()), seen]
    """,
}

REVERSE = {
    "lua": """
        local order, turn = {}, 4
        local waits = Tool.new({ name = "waits", parameters = { n = "integer" }, execute = function(given)
            order[#order + 1] = "begin " .. given.n
            Async.yield_until(function() return turn == given.n + 1 end)
            turn = given.n
            order[#order + 1] = "end " .. given.n
            return given.n
        end })
        local jobs = {}
        for n = 1, 3 do jobs[n] = function() return waits:execute({ n = n }).result end end
        return { Async.all(jobs), order }
    """,
    "javascript": """
        const order = [];
        let turn = 4;
        const waits = new Tool({ name: "waits", parameters: { n: "integer" }, async execute({ n }) {
            order.push(`begin ${n}`);
            await Async.yieldUntil(() => turn === n + 1);
            turn = n;
            order.push(`end ${n}`);
            return n;
        } });
        return [(await Promise.all([1, 2, 3].map((n) => waits.execute({ n })))).map((one) => one.result), order];
    """,
    "python": """
        import asyncio
        order, turn = [], 4
        @tool
        async def waits(n: int):
            global turn
            order.append(f"begin {n}")
            await Async.yield_until(lambda: turn == n + 1)
            turn = n
            order.append(f"end {n}")
            return n
        [[one.result for one in await asyncio.gather(*(waits.execute(n=n) for n in (1, 2, 3)))], order]
    """,
}

STORM = {
    "lua": """
        local calls, events, jobs = 0, 0, {}
        local count = Tool.new({ name = "count", execute = function() calls = calls + 1; return calls end })
        Events.subscribe("drop", function() events = events + 1 end)
        for n = 1, 1000 do
            jobs[n] = function() return count:execute().result end
        end
        local results = Async.all(jobs)
        for n = 1, 1000 do Events.emit("drop", { n = n }) end
        Events.flush()
        local sum = 0
        for _, n in ipairs(results) do sum = sum + n end
        return { calls, sum, events }
    """,
    "javascript": """
        let calls = 0, events = 0;
        const count = new Tool({ name: "count", execute: () => (calls += 1) });
        await Events.subscribe("drop", () => { events += 1; });
        const results = await Promise.all(Array.from({ length: 1000 }, () => count.execute()));
        for (let n = 1; n <= 1000; n += 1) await Events.emit("drop", { n });
        await Events.flush();
        return [calls, results.reduce((sum, one) => sum + one.result, 0), events];
    """,
    "python": """
        import asyncio
        calls = events = 0
        @tool
        def count():
            global calls
            calls += 1
            return calls
        @Events.subscribe("drop")
        def dropped(event):
            global events
            events += 1
        results = await asyncio.gather(*(count.execute() for _ in range(1000)))
        for n in range(1000):
            await Events.emit("drop", n=n)
        await Events.flush()
        [calls, sum(one.result for one in results), events]
    """,
}

NEVER = {
    "lua": """
        local stuck = Tool.new({ name = "stuck", timeout = "50ms", execute = function() Async.sleep("1h") end })
        Hooks.register("before_llm_call", { timeout = "50ms", handler = function() Async.sleep("1h") end })
        local found = {}
        local function try(job)
            local ok, problem = pcall(job)
            found[#found + 1] = { ok, problem.type }
        end
        try(function() stuck:execute() end)
        try(function() Agent.new({ name = "a" }):chat("go") end)
        return { found, Tools.calculator:execute({ expression = "6 * 7" }).value }
    """,
    "javascript": """
        const stuck = new Tool({ name: "stuck", timeout: "50ms", execute: () => new Promise(() => {}) });
        await Hooks.register("beforeLlmCall", { timeout: "50ms", handler: () => new Promise(() => {}) });
        const found = [];
        for (const job of [() => stuck.execute(), () => new Agent({ name: "a" }).chat("go")]) {
            await job().catch((problem) => found.push([false, problem.type]));
        }
        return [found, (await Tools.calculator.execute({ expression: "6 * 7" })).value];
    """,
    "python": """
        import asyncio
        async def forever(given=None):
            await asyncio.Event().wait()
        stuck = Tool.new(name="stuck", timeout="50ms", execute=forever)
        await Hooks.register("before_llm_call", timeout="50ms", handler=forever)
        found = []
        for job in (stuck.execute, lambda: Agent.new(name="a").chat("go")):
            try:
                await job()
            except LlmspellError as problem:
                found.append([False, problem.type])
        [found, (await Tools.calculator.execute(expression="6 * 7")).value]
    """,
}

RAISES = {
    "lua": """
        Events.subscribe("ping", function() error("in the handler") end)
        local heard = false
        Events.subscribe("ping", function() heard = true end)
        Events.emit("ping")
        Events.flush()
        local bad = Tool.new({ name = "bad", execute = function()
            local t = nil
            return t.x
        end })
        local _, problem = pcall(bad.execute, bad)
        return { heard, problem.type, problem.where }
    """,
    "javascript": """
        await Events.subscribe("ping", () => { throw new Error("in the handler"); });
        let heard = false;
        await Events.subscribe("ping", () => { heard = true; });
        await Events.emit("ping");
        await Events.flush();
        const bad = new Tool({ name: "bad", execute() {
            const t = null;
            return t.x;
        } });
        const problem = await bad.execute().catch((error) => error);
        return [heard, problem.type, problem.where];
    """,
    "python": """
        @Events.subscribe("ping")
        def fails(event):
            raise ValueError("in the handler")
        heard = False
        @Events.subscribe("ping")
        def hears(event):
            global heard
            heard = True
        await Events.emit("ping")
        await Events.flush()
        @tool
        def bad():
            t = None
            return t.x
        try:
            await bad.execute()
        except LlmspellError as problem:
            found = problem
        [heard, found.type, found.where]
    """,
}


@pytest.fixture(params=ISOLATIONS)
async def stage(request, tmp_path):
    """Open a stage whose model calls the tool `again` once, then tells what it said."""
    steps = [{"tool_calls": [{"name": "again", "arguments": {}}]}, {"text": "({{last.said}})"}]
    async with AsyncExitStack() as stack:
        yield await Stage(stack, tmp_path, request.param).open(steps)


@pytest.fixture(params=LANGUAGES)
def play(request, stage):
    """Give a function that plays the source of one language."""
    return lambda sources: stage.play(request.param, textwrap.dedent(sources[request.param]))


async def test_an_agent_s_tool_asks_the_same_agent(play):
    assert await play(SAME_AGENT) == ["(((bottom)))", 3, 12]


async def test_a_hook_calls_tools_while_calls_of_its_script_wait(play):
    assert await play(HOOK) == [[3, 3, 3], ["2", "2", "2"]]


async def test_functions_that_wait_for_each_other_finish_in_reverse(play):
    values, order = await play(REVERSE)
    assert values == [1, 2, 3]
    assert order == ["begin 1", "begin 2", "begin 3", "end 3", "end 2", "end 1"]


async def test_a_storm_of_functions(play):
    assert await play(STORM) == [1000, 500_500, 1000]


async def test_a_function_that_never_returns_is_given_up(play):
    found, after = await play(NEVER)
    assert found == [[False, "timeout"], [False, "hook_timeout"]]
    assert after == 42


async def test_a_function_that_raises_tells_where(play):
    heard, kind, where = await play(RAISES)
    assert (heard, kind) == (True, "runtime")
    name, _, line = where.partition(":")
    language = next(one for one in LANGUAGES if name == f"spell{ENDINGS[one]}")
    assert textwrap.dedent(RAISES[language]).splitlines()[int(line) - 1].strip().rstrip(";") == "return t.x"
