"""Streaming equals non-streaming: every exchange of every provider, however it is cut, run by every engine."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from llmspell.model.agent import RunDone
from llmspell.model.llm import Finish, TextDelta, Usage, UsagePart
from llmspell.runtime.agents import AgentConfig
from llmspell.runtime.tools import ScriptTool
from llmspell.spec import provider
from llmspell.testing.provider_cases import ADD, ANSWERS, CASES
from tests.integration.stage import LANGUAGES, Stage
from tests.property.exchanges import Recorded, Replay, contracts, recorded, recut

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

END = (TextDelta("All "), TextDelta("done."), UsagePart(Usage(requests=1, cost=0.25)), Finish("stop"))
FITTING = (TextDelta('{"answer": '), TextDelta('"All done."}'), *END[2:])
SPELLS = {
    "lua": """
        local agent =
            Agent.new({ name = "a", provider = "replay", model = "m", tools = { "add" }, remember = false MORE })
        while Tools.get("case"):execute({}).result do
            local whole = agent:execute("go", { on_error = "return" })
            local text, last, partial = "", nil, nil
            local ok, failure = pcall(function()
                for part in agent:stream("go") do
                    if part.type == "text" then text = text .. part.text end
                    if part.type == "answer" then text = text .. "|" end
                    if part.type == "partial" then partial = part.data end
                    last = part
                end
            end)
            if not ok then last = { success = false, error = { type = failure.type, message = failure.message } } end
            Tools.get("report"):execute({ whole = whole, streamed = last, text = text, partial = partial })
        end
    """,
    "javascript": """
        const agent = new Agent({ name: "a", provider: "replay", model: "m", tools: ["add"], remember: false MORE });
        while ((await Tools.get("case").execute({})).result) {
            const whole = await agent.execute("go", { onError: "return" });
            let text = "", last, partial;
            try {
                for await (const part of agent.stream("go")) {
                    if (part.type === "text") text += part.text;
                    if (part.type === "answer") text += "|";
                    if (part.type === "partial") partial = part.data;
                    last = part;
                }
            } catch (error) {
                last = { success: false, error: { type: error.type, message: error.message } };
            }
            await Tools.get("report").execute({ whole, streamed: last, text, partial });
        }
    """,
    "python": """
agent = await Agent.new(name="a", provider="replay", model="m", tools=["add"], remember=False MORE)
while (await Tools.get("case").execute({}))["result"]:
    whole = await agent.execute("go", {"on_error": "return"})
    text, partial = "", None
    try:
        async for part in agent.stream("go"):
            text += part["text"] if part["type"] == "text" else "|" if part["type"] == "answer" else ""
            partial = part["data"] if part["type"] == "partial" else partial
            last = part
    except Exception as error:
        last = {"success": False, "error": {"type": error.type, "message": error.message}}
    await Tools.get("report").execute({"whole": whole, "streamed": last, "text": text, "partial": partial})
""",
}
SHAPED = {
    "lua": """, output = { answer = "string" }, output_mode = "prompted" """,
    "javascript": """, output: { answer: "string" }, output_mode: "prompted" """,
    "python": """, output={"answer": "string"}, output_mode="prompted" """,
}
GUARDED = {
    "lua": """, guards = {
        input = function(seen) return { replace = seen.text .. "!" } end,
        output = {
            { check = function(seen) end, every = 3 },
            function(seen)
                if seen.data then return { replace = { answer = seen.data.answer:upper() } } end
                return { replace = (seen.text:gsub("e", "3")) }
            end,
        },
        tools = { check = function(seen) return seen.ran and { replace = "seen" } or nil end, when = "result" },
    }""",
    "javascript": """, guards: {
        input: (seen) => ({ replace: seen.text + "!" }),
        output: [
            { check: () => null, every: 3 },
            (seen) => seen.data ? { replace: { answer: seen.data.answer.toUpperCase() } }
                : { replace: seen.text.replaceAll("e", "3") },
        ],
        tools: { check: (seen) => seen.ran ? { replace: "seen" } : null, when: "result" },
    }""",
    "python": """, guards={
    "input": lambda seen: {"replace": seen["text"] + "!"},
    "output": [
        {"check": lambda seen: None, "every": 3},
        lambda seen: {"replace": {"answer": seen["data"]["answer"].upper()}} if seen.get("data")
        else {"replace": seen["text"].replace("e", "3")},
    ],
    "tools": {"check": lambda seen: {"replace": "seen"} if seen["ran"] else None, "when": "result"},
}""",
}
WAYS = {
    "plain": {},
    "shaped": SHAPED,
    "guarded": GUARDED,
    "shaped and guarded": {language: SHAPED[language] + GUARDED[language] for language in LANGUAGES},
}
"""What an agent has besides its tool."""


FEW = settings(
    max_examples=3,
    deadline=None,
    database=None,
    derandomize=True,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
"""Every exchange in every example, so that none is left to chance; only its cuts are drawn."""


def test_every_provider_brings_its_exchanges():
    assert {kind.component for kind in contracts()} >= {"openai", "anthropic", "google", "ollama"}
    assert {one.case for one in recorded()} == set(CASES)
    assert {one.case for one in recorded() if one.error is None} >= set(ANSWERS)


def timeless(value: Any) -> Any:
    """Take out of a result what two runs do not share: how long a tool took."""
    if isinstance(value, dict):
        return {key: timeless(one) for key, one in value.items() if key != "seconds"}
    return [timeless(one) for one in value] if isinstance(value, list) else value


class Played:
    """A spell that runs an agent whole and in parts, once for each case it is given."""

    def __init__(self, stage: Stage, replay: Replay, runner: asyncio.Runner) -> None:
        self.stage = stage
        self.replay = replay
        self.runner = runner
        self.cases: asyncio.Queue[bool] = asyncio.Queue()
        self.reports: asyncio.Queue[Mapping[str, Any]] = asyncio.Queue()

    def offer(self) -> None:
        """Register the tools by which the spell gets cases and reports."""

        async def case(args: Mapping[str, object], ctx: object) -> object:
            return await self.cases.get()

        async def report(args: Mapping[str, object], ctx: object) -> object:
            self.reports.put_nowait(args)
            return True

        for name, handler in (("case", case), ("report", report)):
            tool = ScriptTool(handler, {"type": "object"})
            self.stage.run.app.tools.register(self.stage.run, name, "Test.", tool, category="test")

    def ask(self, task: asyncio.Task[object]) -> Mapping[str, Any]:
        """Run one case."""

        async def asked() -> Mapping[str, Any]:
            self.cases.put_nowait(True)
            told = asyncio.create_task(self.reports.get())
            await asyncio.wait((told, task), return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                told.cancel()
                await task
            return await told

        return self.runner.run(asked())


async def opened(stack: AsyncExitStack, folder: Path) -> tuple[Stage, Replay]:
    stage = await Stage(stack, folder).open()
    replay = Replay(END)
    described = provider("replay", "llmspell.builtin.scripted:ScriptedModel", "Plays an answer.")
    stage.app.catalog.register(described, replay, owner=stage.run.id)

    async def add(args: Mapping[str, Any], ctx: object) -> object:
        return args["a"]

    tool = ScriptTool(add, ADD.schema)
    stage.app.tools.register(stage.run, ADD.name, ADD.description, tool, category="test")
    return stage, replay


@pytest.fixture(params=LANGUAGES)
def played(request: pytest.FixtureRequest, way: str, tmp_path: Path) -> Iterator[Callable[[], Mapping[str, Any]]]:
    """Give a function that has the spell of a language run the case at hand, and the provider that plays it."""
    source = SPELLS[request.param].replace("MORE", WAYS[way].get(request.param, ""))
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        runner.run(stack.__aenter__())
        stage, replay = runner.run(opened(stack, tmp_path))
        spell = Played(stage, replay, runner)
        spell.offer()

        async def begin() -> asyncio.Task[object]:
            return asyncio.create_task(stage.play(request.param, source))

        task = runner.run(begin())

        def ask() -> Mapping[str, Any]:
            return spell.ask(task)

        ask.replay = replay  # type: ignore[attr-defined]  # the case is put into it
        try:
            yield ask
        finally:

            async def end() -> None:
                spell.cases.put_nowait(False)
                await task
                await stack.aclose()

            runner.run(end())


def put(replay: Replay, one: Recorded, pieces: tuple[Any, ...]) -> None:
    replay.whole, replay.pieces, replay.error = one.parts, pieces, one.error


@pytest.fixture
def way() -> str:
    """Name what the agent has besides its tool; tests of other ways say so."""
    return "plain"


@pytest.mark.parametrize("index", range(len(CASES)), ids=list(CASES))
def test_a_script_gets_the_same_whole_and_in_parts(played, index):
    same(played, [one for one in recorded() if one.case == list(CASES)[index]])


@pytest.mark.parametrize("way", ["shaped", "guarded", "shaped and guarded"])
def test_a_script_gets_the_same_with_an_output_and_with_guards(played, way):
    played.replay.last = FITTING if "shaped" in way else END
    ended = same(played, recorded())
    assert {one["success"] for one in ended} == {True, False}
    for one in ended:
        if one["success"] and "shaped" in way:
            assert one["data"] == {"answer": "ALL DONE." if "guarded" in way else "All done."}
        elif one["success"]:
            assert "e" not in one["content"]


def same(played: Any, found: Sequence[Recorded]) -> list[Any]:
    """Run exchanges whole and in parts, see that both end alike, and give how the whole ones ended."""
    ended = []

    @FEW
    @given(st.data())
    def check(chosen: st.DataObject) -> None:
        for one in found:
            put(played.replay, one, chosen.draw(recut(one.parts)))
            told = played()
            whole, streamed = timeless(told["whole"]), timeless(told["streamed"])
            ended.append(whole)
            if whole["success"]:
                assert streamed == {"type": "done", **whole}, one.name
                assert told["text"].replace("|", "").endswith(whole["content"])
                shaped = "output_mode" in whole["metadata"]
                assert told.get("partial") == (whole["data"] if shaped else None), one.name
            else:
                assert streamed["error"]["type"] == whole["error"]["type"], one.name
                assert streamed["error"]["message"] == whole["error"]["message"], one.name

    check()
    return ended


def test_a_program_gets_the_same_whole_in_parts_and_in_steps(tmp_path):
    """The same for the agent itself, with every exchange, and step by step."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        stage, replay = runner.run(opened(stack, tmp_path))

        async def outcome(work: Any) -> Any:
            try:
                result = await work
            except Exception as error:  # noqa: BLE001 - every failure must be the same one
                return type(error), str(error)
            calls = [(r.call, r.outcome, r.result, r.error) for r in result.tool_calls]
            return result.content, result.messages, calls, result.usage, result.finish_reason, result.status

        async def all_ways() -> list[Any]:
            config = AgentConfig(name="a", provider="replay", model="m", tools=(ADD.name,), remember=False)
            agent = await stage.app.agents.create(stage.run, config)

            async def streamed() -> Any:
                async with agent.stream("go") as parts:
                    found = [part async for part in parts]
                assert isinstance(found[-1], RunDone)
                return found[-1].result

            async def stepped() -> Any:
                async with agent.steps("go") as steps:
                    return await steps.result()

            return [await outcome(work) for work in (agent.execute("go"), streamed(), stepped())]

        @FEW
        @given(st.data())
        def check(chosen: st.DataObject) -> None:
            for one in recorded():
                put(replay, one, chosen.draw(recut(one.parts)))
                whole, streamed, stepped = runner.run(all_ways())
                assert streamed == whole == stepped, one.name

        check()
        runner.run(stack.aclose())
