"""Spells that type-check, and one line each that does not."""

from __future__ import annotations

TYPESCRIPT = """\
import { Agent, Async, CalculatorTool, Events, Hooks, LlmspellError, Storage, Tools } from "llmspell";
import Part, { beforeEach, mockTool, test } from "llmspell/testing";
import A from "llmspell/agent";
import { agent as lower, errorhandler } from "llmspell";
test("t", async (t) => t.assertLength(await (await mockTool("calculator", 1)).calls(), 0));
beforeEach(() => Part.scriptModel([{ text: "x" }]));
console.log(A === lower, errorhandler.parse("x").type);
const agent = new Agent({ name: "ada", systemPrompt: "Be brief.", timeout: "5m", tools: [Tools.webSearch] });
const answers = await Async.all([() => agent.chat("one"), () => Async.timeout(() => agent.chat("two"), 5000)]);
console.log(answers[0].length, answers[1].toUpperCase(), agent.name);
const sum = await new CalculatorTool({ precision: 30 }).execute({ expression: "1" });
sum.success;
for await (const part of agent.stream("hi")) print(part.type);
const own: string = await Tools.get("calculator").getName();
await Hooks.register("before_tool_execution", (context) => ({ refuse: context.subject }));
await Hooks.register("before_tool_execution", { priority: 4, handler: (context) => context, when: { a: 1 } });
await Events.subscribe("tool_*", (event) => print(event.data), { priority: 3 });
await Events.emit({ type: "x" });
class Greeter extends Tools.BaseTool {
  constructor() { super({ name: "greet" }); }
  async execute(input: any) { return { greeting: input.name }; }
}
try {
  await agent.execute({ prompt: "x", foo: 1 });
} catch (error) {
  if (error instanceof LlmspellError) error.suggestions.join();
}
const named = await Async.all({ a: () => 1, b: Promise.resolve("x") });
named.a.toFixed(named.b.length);
const count: number = await Storage.increment("runs");
export default { own, count, Greeter, text: JSON.encode(params, { pretty: true }) };
"""
JAVASCRIPT = """\
const { Agent } = require("llmspell");
const { suite } = require("llmspell.testing");
const { ErrorHandler } = require("@rs/llmspell");
require("llmspell/error_handler").parse(1).suggestions.join(ErrorHandler.parse(2).type);
suite("s", (s) => { s.test("t", (t) => { t.assertEquals(1, 1); }); });
const ada = new Agent({ name: "ada" });
ada.chat("x").then((text) => print(text.length));
log.info("x");
log("info", "y");
Tools.list().then((found) => found[0].name.length);
"""
BAD_JAVASCRIPT = (
    'require("llmspell.agent").create({ nam: "x" });',
    'require("llmspell/testing").sute("x");',
    'new (require("rs-llmspell").Agent)({ temperature: "hot" });',
    "Async.timeout(() => 1);",
)
BAD_TYPESCRIPT = (
    'new Agent({ nam: "x" });',
    'const n: number = await Agent.get("x").chat("y");',
    'Events.subscribe("x", 5);',
    'new Tool({ name: "x" });',
    'Hooks.registr("x", () => 1);',
    'new Agent({ temperature: "hot" });',
    'new Agent({ tools: "calculator" });',
    "new Agent({ limits: { steps: 3 } });",
    'import { sute } from "llmspell/testing";',
    'import { agents } from "llmspell";',
    'Testing.test("x", (t) => t.assertAlike(1, 1));',
    'Storage.set(1, "x");',
    "JSON.encode({}, { prety: true });",
    'const r: string = require("llmspell/agent");',
)
PYTHON = '''\
import asyncio
from typing import Annotated, Any

from llmspell import Agent, Async, CalculatorTool, Events, Hooks, LlmspellError, Storage, Tools, tool


@Hooks.register("before_tool_execution", priority=600)
def guard(context: Any) -> Any:
    return {"refuse": "this spell only reads"} if context.tool == "file_writer" else None


@Events.subscribe("tool_execution_completed")
async def completed(event: Any) -> None:
    print("done:", event.data.subject)


@tool
async def shout(text: Annotated[str, "what to say"], times: int = 1) -> Any:
    """Say something loudly."""
    return {"loud": text.upper() * times}


async def main() -> None:
    agent = await Agent.new(name="ada", tools=[shout, Tools.calculator, "x"], timeout="5m")
    one, other = await asyncio.gather(agent.chat("q"), asyncio.wait_for(agent.chat("r"), timeout=5))
    print(one.upper(), other.upper(), agent.name.upper())
    result = await Tools.calculator.execute(expression="6*7")
    print(result.result, (await CalculatorTool(precision=3).execute({"x": 1})).success)
    async with agent.stream("...") as parts:
        async for part in parts:
            print(part.type)
    try:
        await agent.execute(input="hi", foo=3)
    except LlmspellError as error:
        print(error.suggestions)
    await Storage.get("k", default=0)
    await Hooks.register("x", guard, priority=6)
    await Events.emit(type="x")
    second = Agent({"name": "x"})
    await second.chat("x", on_error="return")
    await Async.timeout(second.chat("x"), 500)
    task = asyncio.create_task(second.chat("x"))
    print(await task)
    await Async.yield_()
'''
PYTHON_MODULES = """\
import llmspell.agent
from llmspell import agent, async_, error_handler, log, tools
from llmspell.agent import Agent, create
from llmspell.errorhandler import parse
from llmspell.log import info
from llmspell.testing import Testing, assert_, mock_tool, suite, test
from llmspell.tools import calculator, list


@suite("s")
async def made(s: object) -> None:
    await test("t", print)


async def main() -> None:
    ada = await create(name="ada")
    bob = await (agent.create(name="bob") if ada.name else llmspell.agent.Agent.new(name="carl"))
    print((await bob.chat("x")).upper(), (await Agent.get("ada")).name, parse("x").type, error_handler.parse("y"))
    assert_.equals((await list())[0].name, (await tools.list())[0].name)
    await (await mock_tool("calculator", 1)).remove()
    await calculator.execute(expression="1")
    await async_.all([async_.sleep(1)])
    await Testing.run_all()
    info("x")
    log.info("y")
"""
PYTHON_HEAD = """\
import llmspell.agent
from llmspell import Agent, Events, Hooks, Storage, Tool, agent, testing
from llmspell.testing import assert_
async def main() -> None:
"""
BAD_PYTHON = (
    'Agent.new(nam="x")',
    '(await Agent.new()).chat("x").nothing',
    'Events.subscribe("x", 5)',
    'Tool.new(name="x")',
    'Hooks.registr("x")',
    'Agent.new(temperature="hot")',
    'Agent.new({"nam": "x"})',
    'Agent.new(limits={"steps": 3})',
    'agent.new(nam="x")',
    "llmspell.agent.nothing",
    'testing.sute("x")',
    "assert_.alike(1, 1)",
    'Storage.set(1, "x")',
    "from llmspell.testing import sute",
)
LUA = """\
local agent = Agent.new{ name = "ada", system_prompt = "Be brief.", tools = { Tools.web_search, "calculator" } }
local answers = Async.all{ function() return agent:chat("one") end, function() return agent:chat("two") end }
print(answers[1], agent.name)
for part in agent:stream("hi") do
  print(part.type)
end
Hooks.register("before_tool_execution", function(context) return { refuse = context.subject } end)
Events.subscribe("tool_*", function(event) log.info(event.name, event.data) end, { priority = 3 })
local calculator = CalculatorTool.new{ precision = 30 }
print(calculator:execute({ expression = "1" }).success)
"""
