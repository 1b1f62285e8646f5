"""A hook, an event handler, a tool and a mapping of one language, met by a spell in another, in one run."""

from __future__ import annotations

from contextlib import AsyncExitStack

import pytest

from llmspell.errors import ScriptRuntimeError
from tests.integration.stage import ISOLATIONS, LANGUAGES, Stage

GIVERS = {
    "lua": """
        local heard, ended = {}, false
        Tools.register({
            name = "shout",
            parameters = { text = "string", mark = { type = "string", default = "!" } },
            execute = function(given)
                local length = Tools.calculator:execute({ expression = "n", variables = { n = #given.text } }).value
                return { loud = given.text:upper() .. given.mark, length = length, by = ENGINE }
            end,
        })
        Tools.register({ name = "fail", execute = function()
            error({ type = "network", message = "the line is busy", suggestions = { "wait" }, recoverable = true })
        end })
        Tools.register({ name = "heard", execute = function() return JSON.array(heard) end })
        Hooks.register("before_tool_execution", function(context)
            if context.tool == "calculator" then
                if context.input.expression == "0" then return { refuse = "no zeros" } end
                context.input.expression = Tools.template_processor:execute({
                    template = "({{e}}) * 2", variables = { e = context.input.expression },
                }).text
                return context
            end
        end)
        Hooks.register("after_tool_execution", {
            when = function(context) return context.tool == "text_manipulator" end,
            handler = Hooks.create_transformer(function(output) return { value = "mapped " .. output.value } end),
        })
        Events.subscribe("ping_*", function(event)
            Async.sleep(1)
            heard[#heard + 1] = event.n
        end, { filter = function(event) return event.n > 1 end })
        Events.subscribe("end", function() ended = true end)
        Events.emit("ready")
        Async.yield_until(function() return ended end)
    """,
    "javascript": """
        const heard = [];
        let end;
        const ended = new Promise((resolve) => { end = resolve; });
        await Tools.register({
            name: "shout",
            parameters: { text: "string", mark: { type: "string", default: "!" } },
            async execute({ text, mark }) {
                const { value } = await Tools.calculator.execute({ expression: "n", variables: { n: text.length } });
                return { loud: text.toUpperCase() + mark, length: value, by: ENGINE };
            },
        });
        await Tools.register({ name: "fail", execute() {
            throw new LlmspellError("the line is busy", { type: "network", suggestions: ["wait"], recoverable: true });
        } });
        await Tools.register({ name: "heard", execute: () => heard });
        await Hooks.register("beforeToolExecution", async (context) => {
            if (context.tool !== "calculator") return;
            if (context.input.expression === "0") return { refuse: "no zeros" };
            context.input.expression = (await Tools.templateProcessor.execute({
                template: "({{e}}) * 2", variables: { e: context.input.expression },
            })).text;
            return context;
        });
        await Hooks.register("afterToolExecution", {
            when: (context) => context.tool === "text_manipulator",
            handler: await Hooks.createTransformer((output) => ({ value: `mapped ${output.value}` })),
        });
        await Events.subscribe("ping_*", async (event) => {
            await Async.sleep(1);
            heard.push(event.n);
        }, { filter: (event) => event.n > 1 });
        await Events.subscribe("end", () => end());
        await Events.emit("ready");
        await ended;
    """,
    "python": """
import asyncio
from typing import Annotated

heard, ended = [], asyncio.Event()

@tool
async def shout(text: str, mark: str = "!"):
    length = (await Tools.calculator.execute(expression="n", variables={"n": len(text)})).value
    return {"loud": text.upper() + mark, "length": length, "by": ENGINE}

@tool
def fail():
    raise LlmspellError("the line is busy", type="network", suggestions=["wait"], recoverable=True)

await Tools.register(shout)
await Tools.register(fail)
await Tools.register(name="heard", execute=lambda given: heard)

@Hooks.register("before_tool_execution")
async def guard(context):
    if context.tool == "calculator":
        if context.input.expression == "0":
            return {"refuse": "no zeros"}
        rendered = await Tools.template_processor.execute(
            template="({{e}}) * 2", variables={"e": context.input.expression})
        context.input.expression = rendered.text
        return context

await Hooks.register(
    "after_tool_execution",
    when=lambda context: context.tool == "text_manipulator",
    handler=await Hooks.create_transformer(lambda output: {"value": f"mapped {output.value}"}),
)

@Events.subscribe("ping_*", filter=lambda event: event.n > 1)
async def pinged(event):
    await Async.sleep(1)
    heard.append(event.n)

await Events.subscribe("end", lambda event: ended.set())
await Events.emit("ready")
await ended.wait()
""",
}
"""Spells that register what others meet, then wait for the event `end`."""

TAKERS = {
    "lua": """
        local agent = Agent.new({ name = "taker", tools = { "shout" } })
        local said = agent:chat("go")
        local refused = Tools.calculator:execute({ expression = "0" }, { on_error = "return" }).error
        local _, failed = pcall(function() Tools.fail:execute() end)
        local mapped = Tools.text_manipulator:execute({ text = "a", operations = { "upper" } }).value
        for n = 1, 3 do Events.emit("ping_" .. n, { n = n }) end
        Events.flush()
        return {
            said = said, refused = refused.type, mapped = mapped, heard = Tools.heard:execute().result,
            failed = { failed.type, failed.message, failed.suggestions[1], failed.recoverable },
        }
    """,
    "javascript": """
        const agent = new Agent({ name: "taker", tools: ["shout"] });
        const said = await agent.chat("go");
        const refused = (await Tools.calculator.execute({ expression: "0" }, { onError: "return" })).error;
        const failed = await Tools.fail.execute().catch((error) => error);
        const mapped = (await Tools.textManipulator.execute({ text: "a", operations: ["upper"] })).value;
        for (const n of [1, 2, 3]) await Events.emit(`ping_${n}`, { n });
        await Events.flush();
        return {
            said, refused: refused.type, mapped, heard: (await Tools.heard.execute()).result,
            failed: [failed.type, failed.message, failed.suggestions[0], failed.recoverable],
        };
    """,
    "python": """
agent = await Agent.new(name="taker", tools=["shout"])
said = await agent.chat("go")
refused = (await Tools.calculator.execute({"expression": "0"}, on_error="return")).error
try:
    await Tools.fail.execute()
except LlmspellError as error:
    failed = [error.type, error.message, error.suggestions[0], error.recoverable]
mapped = (await Tools.text_manipulator.execute(text="a", operations=["upper"])).value
for n in 1, 2, 3:
    await Events.emit(f"ping_{n}", n=n)
await Events.flush()
heard = (await Tools.heard.execute()).result
{"said": said, "refused": refused.type, "mapped": mapped, "heard": heard, "failed": failed}
""",
}
"""Spells that know nothing of who registered what they use."""

STEPS = [
    {"tool_calls": [{"name": "shout", "arguments": {"text": "hey"}}]},
    {"text": "{{last.loud}} {{last.length}} {{last.by}}"},
]


@pytest.fixture
async def stack():
    """Close what a test opened, in its own task."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.mark.parametrize("isolation", ISOLATIONS)
@pytest.mark.parametrize("taker", LANGUAGES)
@pytest.mark.parametrize("giver", LANGUAGES)
async def test_what_one_language_gives_another_takes(stack, tmp_path, giver, taker, isolation):
    stage = await Stage(stack, tmp_path, isolation).open(STEPS)
    giving = await stage.begin(giver, GIVERS[giver])
    taken = await stage.play(taker, TAKERS[taker])
    await stage.end(giving)
    assert taken == {
        "said": f"HEY! 6 {giver}",  # the giver's own hook doubled what its tool calculated
        "refused": "refused",
        "mapped": "mapped A",
        "heard": [2, 3],
        "failed": ["network", "the line is busy", "wait", True],
    }


@pytest.mark.parametrize("giver", LANGUAGES)
async def test_a_spell_that_has_ended_is_not_called(stack, tmp_path, giver):
    stage = await Stage(stack, tmp_path).open()
    giving = await stage.begin(giver, GIVERS[giver])
    component = stage.app.catalog.get("tool", "shout", owner=stage.run.id)
    bound = await stage.app.tools.bind(component, run=stage.run)
    await stage.end(giving)
    doubled = await stage.play("lua", 'return Tools.calculator:execute({ expression = "1" }).value')
    assert doubled == 1, "a hook is still there"
    with pytest.raises(ScriptRuntimeError, match="the spell has ended"):
        await bound.run({"text": "hey"}, stage.run.context())
