"""A conversation within its bounds: what is summarised, and what happens when that fails."""

from __future__ import annotations

import asyncio

import pytest

from llmspell.errors import ContextLengthError
from llmspell.model.llm import LlmRequest, Message, ToolCall, ToolResult, message
from llmspell.model.memory import Compaction, MemoryOptions
from llmspell.runtime.memory.digest import OPENING, Asker
from llmspell.runtime.memory.view import View


def turns(count: int, words: int = 30) -> tuple[Message, ...]:
    pairs = [
        (message("user", f"question {n} " + "so " * words), message("assistant", f"answer {n} " + "yes " * words))
        for n in range(count)
    ]
    return (*(one for pair in pairs for one in pair), message("user", "and now?"))


@pytest.fixture
def fit(run):
    """Fit a conversation, whose last message is being answered."""

    async def fitted(view: View, messages: tuple[Message, ...], current: int | None = None, system: str = ""):
        asker = Asker(run.context(), run.app.models.choose(run, "fake", "m"))
        request = LlmRequest(model="m", messages=messages, system=system)
        return await view.fit(asker, request, len(messages) - 1 if current is None else current)

    return fitted


async def test_without_bounds_all_is_told(fit, model) -> None:
    model([])
    talk = turns(3)
    assert (await fit(View(MemoryOptions(), {}), talk)).messages == talk


async def test_a_window_of_turns(fit, model) -> None:
    model([])
    talk = turns(3)
    assert (await fit(View(MemoryOptions(window=2), {}), talk)).messages == talk[-3:]


async def test_the_system_prompt_counts(fit, model) -> None:
    model([])
    talk = turns(3)
    view = View(MemoryOptions(tokens=200), {})
    assert (await fit(view, talk)).messages == talk[-5:]
    assert (await fit(view, talk, system="be kind " * 40)).messages == talk[-3:]


async def test_what_can_never_fit_is_an_error(fit, model) -> None:
    model([])
    with pytest.raises(ContextLengthError, match="take about") as caught:
        await fit(View(MemoryOptions(tokens=20), {}), (message("user", "so " * 100),))
    assert caught.value.suggestions[0] == "raise memory.tokens"


async def test_the_older_part_becomes_a_summary(fit, model) -> None:
    made = model([{"text": "They count."}])
    talk = turns(6)
    data: dict[str, object] = {}
    view = View(MemoryOptions(tokens=400, compaction=Compaction(keep=3)), data)
    told = await fit(view, talk)
    assert told.messages == (message("user", OPENING + "They count."), *talk[-3:])
    assert told.usage.requests == 1
    assert told.notes == ()
    assert data == {"summary": OPENING + "They count.", "covered": 10, "summaries": 1}
    asked = made.requests[0]
    assert "question 0" in asked.messages[0].text
    assert "question 5" not in asked.messages[0].text
    assert asked.tools == ()
    assert asked.max_tokens == 1024
    assert view.rest(talk, 12) == talk[10:]


async def test_a_summary_holds_until_there_is_too_much_again(fit, model) -> None:
    made = model([{"text": "one"}, {"text": "one and two"}])
    view = View(MemoryOptions(tokens=400, compaction=Compaction(keep=3)), {})
    talk = turns(6)
    await fit(view, talk)
    again = (*talk, message("assistant", "well"), message("user", "go on"))
    told = await fit(view, again)
    assert told.messages[0].text == OPENING + "one"
    assert told.usage.requests == 0
    more = (*again, *turns(6))
    told = await fit(view, more)
    assert told.messages == (message("user", OPENING + "one and two"), *more[-3:])
    assert OPENING + "one" in made.requests[1].messages[0].text
    made.assert_exhausted()


async def test_the_state_goes_on_in_another_view(fit, model) -> None:
    model([{"text": "one"}])
    options = MemoryOptions(tokens=400, compaction=Compaction(keep=3))
    data: dict[str, object] = {}
    talk = turns(6)
    first = await fit(View(options, data), talk)
    assert (await fit(View(options, dict(data)), talk)).messages == first.messages


async def test_a_long_turn_is_summarised_while_it_goes_on(fit, model) -> None:
    model([{"text": "looked twice"}])
    steps = []
    for n in range(4):
        steps += [
            Message(role="assistant", parts=(ToolCall(id=f"c{n}", name="look", arguments={"n": n}),)),
            Message(role="tool", parts=(ToolResult(id=f"c{n}", name="look", content="found " * 40),)),
        ]
    talk = (message("user", "look around"), *steps)
    view = View(MemoryOptions(tokens=250, compaction=Compaction(keep=4)), {})
    told = await fit(view, talk, current=0)
    assert told.messages == (message("user", OPENING + "looked twice"), talk[0], *steps[-4:])
    assert view.rest(talk, 0) == (talk[0], *steps[-4:])
    told = await fit(view, talk, current=0)
    assert told.messages[1:] == (talk[0], *steps[-4:])


@pytest.mark.parametrize(
    ("step", "type_", "says"),
    [
        ({"error": {"type": "bad_request", "message": "no such thing"}}, "bad_request", "no such"),
        ({"text": " "}, "provider", "no summary"),
        ({"text": "and so on " * 500}, "limit_reached", "did not come to an end"),
        ({"tool_calls": [{"name": "x", "arguments": {}}]}, "provider", "no summary"),
    ],
)
async def test_a_summariser_that_fails_loses_nothing(fit, model, step, type_, says) -> None:
    made = model([step])
    talk = turns(6)
    view = View(MemoryOptions(tokens=400, compaction=Compaction(keep=3, max_tokens=200)), {})
    told = await fit(view, talk)
    assert told.messages == talk[-11:]
    (note,) = told.notes
    assert note["action"] == "left_out"
    assert note["error"]["type"] == type_
    assert says in note["error"]["message"]
    assert view.rest(talk, 12) == talk
    assert (await fit(view, talk)).messages == told.messages  # and it is not asked again in this run
    assert len(made.requests) == 1


async def test_a_summariser_that_hangs_is_left(fit, model, run) -> None:
    class Hanging:
        async def stream(self, request, ctx):
            await asyncio.Event().wait()
            yield None

    from llmspell.spec import provider

    run.app.catalog.register(provider("hanging", "x:y", "Never answers."), Hanging(), owner=run.id)
    model([])
    options = Compaction(keep=3, provider="hanging", model="m", seconds=0.01)
    told = await fit(View(MemoryOptions(tokens=400, compaction=options), {}), turns(6))
    assert told.notes[0]["error"]["type"] == "limit_reached"
    assert "0.01 s" in told.notes[0]["error"]["message"]


async def test_a_summariser_has_a_bounded_number_of_tries(fit, model) -> None:
    made = model([{"text": "x"}] * 2)
    view = View(MemoryOptions(messages=4, compaction=Compaction(at=0.5, keep=1, times=2)), {})
    talk = turns(2)
    for _ in range(4):
        await fit(view, talk)
        talk = (*talk, *turns(2))
    assert len(made.requests) == 2


async def test_the_summary_is_an_operation_with_a_purpose(fit, model, run) -> None:
    seen = []

    async def watch(call):
        seen.append((call.operation, call.metadata.get("purpose")))

    run.scope.hooks.register("before_llm_call", watch)
    model([{"text": "short"}])
    await fit(View(MemoryOptions(tokens=400, compaction=Compaction(keep=3)), {}), turns(6))
    assert seen == [("llm_call", "compaction")]
