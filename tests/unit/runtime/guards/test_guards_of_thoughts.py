"""Guards see what a model thought; what stands in the place of a structured answer is judged like the answer."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from llmspell.errors import GuardrailError, OutputMismatchError
from llmspell.model.agent import AgentResult
from llmspell.model.decision import Answer
from llmspell.model.guard import Checked, Guard, Guards, Replace, Trip
from llmspell.model.llm import Finish, ReasoningDelta, TextDelta
from llmspell.spec import provider


async def streamed(agent: Any) -> list[Any]:
    async with agent.stream("go") as stream:
        return [part async for part in stream]


# -- what the model thought --------------------------------------------------------------------------------------------


class Thinking:
    """A model that thinks in pieces before it answers."""

    def __init__(self, thoughts: tuple[str, ...], text: str) -> None:
        self.thoughts = thoughts
        self.text = text

    async def stream(self, request: object, ctx: object) -> Any:
        for thought in self.thoughts:
            yield ReasoningDelta(thought)
        if self.text:
            yield TextDelta(self.text)
        yield Finish("stop")


@pytest.fixture
def thinking(run):
    """Put such a model in place."""

    def make(*thoughts: str, text: str = "done") -> None:
        model = Thinking(thoughts, text)
        run.app.catalog.register(provider("fake", "nowhere:Thinking", "Thinks."), model, owner=run.id)

    return make


@pytest.mark.parametrize("every", [None, 3])
@pytest.mark.parametrize("text", ["done", ""])
async def test_a_guard_sees_what_the_model_thought_before_anybody_does(thinking, agent, text, every):
    thinking("the key ", "is sk-1", text=text)
    guard = Guard(check=lambda checked: Trip("a key") if "sk-" in checked.reasoning else None, every=every)
    shown: list[object] = []

    async def sink(part: object) -> None:
        shown.append(part)

    with pytest.raises(GuardrailError, match="a key"):
        await (await agent(guards=Guards(output=guard))).execute("go", sink=sink)
    assert "sk-1" not in str(shown)


@pytest.mark.parametrize(("new", "seen"), [("hidden", "hidden"), ("", ""), (None, "my key is sk-1")])
async def test_a_guard_puts_something_in_the_place_of_what_was_thought(thinking, agent, new, seen):
    thinking("my key ", "is sk-1", text="It is sk-1.")
    second: list[str] = []

    def last(checked: Checked) -> None:
        second.append(checked.reasoning)

    one = await agent(guards=Guards(output=[lambda checked: Replace(checked.text.replace("sk-1", "***"), new), last]))
    parts = await streamed(one)
    result = parts[-1].result
    assert (result.content, result.reasoning, second) == ("It is ***.", seen, [seen])
    assert "".join(part.text for part in parts if isinstance(part, ReasoningDelta)) == seen
    assert [part.text for part in parts if isinstance(part, TextDelta)] == ["It is ***."]


async def test_a_guard_of_a_structured_answer_sees_what_was_thought(thinking, agent):
    thinking("is it sk-1?", text='{"n": 1}')
    guards = Guards(output=lambda checked: Replace(checked.data, "") if "sk-" in checked.reasoning else None)
    result = await (await agent(output={"n": "integer"}, output_mode="prompted", guards=guards)).execute("go")
    assert (result.data, result.reasoning) == ({"n": 1}, "")


# -- what stands in the place of a structured answer -------------------------------------------------------------------


@attrs.frozen
class Person:
    name: str
    age: int = 7


async def test_what_replaces_a_structured_answer_is_judged_and_built_as_the_answer_is(model, agent):
    model([{"text": '{"name": "Ada", "age": 36}'}])
    guards = Guards(output=lambda checked: Replace({"name": checked.data["name"] + "!"}))
    result = await (await agent(output=Person, output_mode="prompted", guards=guards)).execute("go")
    assert (result.data, result.content) == (Person("Ada!"), '{"name": "Ada!", "age": 7}')


async def test_what_does_not_fit_is_an_error_whoever_put_it_there(run, model, agent):
    model([{"text": '{"name": "Ada"}'}] * 2)
    guarded = await agent(output=Person, output_mode="prompted", guards=Guards(output=lambda _: Replace({"age": 1})))
    with pytest.raises(
        OutputMismatchError, match=r"what a hook or guard put in the place of the answer .* name"
    ) as caught:
        await guarded.execute("go")
    assert caught.value.context["faults"]
    assert guarded.history == ()
    hooked = await agent(output=Person, output_mode="prompted")
    hooked.hooks.register("after_agent_execution", lambda result: Answer(attrs.evolve(result, data="Ada", content="x")))
    with pytest.raises(OutputMismatchError):
        await hooked.execute("go")


async def test_what_a_hook_answers_without_a_model_is_judged_too(agent):
    one = await agent(output=Person, output_mode="prompted")
    given = AgentResult(content='{"name": "Ada"}', messages=())
    one.hooks.register("before_agent_execution", lambda: Answer(given))
    assert (await one.execute("go")).data == Person("Ada")
