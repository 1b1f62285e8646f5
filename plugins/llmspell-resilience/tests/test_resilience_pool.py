from __future__ import annotations

import asyncio

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from llmspell.errors import ResourceExhaustedError, ValidationError
from llmspell_resilience.lanes import WEIGHTS, Lanes, Ticket


class LanesMachine(RuleBasedStateMachine):
    """Work that comes in any class for any run, ends, and gives up waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.lanes = Lanes(3, 8, "tests")
        self.here: list[Ticket] = []
        self.granted: list[Ticket] = []

    @rule(priority=st.sampled_from(sorted(WEIGHTS)), owner=st.sampled_from("ab"))
    def ask(self, priority: str, owner: str) -> None:
        full = self.lanes.waiting >= self.lanes.queue_limit and self.lanes.inside >= self.lanes.limit
        box: list[Ticket] = []
        try:
            ticket = self.lanes.ask(priority, owner, lambda: self.granted.append(box[0]))
        except ResourceExhaustedError:
            assert full
            return
        assert not full
        box.append(ticket)
        self.here.append(ticket)

    @precondition(lambda self: self.here)
    @rule(which=st.integers(0, 99))
    def leave(self, which: int) -> None:
        before = [one for one in self.here if not one.inside]
        gone = self.here.pop(which % len(self.here))
        self.lanes.leave(gone)
        for one in before:
            if one.inside:  # the oldest of its run and class
                earlier = before[: before.index(one)]
                assert not any(
                    (e.priority, e.owner) == (one.priority, one.owner) and not e.inside and e is not gone
                    for e in earlier
                )

    @invariant()
    def places_are_bounded_and_counted(self) -> None:
        inside = sum(one.inside for one in self.here)
        assert inside == self.lanes.inside <= self.lanes.limit
        assert len(self.here) - inside == self.lanes.waiting <= self.lanes.queue_limit

    @invariant()
    def nobody_waits_beside_an_empty_place(self) -> None:
        assert not self.lanes.waiting or self.lanes.inside == self.lanes.limit

    @invariant()
    def whose_turn_came_was_told_once(self) -> None:
        assert len({id(one) for one in self.granted}) == len(self.granted)


TestLanes = LanesMachine.TestCase
TestLanes.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def served(asks: list[tuple[str, str]], *, times: int) -> list[tuple[str, str]]:
    """Let all of them wait for one place and give the order in which they got it."""
    lanes = Lanes(1, 1000, "tests")
    first = lanes.ask("normal", "x", lambda: None)
    order: list[Ticket] = []
    for priority, owner in asks:
        box: list[Ticket] = []
        box.append(lanes.ask(priority, owner, lambda box=box: order.append(box[0])))  # type: ignore[misc]  # bound in the loop
    lanes.leave(first)
    while len(order) < times:
        lanes.leave(order[-1])
    return [(one.priority, one.owner) for one in order[:times]]


def test_nobody_starves() -> None:
    asks = [(priority, "r") for priority in WEIGHTS for _ in range(31)]
    counts = [priority for priority, _ in served(asks, times=31)]
    assert {name: counts.count(name) for name in WEIGHTS} == WEIGHTS


def test_runs_take_turns() -> None:
    asks = [("normal", "greedy")] * 5 + [("normal", "modest")] * 2
    assert [owner[0] for _, owner in served(asks, times=7)] == list("gmgmggg")


async def test_no_more_requests_than_allowed_are_under_way(world) -> None:
    async with world(pool={"max_concurrent": 3, "per": {"other": 1}}) as here:
        service, other = here.service(lambda *_: {}), here.service(lambda *_: {}, name="other")
        agents = [await here.agent(), await here.agent("two", provider="other")]
        await here.passing(asyncio.gather(*(agent.chat(str(n)) for n in range(9) for agent in agents)))
        assert (service.most, other.most) == (3, 1)
        assert here.app.hook_sets.statistics()["pool"]["fake"]["admitted"] == 9


async def test_who_is_important_goes_first(world) -> None:
    async with world(pool={"max_concurrent": 1}) as here:
        service = here.service(lambda *_: {})
        plain = await here.agent("plain")
        urgent = await here.agent("urgent", settings={"priority": "critical"})
        await here.passing(asyncio.gather(*(plain.chat(f"p{n}") for n in range(3)), urgent.chat("u")))
        assert [one.messages[-1].text for one in service.requests] == ["p0", "u", "p1", "p2"]
        with pytest.raises(ValidationError, match="'urgent' is none of"):
            await here.agent(settings={"priority": "urgent"})


async def test_a_full_queue_is_an_error_and_a_cancelled_one_leaves_it(world) -> None:
    async with world(pool={"max_concurrent": 1, "queue_limit": 1}) as here:
        here.service(lambda *_: {})
        agent = await here.agent()
        tasks = [asyncio.ensure_future(agent.chat(str(n))) for n in range(2)]
        await here.clock.advance(0)
        with pytest.raises(ResourceExhaustedError, match="already wait"):
            await agent.chat("third")
        tasks[1].cancel()
        await asyncio.wait([tasks[1]])
        assert here.app.hook_sets.statistics()["pool"]["fake"]["waiting"] == 0
        assert await here.passing(tasks[0]) == "yes"


async def test_a_place_is_not_held_while_a_call_waits_to_be_repeated(world) -> None:
    from llmspell.errors import OverloadedError

    async with world(pool={"max_concurrent": 1}, retry={"delay": "100s", "max_delay": "100s"}) as here:

        def answer(n, _):
            if n == 0:
                raise OverloadedError("no")
            return {}

        service = here.service(answer)
        agent = await here.agent()
        await here.passing(asyncio.gather(agent.chat("first"), agent.chat("second")))
        assert [one.messages[-1].text for one in service.requests] == ["first", "second", "first"]
