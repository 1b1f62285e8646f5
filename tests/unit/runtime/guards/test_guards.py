"""Guards of agents: they stop a model in flight, change what they see, and let nothing pass before they have spoken."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from llmspell.errors import (
    GuardrailError,
    ScriptedModelError,
)
from llmspell.model.agent import AgentInput, RunDone
from llmspell.model.approval import Decision
from llmspell.model.guard import Checked, Guard, Guards, Replace, Trip
from llmspell.model.llm import Finish, Media, Message, Reset, Text, TextDelta
from llmspell.model.output import Partial
from llmspell.spec import provider

ASK = {"tool_calls": [{"name": "square", "arguments": {"n": 3}}]}


class Waiting:
    """A model that says something and then waits for ever; it knows whether it was cancelled."""

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.begun = asyncio.Event()
        self.cancelled = False

    async def stream(self, request: object, ctx: object) -> Any:
        try:
            for text in self.texts:
                yield TextDelta(text)
            self.begun.set()
            await asyncio.Event().wait()
        finally:
            self.cancelled = True
        yield Finish("stop")


@pytest.fixture
def waiting(run):
    """Put a model in place that never ends."""

    def make(*texts: str) -> Waiting:
        model = Waiting(*texts)
        run.app.catalog.register(provider("fake", "nowhere:Waiting", "Waits."), model, owner=run.id)
        return model

    return make


async def streamed(agent: Any, text: str = "go") -> list[Any]:
    async with agent.stream(text) as stream:
        return [part async for part in stream]


# -- input -------------------------------------------------------------------------------------------------------------


async def test_an_input_guard_stops_the_model_call_in_flight(waiting, agent):
    model = waiting("I was about to")

    async def secrets(checked: Checked) -> Trip:
        await model.begun.wait()
        return Trip("it names a secret")

    one = await agent(guards=Guards(input=secrets))
    with pytest.raises(
        GuardrailError, match="guard 'secrets' stopped what was said to agent 'tester': it names a secret"
    ) as e:
        await one.execute("the password is x")
    assert model.cancelled
    assert e.value.context == {
        "guard": "secrets", "stage": "input", "agent": "tester", "reason": "it names a secret",
    }  # fmt: skip
    assert one.history == ()


async def test_nothing_is_shown_and_no_tool_runs_before_the_input_guards_have_spoken(model, agent, square):
    model([{**ASK, "text": "I will square it."}, {"text": "9"}])
    shown: list[Any] = []
    asked, go = asyncio.Event(), asyncio.Event()

    async def slow(_: Checked) -> None:
        asked.set()
        await go.wait()

    async def sink(part: object) -> None:
        shown.append(part)

    one = await agent(tools=("square",), guards=Guards(input=slow))
    work = asyncio.ensure_future(one.execute("go", sink=sink))
    await asked.wait()
    for _ in range(50):
        await asyncio.sleep(0)
    assert (shown, square) == ([], [])
    go.set()
    assert (await work).content == "9"
    assert square == [3]
    assert "".join(part.text for part in shown if isinstance(part, TextDelta)) == "I will square it.9"
    assert isinstance(shown[-1], RunDone)


async def test_no_step_is_handed_out_before_the_input_guards_have_spoken(model, agent):
    model([{"text": "hello"}])
    asked, go = asyncio.Event(), asyncio.Event()

    async def slow(_: Checked) -> None:
        asked.set()
        await go.wait()

    async with (await agent(guards=Guards(input=slow))).steps("go") as steps:
        first = asyncio.ensure_future(anext(aiter(steps)))
        await asked.wait()
        for _ in range(50):
            await asyncio.sleep(0)
        assert not first.done()
        go.set()
        assert (await first).message.text == "hello"


async def test_tools_of_a_run_that_is_taken_up_wait_for_the_input_guards(model, agent, square):
    model([ASK, {"text": "9"}])
    one = await agent(tools=("square",), approve=True, guards=Guards(input=lambda _: None))
    paused = await one.execute("go")
    asked, go = asyncio.Event(), asyncio.Event()

    async def slow(_: Checked) -> None:
        asked.set()
        await go.wait()

    other = await agent(tools=("square",), guards=Guards(input=slow))
    decisions = {paused.pending[0].id: Decision(verdict="approve")}
    work = asyncio.ensure_future(other.resume(paused.state, decisions))
    await asked.wait()
    for _ in range(50):
        await asyncio.sleep(0)
    assert square == []
    go.set()
    assert (await work).content == "9"
    assert square == [3]


async def test_an_input_guard_may_be_asked_first(model, agent):
    made = model([{"text": "never"}])
    one = await agent(guards=Guards(input=Guard(check=lambda _: False, name="no", first=True)))
    with pytest.raises(GuardrailError, match="guard 'no' stopped"):
        await one.execute("go")
    assert made.requests == []


async def test_an_input_guard_changes_the_text_for_good(model, agent):
    made = model([lambda request: {"text": f"heard {request.messages[-1].text}"}] * 2)
    guards = Guards(
        input=[
            Guard(check=lambda c: Replace(c.text.replace("4111", "****")), name="cards"),
            Guard(check=lambda c: Replace(c.text + "!") if "****" in c.text else None, name="after", first=False),
        ]
    )
    one = await agent(guards=guards)
    result = await one.execute("card 4111")
    assert result.content == "heard card ****!"
    assert result.metadata["guards"] == [
        {"guard": "cards", "stage": "input", "action": "replaced"},
        {"guard": "after", "stage": "input", "action": "replaced"},
    ]
    assert [message.text for message in one.history] == ["card ****!", "heard card ****!"]
    assert "4111" not in str(made.requests[-1])


async def test_a_model_that_fails_meanwhile_is_not_waited_for(model, agent):
    model([])

    async def never(_: Checked) -> None:
        await asyncio.Event().wait()

    with pytest.raises(ScriptedModelError):
        await (await agent(guards=Guards(input=never))).execute("go")


async def test_a_cancelled_run_ends_its_guards(waiting, agent):
    model = waiting()
    ended: list[bool] = []

    async def long(_: Checked) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)

    work = asyncio.ensure_future((await agent(guards=Guards(input=long))).execute("go"))
    await model.begun.wait()
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert (ended, model.cancelled) == ([True], True)


# -- output ------------------------------------------------------------------------------------------------------------


async def test_an_output_guard_stops_an_answer_and_nothing_of_it_is_shown(model, agent):
    model([{"text": "The key is sk-123, keep it."}])
    one = await agent(guards=Guards(output=lambda c: Trip("a key") if "sk-" in c.text else None))
    shown: list[Any] = []

    async def sink(part: object) -> None:
        shown.append(part)

    with pytest.raises(GuardrailError, match="a key"):
        await one.execute("go", sink=sink)
    assert not any(isinstance(part, TextDelta) for part in shown)
    assert one.history == ()


async def test_an_output_guard_may_look_while_the_answer_is_written(waiting, agent):
    model = waiting("Once upon a time ", "there was", " a key: sk-123")
    seen: list[tuple[str, bool]] = []

    def keys(checked: Checked) -> bool:
        seen.append((checked.text, checked.final))
        return "sk-" not in checked.text

    one = await agent(guards=Guards(output=Guard(check=keys, every=10)))
    with pytest.raises(GuardrailError, match="'keys'"):
        await one.execute("go")
    assert model.cancelled
    assert seen == [("Once upon a time ", False), ("Once upon a time there was a key: sk-123", False)]


async def test_what_guards_let_pass_is_shown_while_the_answer_is_written(waiting, agent):
    model = waiting("Once upon a time ", "there was a king")
    one = await agent(guards=Guards(output=Guard(check=lambda _: None, every=5)))
    async with one.stream("go") as stream:
        parts = aiter(stream)
        shown = [await anext(parts), await anext(parts)]
    assert [part.text for part in shown] == ["Once upon a time ", "there was a king"]
    assert model.cancelled


@pytest.mark.parametrize("every", [None, 4])
async def test_an_output_guard_changes_the_text_for_good(model, agent, every):
    model([{"text": "Call me at 555 1234 or at home."}] * 2)
    hide = Guard(check=lambda c: Replace("Call me at ***.") if "1234" in c.text else None, name="phone", every=every)
    one = await agent(guards=Guards(output=hide))
    result = await one.execute("go")
    assert result.content == "Call me at ***."
    assert result.metadata["guards"] == [{"guard": "phone", "stage": "output", "action": "replaced"}]
    assert one.history[-1].text == "Call me at ***."
    parts = await streamed(one)
    text = ""
    for part in parts:
        text = "" if isinstance(part, Reset) else text + part.text if isinstance(part, TextDelta) else text
    assert text == parts[-1].result.content == "Call me at ***."


@pytest.mark.parametrize("mode", ["native", "tool", "prompted"])
async def test_an_output_guard_sees_a_structured_answer_as_a_whole(model, agent, mode):
    steps = {
        "tool": {"tool_calls": [{"name": "answer", "arguments": {"name": "Ada", "key": "sk-1"}}]},
    }
    step = steps.get(mode, {"text": '{"name": "Ada", "key": "sk-1"}'})
    model([step] * 4)
    seen: list[object] = []

    def keys(checked: Checked) -> object:
        seen.append(checked.data)
        return Replace({"name": "Ada", "key": None})

    kind = {"name": "string", "key": "string?"}
    one = await agent(output=kind, output_mode=mode, guards=Guards(output=keys))
    result = await one.execute("go")
    assert result.data == {"name": "Ada", "key": None}
    assert seen == [{"name": "Ada", "key": "sk-1"}]
    assert "sk-1" not in str(one.history)
    assert result.metadata["guards"] == [{"guard": "keys", "stage": "output", "action": "replaced"}]

    parts = await streamed(one)
    assert "sk-1" not in str(parts)
    told = [part for part in parts if isinstance(part, TextDelta | Partial)]
    assert told == [TextDelta('{"name": "Ada", "key": null}'), Partial({"name": "Ada", "key": None})]

    stopping = await agent(output=kind, output_mode=mode, guards=Guards(output=lambda _: False))
    shown: list[Any] = []

    async def sink(part: object) -> None:
        shown.append(part)

    with pytest.raises(GuardrailError):
        await stopping.execute("go", sink=sink)
    assert not [part for part in shown if isinstance(part, Partial | TextDelta)]
    passing = await agent(output=kind, output_mode=mode, guards=Guards(output=lambda _: True))
    assert [part for part in await streamed(passing) if isinstance(part, Partial)]


async def test_what_replaces_an_answer_leaves_the_calls_beside_it(model, agent, square):
    both = [{"name": "square", "arguments": {"n": 3}}, {"name": "answer", "arguments": {"name": "Ada"}}]
    model([{"tool_calls": both}])
    guards = Guards(output=lambda _: Replace({"name": "***"}))
    one = await agent(tools=("square",), output={"name": "string"}, output_mode="tool", guards=guards)
    result = await one.execute("go")
    assert result.data == {"name": "***"}
    assert [call.arguments for call in result.messages[0].tool_calls] == [{"n": 3}, {"name": "***"}]
    assert square == [3]


async def test_an_input_guard_sees_what_comes_along_and_changes_the_words_alone(model, agent):
    made = model([{"text": "seen"}])
    picture = Media(kind="image", media_type="image/png", data=b"x")
    seen: list[Checked] = []

    def look(checked: Checked) -> Replace:
        seen.append(checked)
        return Replace("a picture")

    one = await agent(guards=Guards(input=Guard(check=look, first=True)))
    await one.execute(AgentInput(message=Message(role="user", parts=(Text(text="my secret"), picture))))
    assert [(checked.text, checked.media) for checked in seen] == [("my secret", (picture,))]
    assert made.requests[0].messages[-1].parts == (Text(text="a picture"), picture)
