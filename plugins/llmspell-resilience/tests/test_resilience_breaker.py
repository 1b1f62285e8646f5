from __future__ import annotations

import asyncio

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from llmspell.errors import BadRequestError, CircuitOpenError, OverloadedError
from llmspell_resilience.breaker import Circuit
from llmspell_resilience.sections import BreakerSection


def failing(kind, **more):
    return {"error": {"type": kind, "message": f"made-up {kind}", **more}}


class CircuitMachine(RuleBasedStateMachine):
    """Requests that overlap, end in any order and any way, beside a plain account of what should be."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted = BreakerSection(failure_threshold=3, reset_timeout=10.0, half_open_requests=2, success_threshold=2)
        self.circuit = Circuit(self.wanted)
        self.now = 0.0
        self.inside: list[int] = []
        self.in_a_row = 0

    @rule(seconds=st.integers(0, 12))
    def wait(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def enter(self) -> None:
        open_for = self.circuit.wait(self.now)
        entered = self.circuit.enter(self.now)
        if open_for > 0:
            assert entered is None
        if entered is not None:
            self.inside.append(entered)

    @precondition(lambda self: self.inside)
    @rule(which=st.integers(0, 99), how=st.sampled_from(["succeeded", "failed", "left"]))
    def end(self, which: int, how: str) -> None:
        entered = self.inside.pop(which % len(self.inside))
        before, current = self.circuit.state, entered == self.circuit.changes
        if how == "failed":
            opened = self.circuit.failed(entered, self.now)
            if opened:
                assert current
                assert self.circuit.wait(self.now) == self.wanted.reset_timeout
                assert before == "half_open" or self.in_a_row + 1 == self.wanted.failure_threshold
        elif how == "succeeded":
            if self.circuit.succeeded(entered):
                assert before == "half_open"
                assert self.circuit.state == "closed"
        else:
            self.circuit.left(entered)
        if not current or self.circuit.changes != entered:
            self.in_a_row = self.circuit.failures
        elif before == "closed" and how == "failed":
            self.in_a_row += 1
        elif how == "succeeded":
            self.in_a_row = 0

    @invariant()
    def trials_are_bounded_and_those_that_are_inside(self) -> None:
        trials = sum(one == self.circuit.changes for one in self.inside) if self.circuit.state == "half_open" else 0
        assert self.circuit.trials == trials <= self.wanted.half_open_requests

    @invariant()
    def failures_stay_below_the_threshold_while_it_is_closed(self) -> None:
        assert self.circuit.failures < self.wanted.failure_threshold
        if self.circuit.state == "closed":
            assert self.circuit.failures == self.in_a_row


TestCircuit = CircuitMachine.TestCase
TestCircuit.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


async def test_a_failing_model_is_left_alone_and_tried_again(world) -> None:
    async with world(breaker={"failure_threshold": 2, "reset_timeout": "30s"}, retry={"attempts": 0}) as here:
        model = here.model([failing("overloaded"), failing("provider_unreachable"), {"text": "well again"}])
        agent = await here.agent()
        for _ in range(2):
            with pytest.raises(Exception, match="made-up"):
                await agent.chat("hello")
        with pytest.raises(CircuitOpenError) as caught:
            await agent.chat("hello")
        assert caught.value.retry_after == 30
        assert len(model.requests) == 2
        await here.clock.advance(30)
        assert await agent.chat("hello") == "well again"
        assert [name for name, _ in here.events if name.startswith("circuit")] == [
            "circuit_breaker_opened",
            "circuit_breaker_closed",
        ]
        assert here.app.hook_sets.statistics()["breaker"]["fake/m"]["state"] == "closed"


async def test_a_circuit_that_opens_ends_the_retries_in_progress(world) -> None:
    async with world(breaker={"failure_threshold": 3, "reset_timeout": "10m"}, retry={"attempts": 20}) as here:
        model = here.model([failing("overloaded")] * 21)
        with pytest.raises(CircuitOpenError):
            await here.passing((await here.agent()).chat("hello"))
        assert len(model.requests) == 3


async def test_a_failed_trial_opens_it_for_as_long_again(world) -> None:
    async with world(breaker={"failure_threshold": 1, "reset_timeout": "30s"}, retry={"attempts": 0}) as here:
        model = here.model([failing("overloaded")] * 2)
        agent = await here.agent()
        for _ in range(2):
            with pytest.raises(OverloadedError):
                await agent.chat("hello")
            await here.clock.advance(29)
            with pytest.raises(CircuitOpenError):
                await agent.chat("hello")
            await here.clock.advance(1)
        assert len(model.requests) == 2


async def test_while_it_is_tried_again_the_others_do_not_crowd_in(world) -> None:
    async with world(breaker={"failure_threshold": 1, "reset_timeout": "30s"}, retry={"attempts": 0}) as here:

        def answer(n, _):
            if n == 0:
                raise OverloadedError("down")
            return {}

        service = here.service(answer)
        agent = await here.agent()
        with pytest.raises(OverloadedError):
            await here.passing(agent.chat("hello"))
        await here.clock.advance(30)
        ends = await here.passing(asyncio.gather(*(agent.chat("x") for _ in range(5)), return_exceptions=True))
        assert [type(one) for one in ends] == [str, *[CircuitOpenError] * 4]
        assert "being tried again" in str(ends[1])
        assert len(service.requests) == 2


async def test_an_error_of_the_request_says_nothing_of_the_service(world) -> None:
    async with world(breaker={"failure_threshold": 1}) as here:
        here.model([failing("bad_request"), failing("authentication"), {"text": "yes"}])
        agent = await here.agent()
        with pytest.raises(BadRequestError):
            await agent.chat("hello")
        with pytest.raises(Exception, match="authentication"):
            await agent.chat("hello")
        assert await agent.chat("hello") == "yes"


async def test_a_storm_of_overloads_reaches_the_service_a_few_times_only(world) -> None:
    async with world(breaker={"failure_threshold": 5, "reset_timeout": "60s"}, retry={"attempts": 3}) as here:
        model = here.model([failing("overloaded")] * 500)
        agent = await here.agent()
        ends = await here.passing(
            asyncio.gather(*(agent.chat(str(n)) for n in range(100)), return_exceptions=True), step=0.5
        )
        assert {type(one) for one in ends} <= {OverloadedError, CircuitOpenError}
        assert len(model.requests) <= 100  # each once at the same moment; no retry passes the open circuit
