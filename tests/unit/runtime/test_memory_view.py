"""A conversation within its bounds: what is summarised, and what happens when that fails."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.errors import ContextLengthError
from llmspell.model.llm import LlmRequest, Message, ToolCall, ToolResult, message
from llmspell.model.memory import Compaction, MemoryOptions
from llmspell.runtime.app import App
from llmspell.runtime.memory.digest import OPENING, Asker, as_message
from llmspell.runtime.memory.view import View
from llmspell.testing import script_model


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
    assert told.messages == (as_message(OPENING + "They count."), *talk[-3:])
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
    assert told.messages == (as_message(OPENING + "one and two"), *more[-3:])
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
    assert told.messages == (as_message(OPENING + "looked twice"), talk[0], *steps[-4:])
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


@st.composite
def growth(draw: st.DrawFn) -> list[tuple[tuple[Message, ...], int]]:
    """Requests of a run as it goes on: what is known before, a word of the user, then exchanges, each one request."""
    talk = list(turns(draw(st.integers(0, 4)), words=draw(st.integers(1, 20))))
    if draw(st.booleans()):
        talk.insert(draw(st.integers(0, len(talk) - 1)), message("system", "note"))
    current = len(talk) - 1
    requests = [(tuple(talk), current)]
    for step in range(draw(st.integers(0, 6))):
        ids = [f"{step}.{n}" for n in range(draw(st.integers(1, 3)))]
        talk.append(Message(role="assistant", parts=tuple(ToolCall(id=one, name="t") for one in ids)))
        results = tuple(ToolResult(id=one, name="t", content="so " * draw(st.integers(0, 30))) for one in ids)
        talk.append(Message(role="tool", parts=results))
        requests.append((tuple(talk), current))
    return requests


OPTIONS = st.builds(
    MemoryOptions,
    window=st.none() | st.integers(1, 4),
    messages=st.none() | st.integers(1, 8),
    tokens=st.none() | st.integers(150, 600),
    compaction=st.none() | st.builds(Compaction, at=st.sampled_from([0.3, 0.8]), keep=st.integers(1, 6)),
)


@settings(deadline=None, max_examples=60)
@given(requests=growth(), options=OPTIONS, failing=st.booleans())
def test_whatever_is_left_out_or_summarised_calls_stay_with_their_results(requests, options, failing) -> None:
    async def check() -> None:
        async with App.open() as app, app.run("test") as run:
            step = {"error": {"type": "bad_request", "message": "no"}} if failing else {"text": "short"}
            script_model(run, [step] * 20)
            data: dict[str, object] = {}
            asker = Asker(run.context(), app.models.choose(run, "fake", "m"))
            for whole, current in requests:
                try:
                    told = await View(options, data).fit(asker, LlmRequest(model="m", messages=whole), current)
                except ContextLengthError:
                    assert options.tokens is not None
                    return
                calls = {call.id for one in told.messages for call in one.tool_calls}
                results = {part.id for one in told.messages for part in one.parts if isinstance(part, ToolResult)}
                assert calls == results
                assert whole[current] in told.messages
                assert [one for one in whole if one.role == "system"] == [
                    one for one in told.messages if one.role == "system"
                ]
                known = [one for one in told.messages if not one.text.startswith(OPENING)]
                assert [one for one in whole if any(one is other for other in known)] == known
                assert len(told.messages) - len(known) <= 1
                rest = View(options, data).rest(whole, current)
                assert {call.id for one in rest for call in one.tool_calls} == {
                    part.id for one in rest for part in one.parts if isinstance(part, ToolResult)
                }

    asyncio.run(check())
