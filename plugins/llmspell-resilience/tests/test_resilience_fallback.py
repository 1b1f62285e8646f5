from __future__ import annotations

from typing import Any, cast

import pytest

from llmspell.errors import (
    AuthenticationError,
    BadRequestError,
    ComponentNotFoundError,
    OverloadedError,
    StreamInterruptedError,
    ValidationError,
)
from llmspell.model.agent import AgentInput
from llmspell.model.llm import Message, Reasoning, Reset, Text, TextDelta, message

CHAIN: dict[str, Any] = {"chain": ["second/big", "third/small"]}
ONCE = {"attempts": 0}


def down(*_):
    raise OverloadedError("down")


async def test_the_next_model_answers_when_one_is_down(world) -> None:
    async with world(fallback=CHAIN, retry=ONCE) as here:
        here.service(down)
        here.service(down, name="second")
        third = here.service(lambda *_: {"text": "from the third"}, name="third")
        assert await here.passing((await here.agent()).chat("hello")) == "from the third"
        assert third.requests[0].model == "small"
        assert [(one["from"], one["to"]) for one in here.told("fallback_used")] == [
            ("fake/m", "second/big"),
            ("second/big", "third/small"),
        ]


async def test_each_model_is_retried_before_the_next_is_asked(world) -> None:
    async with world(fallback={"chain": ["second/big"]}, retry={"attempts": 2}) as here:
        first = here.service(down)
        here.service(lambda *_: {"text": "yes"}, name="second")
        assert await here.passing((await here.agent()).chat("hello")) == "yes"
        assert len(first.requests) == 3


async def test_an_open_circuit_leads_to_the_next_model_at_once(world) -> None:
    async with world(fallback={"chain": ["second/big"]}, retry=ONCE, breaker={"failure_threshold": 1}) as here:
        first = here.service(down)
        here.service(lambda *_: {"text": "yes"}, name="second")
        agent = await here.agent()
        for _ in range(3):
            assert await here.passing(agent.chat("hello")) == "yes"
        assert len(first.requests) == 1


@pytest.mark.parametrize("kind", [BadRequestError, AuthenticationError])
async def test_an_error_that_another_model_has_too_is_told(world, kind) -> None:
    async with world(fallback=CHAIN) as here:

        def answer(*_):
            raise kind("no")

        here.service(answer)
        second = here.service(lambda *_: {}, name="second")
        with pytest.raises(kind):
            await here.passing((await here.agent()).chat("hello"))
        assert second.requests == []


async def test_the_last_error_tells_what_was_tried(world) -> None:
    async with world(fallback=CHAIN, retry=ONCE) as here:
        for name in ("fake", "second", "third"):
            here.service(down, name=name)
        with pytest.raises(OverloadedError) as caught:
            await here.passing((await here.agent()).chat("hello"))
        assert [one["model"] for one in cast("list[dict[str, str]]", caught.value.context["tried"])] == [
            "fake/m",
            "second/big",
        ]


async def listen(agent: Any, shown: list[object]) -> None:
    async with agent.stream("hello") as parts:
        async for part in parts:
            shown.append(part)  # noqa: PERF401 - what came before an error counts


def cut(*_):
    return {"text": "half an answer", "fails": StreamInterruptedError("cut")}


async def test_parts_that_were_shown_are_not_taken_back(world) -> None:
    async with world(fallback=CHAIN, retry=ONCE) as here:
        here.service(cut)
        second = here.service(lambda *_: {}, name="second")
        shown: list[object] = []
        with pytest.raises(StreamInterruptedError):
            await here.passing(listen(await here.agent(), shown))
        assert any(isinstance(part, TextDelta) for part in shown)
        assert second.requests == []


async def test_unless_that_is_wanted_and_then_the_reader_is_told(world) -> None:
    async with world(fallback={**CHAIN, "after_parts": True}, retry=ONCE) as here:
        here.service(cut)
        here.service(lambda *_: {"text": "whole"}, name="second")
        shown: list[object] = []
        await here.passing(listen(await here.agent(), shown))
        reset = next(index for index, part in enumerate(shown) if isinstance(part, Reset))
        assert "".join(part.text for part in shown[reset:] if isinstance(part, TextDelta)) == "whole"


async def test_an_agent_has_a_chain_of_its_own(world) -> None:
    async with world(retry=ONCE) as here:
        here.service(down)
        here.service(lambda *_: {"text": "yes"}, name="second")
        agent = await here.agent(settings={"fallback": ["second/big"]})
        assert await here.passing(agent.chat("hello")) == "yes"
        with pytest.raises(ValidationError, match="provider/model"):
            await here.agent(settings={"fallback": ["big"]})


async def test_a_provider_that_is_not_there_is_named(world) -> None:
    async with world(fallback={"chain": ["nobody/big"]}, retry=ONCE) as here:
        here.service(down)
        with pytest.raises(ComponentNotFoundError, match="nobody"):
            await here.passing((await here.agent()).chat("hello"))


async def test_reasoning_of_one_provider_is_not_sent_to_another(world) -> None:
    async with world(fallback={"chain": ["second/big"]}, retry=ONCE) as here:
        here.service(down)
        second = here.service(lambda *_: {}, name="second")
        thought = Message(role="assistant", parts=(Reasoning(text="hm", signature="s"), Text(text="so")))
        given = AgentInput(message=message("user", "and?"), history=(message("user", "hi"), thought))
        await here.passing((await here.agent()).execute(given))
        assert [type(part) for one in second.requests[0].messages for part in one.parts] == [Text, Text, Text]
