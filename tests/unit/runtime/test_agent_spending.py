"""What runs cost: limits of money, unknown prices, and trees of agents whose costs are counted once."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from llmspell.builtin.scripted import ScriptedModel
from llmspell.errors import LimitReachedError, ProviderError
from llmspell.model.agent import Limits
from llmspell.model.llm import Finish, TextDelta, Usage, UsagePart
from llmspell.runtime.tools import ScriptTool
from llmspell.spec import provider

ANY = {"type": "object"}


def offer_agent(run, name, inner):
    """Offer an agent as a tool that runs it on behalf of who calls it."""

    async def handler(args, ctx):
        return (await inner.execute("go", ctx=ctx)).content

    tool = ScriptTool(handler, ANY)
    run.app.tools.register(run, name, "Ask another agent.", tool, category="test", needs=("agent.spawn",))


def played(run, name: str, steps: list[Any]) -> str:
    described = provider(name, "llmspell.builtin.scripted:ScriptedModel", "Steps of a test.", price=(0, 0))
    run.app.catalog.register(described, ScriptedModel(steps), owner=run.id)
    return name


def ask(name):
    return {"tool_calls": [{"name": name, "arguments": {}}], "cost": 0.1}


async def test_the_cost_of_a_run_is_the_sum_of_its_requests(model, agent, square):
    model([{"tool_calls": [{"name": "square", "arguments": {"n": 1}}], "cost": 0.1}, {"text": "x", "cost": 0.2}])
    one = await agent(tools=("square",))
    assert (await one.execute("go")).usage.money == "0.3"
    assert await one.estimated_cost() == "0.3"


async def test_one_unknown_price_makes_the_cost_unknown(model, agent, square):
    model([{"tool_calls": [{"name": "square", "arguments": {"n": 1}}], "cost": None}, {"text": "x", "cost": 0.2}])
    result = await (await agent(tools=("square",))).execute("go")
    assert result.usage.money is None
    assert result.usage.requests == 2


async def test_an_answer_that_does_not_say_what_it_took_is_no_free_answer(run, agent):
    class Silent:
        """Count nothing."""

        async def stream(self, request, ctx):
            yield TextDelta("x")
            yield Finish("stop")

    run.app.catalog.register(provider("fake", "llmspell.builtin.scripted:ScriptedModel", "x"), Silent(), owner=run.id)
    one = await agent()
    usage = (await one.execute("go")).usage
    assert (usage.requests, usage.cost) == (1, None)
    assert await one.estimated_cost() is None


async def test_money_is_limited(run, model, agent, square):
    told = []
    run.app.events.subscribe("limit_reached", lambda event: told.append(event.data))
    made = model([{"tool_calls": [{"name": "square", "arguments": {"n": n}}], "cost": 0.1} for n in range(9)])
    with pytest.raises(LimitReachedError, match=r"'tester' met its limit of \$0.25") as caught:
        await (await agent(tools=("square",), limits=Limits(cost=0.25))).execute("go")
    assert caught.value.context["spent"] == 0.3
    assert square == [0, 1]
    assert len(made.requests) == 3
    assert told == [{"agent": "tester", "limit": "cost", "bound": 0.25}]


async def test_nothing_is_asked_that_costs_money_when_there_is_none_left(run, agent):
    described = provider("fake", "llmspell.builtin.scripted:ScriptedModel", "x", price=(1, 1))
    made = ScriptedModel([{"text": "x"}])
    run.app.catalog.register(described, made, owner=run.id)
    with pytest.raises(LimitReachedError, match=r"limit of \$0\b"):
        await (await agent(limits=Limits(cost=0))).execute("go")
    assert made.requests == []


async def test_what_is_free_is_asked_without_any_money(model, agent):
    model([{"text": "x"}])
    assert (await (await agent(limits=Limits(cost=0))).execute("go")).content == "x"


async def test_an_unknown_price_under_a_limit_of_money_is_refused_before_anything_is_spent(run, agent):
    made = ScriptedModel([{"text": "x"}])
    run.app.catalog.register(provider("fake", "llmspell.builtin.scripted:ScriptedModel", "x"), made, owner=run.id)
    with pytest.raises(LimitReachedError, match="the price of fake/m is not known") as caught:
        await (await agent(limits=Limits(cost=5))).execute("go")
    assert caught.value.context["reason"] == "unknown_price"
    assert '[resilience.prices.models."fake/m"]' in caught.value.suggestions[0]
    assert made.requests == []


async def test_what_nobody_priced_is_priced_by_what_the_provider_says_of_itself(run, agent, square):
    described = provider("fake", "llmspell.builtin.scripted:ScriptedModel", "x", price=(1_000_000, 0))
    steps: list[Any] = [
        {"tool_calls": [{"name": "square", "arguments": {"n": 1}}], "cost": 0},
        {"text": "x", "cost": None},
    ]
    run.app.catalog.register(described, ScriptedModel(steps), owner=run.id)
    usage = (await (await agent(tools=("square",), limits=Limits(cost=1000))).execute("go" * 6)).usage
    assert usage.cost is not None
    assert usage.cost >= 3


async def test_costs_of_agents_that_an_agent_runs_are_counted_once(run, agent):
    leaf = await agent(name="leaf", provider=played(run, "leafs", [{"text": "l", "cost": 0.01}]))
    offer_agent(run, "leaf", leaf)
    middle_steps = [ask("leaf"), {"text": "m", "cost": 0.1}]
    middle = await agent(name="middle", provider=played(run, "middles", middle_steps), tools=("leaf",))
    offer_agent(run, "middle", middle)
    top = await agent(
        name="top", provider=played(run, "tops", [ask("middle"), {"text": "t", "cost": 1}]), tools=("middle",)
    )
    result = await top.execute("go")
    assert result.usage.money == "1.31"
    assert result.usage.requests == 5
    (inner,) = result.nested
    assert (inner.agent, inner.usage.money, inner.own.money) == ("middle", "0.21", "0.2")
    assert [(one.agent, one.usage.money) for one in inner.nested] == [("leaf", "0.01")]
    assert [one.spending().usage.money for one in (top, middle, leaf)] == ["1.31", "0.21", "0.01"]
    assert top.spending().own.money == "1.1"
    assert top.spending().nested == result.nested


async def test_agents_side_by_side_add_up(run, agent):
    for name in ("one", "two"):
        inner = await agent(name=name, provider=played(run, f"of_{name}", [{"text": name, "cost": 0.25}]))
        offer_agent(run, name, inner)
    calls: list[Any] = [{"name": name, "arguments": {}} for name in ("one", "two")]
    both = played(run, "boths", [{"tool_calls": calls}, {"text": "x"}])
    result = await (await agent(provider=both, tools=("one", "two"))).execute("go")
    assert result.usage.money == "0.5"
    assert {one.agent: one.usage.money for one in result.nested} == {"one": "0.25", "two": "0.25"}


async def test_what_an_agent_took_that_failed_was_taken(run, agent):
    steps = [
        {"tool_calls": [{"name": "square", "arguments": {"n": 1}}], "cost": 0.5},
        {"error": {"type": "bad_request", "message": "no"}},
    ]
    inner = await agent(name="inner", provider=played(run, "inners", steps))
    offer_agent(run, "inner", inner)
    outer = await agent(provider=played(run, "outers", [ask("inner"), {"text": "x"}]), tools=("inner",))
    result = await outer.execute("go")
    assert [record.outcome for record in result.tool_calls] == ["failed"]
    assert result.usage.money == "0.6"
    assert inner.spending().usage.money == "0.5"
    with pytest.raises(ProviderError):
        await inner.execute("go")
    assert inner.spending().own.requests == 1


async def test_an_agent_spends_the_money_of_who_runs_it(run, agent, square):
    steps = [{"tool_calls": [{"name": "square", "arguments": {"n": n}}], "cost": 0.1} for n in range(9)]
    offer_agent(run, "inner", await agent(name="inner", tools=("square",), provider=played(run, "inners", steps)))
    outer = await agent(
        name="outer", provider=played(run, "outers", [ask("inner")]), tools=("inner",), limits=Limits(cost=0.3)
    )
    with pytest.raises(LimitReachedError, match=r"agent 'outer' met its limit of \$0.3"):
        await outer.execute("go")
    assert square == [0, 1]
    assert outer.spending().usage.money == "0.4"


async def test_tokens_of_agents_that_an_agent_runs_count(run, agent):
    offer_agent(run, "inner", await agent(name="inner", provider=played(run, "inners", [{"text": "x" * 4000}])))
    outer = await agent(provider=played(run, "outers", [ask("inner")]), tools=("inner",), limits=Limits(tokens=500))
    with pytest.raises(LimitReachedError, match="500 tokens"):
        await outer.execute("go")


async def test_a_run_that_was_taken_up_enters_what_it_took_since(model, agent, square):
    steps = [{"tool_calls": [{"name": "square", "arguments": {"n": 1}}], "cost": 0.25}, {"text": "x", "cost": 0.5}]
    model(steps)
    one = await agent(tools=("square",))
    async with one.steps("go") as taken:
        async for _ in taken:
            break
        kept = json.loads(json.dumps(taken.state()))
    async with asyncio.timeout(5):
        assert one.spending().usage.money == "0.25"
        result = await one.resume(kept)
    assert result.usage.money == "0.75"
    assert one.spending().usage.money == "0.75"


# -- side by side, and in vain


class Priced:
    """A model at a dollar a token of its answers; all its requests are under way before one is answered."""

    def __init__(self, tokens: int) -> None:
        self.tokens = tokens
        self.asked = 0
        self.most = 0
        self.under_way = 0

    async def stream(self, request, ctx):
        self.asked += 1
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        for _ in range(20):
            await asyncio.sleep(0)
        self.under_way -= 1
        yield TextDelta("x")
        yield UsagePart(Usage(requests=1, output_tokens=self.tokens))
        yield Finish("stop")


@pytest.mark.parametrize(("limit", "seen"), [(2.5, (3, 2)), (100.0, (5, 5))])
async def test_agents_side_by_side_do_not_spend_the_same_money(run, model, agent, limit, seen):
    made = Priced(1)
    about = provider("dear", "llmspell.builtin.scripted:ScriptedModel", "Dear.", price=(0, 1_000_000))
    run.app.catalog.register(about, made, owner=run.id)
    names = [f"inner{n}" for n in range(5)]
    for name in names:
        offer_agent(run, name, await agent(name=name, provider="dear", max_tokens=1))
    model(
        [{"tool_calls": [{"name": name, "arguments": {}} for name in names], "cost": 0.0}, {"text": "x", "cost": 0.0}]
    )
    outer = await agent(tools=tuple(names), limits=Limits(cost=limit))
    if limit > 5:
        assert (await outer.execute("go")).usage.money == "5"
    else:
        with pytest.raises(LimitReachedError, match="met its limit of"):
            await outer.execute("go")
    assert (made.asked, made.most) == seen


class Cut:
    """A model that tells what it took, and is cut or waits for ever then; another time it answers."""

    def __init__(self, *ways: str) -> None:
        self.ways = list(ways)
        self.told = asyncio.Event()

    async def stream(self, request, ctx):
        way = self.ways.pop(0)
        yield TextDelta("half")
        yield UsagePart(Usage(requests=1, input_tokens=3, output_tokens=2, cost=0.5))
        self.told.set()
        if way == "wait":
            await asyncio.Event().wait()
        if way == "cut":
            raise ProviderError("cut")
        yield Finish("stop")


@pytest.fixture
def cut(run):
    def put(*ways):
        made = Cut(*ways)
        run.app.catalog.register(
            provider("fake", "llmspell.builtin.scripted:ScriptedModel", "x", price=(0, 0)), made, owner=run.id
        )
        return made

    return put


async def test_what_a_cut_request_took_is_counted(cut, agent):
    cut("cut")
    one = await agent()
    with pytest.raises(ProviderError, match="cut"):
        await one.execute("go")
    usage = one.spending().usage
    assert (usage.requests, usage.input_tokens, usage.output_tokens, usage.money) == (1, 3, 2, "0.5")


async def test_what_a_cancelled_request_took_is_counted(cut, agent):
    made = cut("wait")
    one = await agent()
    task = asyncio.create_task(one.execute("go"))
    await made.told.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert one.spending().usage.money == "0.5"


async def test_what_an_attempt_took_that_was_repeated_is_counted_with_the_answer(run, cut, agent):
    cut("cut", "answer")

    async def twice(call, proceed):
        try:
            return await proceed(call)
        except ProviderError:
            return await proceed(call)

    run.hooks.register("around_llm_call", twice)
    result = await (await agent()).execute("go")
    assert (result.content, result.usage.requests, result.usage.money) == ("half", 2, "1")


async def test_an_answer_that_a_hook_refuses_was_paid_for(run, cut, agent):
    cut("answer")

    async def refusing(call, proceed):
        await proceed(call)
        raise ProviderError("not this one")

    run.hooks.register("around_llm_call", refusing)
    one = await agent()
    with pytest.raises(ProviderError, match="not this one"):
        await one.execute("go")
    assert (one.spending().usage.requests, one.spending().usage.money) == (1, "0.5")
