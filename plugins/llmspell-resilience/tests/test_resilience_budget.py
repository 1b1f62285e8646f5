from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from llmspell.errors import LimitReachedError, OverloadedError, StreamInterruptedError
from llmspell.model.llm import Completion
from llmspell.runtime.agents import AgentConfig
from llmspell.testing.journal import MemoryJournal
from llmspell_resilience.ledger import Account, Sum

USAGE = {"input_tokens": 100_000, "output_tokens": 50_000}
PRICE = {"models": {"fake/m": {"input": 1.0, "output": 2.0}}}  # USAGE costs $0.2


class Ledger(RuleBasedStateMachine):
    """Calls charged, held and released anywhere in a tree, and branches that end."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Account("process", "p")
        self.leaves: list[Account] = [self.root]
        self.holds: list[tuple[Account, Sum]] = []
        self.total = Decimal(0)
        self.late: list[Account] = []

    @rule(which=st.integers(0, 99), name=st.sampled_from("abc"))
    def grow(self, which: int, name: str) -> None:
        child = self.leaves[which % len(self.leaves)].child("run", name)
        if child not in self.leaves:
            self.leaves.append(child)

    @rule(which=st.integers(0, 99), tokens=st.integers(0, 10**6), cents=st.floats(0, 1000))
    def charge(self, which: int, tokens: int, cents: float) -> None:
        amount = Sum.of(tokens, cents / 100)
        self.leaves[which % len(self.leaves)].charge(amount)
        self.total += amount.money

    @rule(which=st.integers(0, 99), tokens=st.integers(0, 10**6))
    def hold(self, which: int, tokens: int) -> None:
        leaf = self.leaves[which % len(self.leaves)]
        leaf.hold(Sum(tokens, tokens))
        self.holds.append((leaf, Sum(tokens, tokens)))

    @precondition(lambda self: self.holds)
    @rule(which=st.integers(0, 99))
    def release(self, which: int) -> None:
        leaf, amount = self.holds.pop(which % len(self.holds))
        leaf.release(amount)

    @precondition(lambda self: len(self.leaves) > 1)
    @rule(which=st.integers(1, 99))
    def close(self, which: int) -> None:
        gone = self.leaves[1 + which % (len(self.leaves) - 1)]
        assert gone.parent is not None
        gone.parent.close(gone.kind, gone.name)
        self.leaves = [one for one in self.leaves if gone not in one.chain()]
        self.late += [gone]

    @precondition(lambda self: self.late)
    @rule(which=st.integers(0, 99), tokens=st.integers(0, 10**6))
    def charge_late(self, which: int, tokens: int) -> None:
        self.late[which % len(self.late)].charge(Sum(tokens, tokens))
        self.total += tokens

    @invariant()
    def a_parent_is_its_own_calls_and_its_children(self) -> None:
        for one in self.leaves:
            children = Sum()
            for child in one.children.values():
                children = children.plus(child.spent)
            assert one.spent == one.own.plus(one.closed).plus(children)

    @invariant()
    def nothing_is_lost(self) -> None:
        assert self.root.spent.money == self.total
        assert self.root.held.tokens == sum(amount.tokens for _, amount in self.holds)


TestLedger = Ledger.TestCase
TestLedger.settings = settings(max_examples=50, stateful_step_count=40, deadline=None)


async def test_a_run_is_refused_before_it_spends_too_much(world) -> None:
    async with world(budget={"run_cost": 0.5}, prices=PRICE) as here:
        service = here.service(lambda *_: {"usage": USAGE})
        agent = await here.agent()
        assert (await here.passing(agent.execute("one"))).usage.cost == pytest.approx(0.2)
        await here.passing(agent.execute("two"))
        with pytest.raises(LimitReachedError, match="run_cost") as caught:
            await here.passing(agent.execute("three"))  # the answer comes and is counted, and is too much
        assert caught.value.context["spent"] == pytest.approx(0.6)
        with pytest.raises(LimitReachedError, match="would spend"):
            await here.passing(agent.execute("four"))
        assert len(service.requests) == 3


async def test_the_longest_answer_counts_beforehand_and_calls_side_by_side_count_together(world) -> None:
    async with world(budget={"run_cost": 0.25}, prices=PRICE) as here:
        service = here.service(lambda *_: {"usage": {"input_tokens": 10, "output_tokens": 100}})
        agent = await here.agent(max_tokens=100_000)  # $0.2 at the most
        ends = await here.passing(asyncio.gather(*(agent.chat("x") for _ in range(3)), return_exceptions=True))
        assert [type(one) for one in ends] == [str, LimitReachedError, LimitReachedError]
        assert len(service.requests) == 1
        assert await here.passing(agent.chat("again")) == "yes"  # what was held and not used is there again


async def test_an_unknown_price_under_a_cap_of_money_is_refused(world) -> None:
    async with world(budget={"total_cost": 100.0}) as here:
        service = here.service(lambda *_: {})
        with pytest.raises(LimitReachedError, match="price of fake/m is not known") as caught:
            await (await here.agent()).chat("hello")
        assert "resilience.prices" in caught.value.suggestions[0]
        assert service.requests == []


async def test_a_cap_of_tokens_needs_no_price(world) -> None:
    async with world(budget={"run_tokens": 25}) as here:
        here.service(lambda *_: {"usage": {"input_tokens": 5, "output_tokens": 5}})
        agent = await here.agent()
        await here.passing(agent.chat("hi"))
        await here.passing(agent.chat("hi"))
        with pytest.raises(LimitReachedError, match="run_tokens"):
            await here.passing(agent.chat("hi"))
        assert here.app.hook_sets.statistics()["budget"]["unpriced_calls"] >= 2


async def test_an_agent_has_a_budget_of_its_own_and_its_run_the_sum(world) -> None:
    async with world(budget={"run_tokens": 10_000}) as here:
        here.service(lambda *_: {"usage": {"input_tokens": 30, "output_tokens": 30}})
        poor = await here.agent("poor", settings={"budget": {"tokens": 100}})
        rich = await here.agent("rich")
        await here.passing(poor.chat("hi"))
        with pytest.raises(LimitReachedError, match=r"agent 'poor' has spent 120 tokens, more than its budget.tokens"):
            await here.passing(poor.chat("hi"))
        await here.passing(rich.chat("hi"))
        (run,) = here.app.hook_sets.statistics()["budget"]["children"]
        assert {one["name"]: one["tokens"] for one in run["children"]} == {"poor": 120, "rich": 60}
        assert run["tokens"] == 180


async def test_what_is_answered_from_records_counts_once_more_in_a_run_that_is_taken_up(world) -> None:
    journal = MemoryJournal()
    for _ in range(2):
        async with world(budget={"run_tokens": 25}) as here:
            here.run.journal = journal
            service = here.service(lambda *_: {"usage": {"input_tokens": 5, "output_tokens": 5}})
            agent = await here.agent()
            ctx = here.run.context().child("here")
            await here.passing(agent.execute("hi", ctx=ctx))
            await here.passing(agent.execute("hi", ctx=ctx))
            assert here.app.hook_sets.statistics()["budget"]["tokens"] == 20
            with pytest.raises(LimitReachedError, match="run_tokens"):
                await here.passing(agent.execute("hi", ctx=ctx))
        known = {path: one for path, one in journal.results.items() if isinstance(one, Completion)}
        journal = MemoryJournal(known)
    assert len(service.requests) == 1, "the third request alone has no record"


async def test_a_stream_is_stopped_where_the_money_ends(world) -> None:
    async with world(budget={"call_tokens": 200}) as here:
        here.service(lambda *_: {"text": " ".join(["word"] * 5000), "words": True})
        agent = await here.agent()
        shown = []

        async def listen():
            async with agent.stream("hello") as parts:
                async for part in parts:
                    shown.append(part)  # noqa: PERF401 - those that came before the error count

        with pytest.raises(LimitReachedError, match="call_tokens"):
            await here.passing(listen())
        assert 100 < len(shown) < 300
        counts = here.app.hook_sets.statistics()["budget"]
        assert counts["stopped"] == 1
        assert 150 < counts["tokens"] < 300  # what came is paid for


async def test_an_answer_that_was_cut_is_paid_for_and_one_that_never_began_is_not(world) -> None:
    async with world(budget={"total_tokens": 10**6}, retry={"attempts": 1}) as here:

        def answer(n, _):
            if n == 0:
                return {"text": "half of an answer", "fails": StreamInterruptedError("cut")}
            return {"usage": {"input_tokens": 10, "output_tokens": 10}}

        here.service(answer)
        await here.passing((await here.agent(system_prompt="words " * 100)).chat("hello"))
        spent = here.app.hook_sets.statistics()["budget"]["tokens"]
        assert 100 < spent - 20 < 150


async def test_the_account_of_a_run_ends_with_its_spell() -> None:
    root = Account("process", "p")
    root.child("run", "r").charge(Sum(5, 5))
    root.close("run", "r")
    assert root.shown()["children"] == []
    assert root.spent == Sum(5, 5)


def sums(account):
    """Tell for an account and all below it whether it is the sum of its children; none of these calls by itself."""
    inner = account["children"]
    whole = not inner or account["tokens"] == sum(one["tokens"] for one in inner)
    money = not inner or account["cost"] == pytest.approx(sum(one["cost"] for one in inner))
    return whole and money and all(sums(one) for one in inner)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chats=st.lists(st.tuples(st.sampled_from("st"), st.sampled_from("ab"), st.booleans()), max_size=8))
async def test_sessions_are_the_sums_of_their_agents_and_runs_of_their_sessions(world, chats) -> None:
    async with world(budget={"run_tokens": 10**6}, prices=PRICE, fallback={"chain": ["second/m"]}) as here:
        failing = False

        def first(*_):
            if failing:
                raise OverloadedError("down")
            return {"usage": {"input_tokens": 7, "output_tokens": 3}}

        here.service(first)
        here.service(lambda *_: {"usage": {"input_tokens": 70, "output_tokens": 30}}, name="second")
        sessions = {name: here.run.scope.child("session", name) for name in "st"}
        agents = {}
        for session, name, failing in chats:  # noqa: B007 - the service reads it
            if (session, name) not in agents:
                ctx = here.run.context().within(None, session, scope=sessions[session])
                config = AgentConfig(name=name, provider="fake", model="m", remember=False)
                agents[session, name] = await here.app.agents.create(here.run, config, ctx=ctx)
            await here.passing(agents[session, name].chat("hello"))
        total = here.app.hook_sets.statistics()["budget"]
        assert total["tokens"] == sum(100 if failed else 10 for *_, failed in chats)
        assert sums(total)
        for run in total["children"]:
            assert {one["name"]: one["tokens"] for one in run["children"]} == {
                name: sum(100 if failed else 10 for of, _, failed in chats if of == name) for name, *_ in chats
            }


async def test_a_session_is_refused_and_the_other_one_of_its_run_goes_on(world) -> None:
    async with world(budget={"session_tokens": 100}) as here:
        here.service(lambda *_: {"usage": {"input_tokens": 30, "output_tokens": 30}})
        ends = {}
        for name in ("one", "two"):
            ctx = here.run.context().within(None, name, scope=here.run.scope.child("session", name))
            config = AgentConfig(name="a", provider="fake", model="m", remember=False)
            agent = await here.app.agents.create(here.run, config, ctx=ctx)
            await here.passing(agent.chat("hi"))
            ends[name] = agent
        with pytest.raises(LimitReachedError, match=r"session 'one' has spent 120 tokens, more than its session_t"):
            await here.passing(ends["one"].chat("hi"))
        with pytest.raises(LimitReachedError, match="would spend"):
            await here.passing(ends["one"].chat("hi"))
        alone = await here.agent("b")  # of the run and no session
        assert await here.passing(alone.chat("hi")) == "yes"
        (run,) = here.app.hook_sets.statistics()["budget"]["children"]
        assert {(one["kind"], one["name"]): one["tokens"] for one in run["children"]} == {
            ("session", "one"): 120,
            ("session", "two"): 60,
            ("agent", "b"): 60,
        }


async def test_who_stands_in_is_paid_for_by_who_was_asked_to(world) -> None:
    rules = {"on": {"provider": ["switch_to_fallback_provider"]}, "fallback_providers": ["second/m"]}
    async with world(budget={"run_tokens": 150}, recovery=rules, retry={"attempts": 0}) as here:

        def down(*_):
            raise OverloadedError("down")

        here.service(down)
        second = here.service(lambda *_: {"usage": {"input_tokens": 70, "output_tokens": 30}}, name="second")
        agent = await here.agent()
        await here.passing(agent.chat("hello"))
        with pytest.raises(LimitReachedError, match="run_tokens"):
            await here.passing(agent.chat("hello"))
        assert len(second.requests) == 2
        with pytest.raises(LimitReachedError, match="would spend"):  # a limit is no failure to recover from
            await here.passing(agent.chat("hello"))
        assert len(second.requests) == 2
