from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from llmspell.errors import OverloadedError, ValidationError
from llmspell.model.call import Call
from llmspell.model.llm import LlmRequest, Message, Reasoning, Text, ToolSpec, message
from llmspell_resilience.store import OVERHEAD, Store, key_of


class Where:
    def __init__(self, principal: str = "ada") -> None:
        self.scope = self
        self.principal = principal


def key(request: LlmRequest, *, provider: str = "p", principal: str = "ada") -> bytes:
    found = key_of(Call("llm_call", request.model, request, metadata={"provider": provider}), Where(principal))  # type: ignore[arg-type]
    assert found is not None
    return found


BASE = LlmRequest(model="m", messages=(message("user", "hello"),), extra={"a": 1, "b": 2})
TOOL = ToolSpec(name="t", description="d", schema={"type": "object", "required": ["x"]})
OTHERS = [
    BASE.replace(model="n"),
    BASE.replace(messages=(message("user", "hello "),)),
    BASE.replace(messages=(message("assistant", "hello"),)),
    BASE.replace(messages=(Message(role="user", parts=(Text(text="hel"), Text(text="lo"))),)),
    BASE.replace(messages=(Message(role="user", parts=(Reasoning(text="hello"),)),)),
    BASE.replace(system="hello"),
    BASE.replace(tools=(TOOL,)),
    BASE.replace(temperature=0.0),
    BASE.replace(temperature=1.0),
    BASE.replace(top_p=1.0),
    BASE.replace(max_tokens=1),
    BASE.replace(stop=("x",)),
    BASE.replace(seed=1),
    BASE.replace(tool_choice="none"),
    BASE.replace(response_schema={"type": "object"}),
    BASE.replace(extra={"a": 1}),
    BASE.replace(extra={"a": 2, "b": 1}),
]


def test_whatever_reaches_the_service_makes_another_key() -> None:
    keys = [key(BASE), key(BASE, provider="q"), key(BASE, principal="bob"), *map(key, OTHERS)]
    assert len(set(keys)) == len(keys)


def test_the_order_of_keys_makes_none() -> None:
    assert key(BASE) == key(BASE.replace(extra={"b": 2, "a": 1}))


def test_what_json_cannot_hold_has_no_key() -> None:
    request = BASE.replace(extra={"x": object()})
    assert key_of(Call("llm_call", "m", request), Where()) is None  # type: ignore[arg-type]


@given(st.text(), st.text())
def test_two_texts_have_one_key_only_when_they_are_one(one: str, other: str) -> None:
    def of(text: str) -> bytes:
        return key(BASE.replace(messages=(message("user", text),)))

    assert (of(one) == of(other)) == (one == other)


class StoreMachine(RuleBasedStateMachine):
    """Puts and gets at moving times, beside a plain dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.store: Store[str] = Store(1000)
        self.plain: dict[bytes, tuple[str, int]] = {}
        self.now = 0

    @rule(seconds=st.integers(0, 100))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule(name=st.sampled_from(b"abcdef"), value=st.text(alphabet="xy", max_size=900))
    def put(self, name: int, value: str) -> None:
        key = bytes([name])
        kept = self.store.put(key, value, self.now)
        assert kept == (len(value) + 2 + OVERHEAD <= 1000)
        self.plain[key] = (value, self.now) if kept else ("", -(10**6))

    @rule(name=st.sampled_from(b"abcdef"), most=st.integers(0, 200))
    def get(self, name: int, most: int) -> None:
        found = self.store.get(bytes([name]), self.now, most)
        if found is not None:
            value, at = self.plain[bytes([name])]
            assert found == value
            assert self.now - at <= most

    @invariant()
    def it_stays_within_its_room(self) -> None:
        assert 0 <= self.store.size <= 1000
        assert (self.store.size == 0) == (len(self.store) == 0)


TestStore = StoreMachine.TestCase


async def test_a_second_question_costs_nothing_and_says_so(world) -> None:
    async with world(cache={"ttl": "1h"}) as here:
        service = here.service(lambda *_: {"text": "forty-two", "usage": {"input_tokens": 7, "output_tokens": 1}})
        agent = await here.agent()
        first = await here.passing(agent.execute("what?"))
        second = await agent.execute("what?")
        assert (first.content, second.content) == ("forty-two", "forty-two")
        assert "cached" not in first.metadata
        assert second.metadata["cached"] is True
        assert (second.usage.cost, second.usage.total_tokens, second.usage.requests) == (0.0, 0, 0)
        assert len(service.requests) == 1
        assert len(here.told("cache_hit")) == 1


async def test_a_kept_answer_is_streamed_like_a_fresh_one(world) -> None:
    async with world(cache={"ttl": "1h"}) as here:
        here.service(lambda *_: {"text": "one two three", "words": True})
        agent = await here.agent()

        async def listen():
            async with agent.stream("count") as parts:
                return [part async for part in parts]

        fresh, kept = await here.passing(listen()), await here.passing(listen())

        def text(parts):
            return "".join(part.text for part in parts if type(part).__name__ == "TextDelta")

        assert text(kept) == text(fresh) == "one two three "
        assert [type(part).__name__ for part in kept][-3:] == ["Finish", "Done", "RunDone"]


async def test_an_answer_that_is_too_old_is_asked_for_anew(world) -> None:
    async with world(cache={"ttl": "10s"}) as here:
        service = here.service(lambda *_: {})
        agent = await here.agent()
        await here.passing(agent.chat("x"))
        await here.clock.advance(11)
        await here.passing(agent.chat("x"))
        assert len(service.requests) == 2


async def test_errors_cut_answers_and_calls_of_tools_are_not_kept(world) -> None:
    async with world(cache={"ttl": "1h"}, retry={"attempts": 0}) as here:

        def answer(n, _):
            if n == 0:
                raise OverloadedError("no")
            return {"reason": "length"} if n == 1 else {}

        service = here.service(answer)
        agent = await here.agent()
        with pytest.raises(OverloadedError):
            await here.passing(agent.chat("x"))
        for _ in range(3):
            await here.passing(agent.chat("x"))
        assert len(service.requests) == 3
        model = here.model([{"tool_calls": [{"name": "base64_encoder", "arguments": {}}]}] * 2, name="tooled")
        other = await here.agent("other", provider="tooled")
        for _ in range(2):
            with pytest.raises(Exception, match="step"):
                await other.chat("x")
        assert len(model.requests) == 4


async def test_an_agent_may_want_none_or_one_of_its_own_age(world) -> None:
    async with world(cache={"ttl": "1h"}) as here:
        service = here.service(lambda *_: {})
        fresh = await here.agent("fresh", settings={"cache": False})
        for _ in range(2):
            await here.passing(fresh.chat("x"))
        assert len(service.requests) == 2
        with pytest.raises(ValidationError, match="one store"):
            await here.agent(settings={"cache": {"max_size": 1}})


async def test_hot_requests_are_not_kept_when_they_need_not_be(world) -> None:
    async with world(cache={"max_temperature": 0.0}) as here:
        service = here.service(lambda *_: {})
        agent = await here.agent(temperature=0.7)
        for _ in range(2):
            await here.passing(agent.chat("x"))
        assert len(service.requests) == 2
