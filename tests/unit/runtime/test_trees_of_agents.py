"""Trees of agents that ask one another and hand over: costs sum at every level, in parts as on the whole."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import Any, NamedTuple

import pytest

from llmspell.builtin.scripted import ScriptedModel
from llmspell.model.agent import Limits, RunDone
from llmspell.runtime.agents import Agent, AgentConfig
from llmspell.runtime.app import App
from llmspell.runtime.peers.tool import agent_tool
from llmspell.runtime.peers.transfers import Peer
from llmspell.spec import provider


class Node(NamedTuple):
    """An agent: what its requests cost, whom it asks at once, and whether the last of these then takes over."""

    costs: tuple[int, int]
    asked: tuple[Node, ...] = ()
    hands_over: bool = False

    def cents(self) -> int:
        """Give what a run of it costs, by hand."""
        if not self.asked:
            return self.costs[0]
        taken = self.asked[-1].cents() if self.hands_over else 0
        return sum(self.costs) + sum(one.cents() for one in self.asked) + taken

    def requests(self) -> int:
        """Give how many requests a run of it takes, by hand."""
        if not self.asked:
            return 1
        taken = self.asked[-1].requests() if self.hands_over else 0
        return 2 + sum(one.requests() for one in self.asked) + taken


class Always(ScriptedModel):
    """Play the same steps for every run: which one is next is read off the conversation."""

    def __init__(self, *steps: Any) -> None:
        super().__init__(steps)
        self.all = list(steps)

    async def stream(self, request: Any, ctx: Any) -> Any:
        self.requests = []
        last = request.messages[-1]
        self.steps = self.all[1:] if last.role == "tool" else self.all[:1]
        async for part in super().stream(request, ctx):
            yield part


async def planted(run: Any, node: Node, numbers: Any) -> Agent:
    """Make the agents of a tree."""
    name = f"agent_{next(numbers)}"
    inner = [await planted(run, one, numbers) for one in node.asked]
    first: dict[str, Any] = {"text": name, "cost": node.costs[0] / 100}
    last: dict[str, Any] = {"text": name, "cost": node.costs[1] / 100}
    tools = []
    for one in inner:
        component, target = agent_tool(one)
        run.app.catalog.register(component, target, owner=run.id)
        tools.append(component.name)
    if inner:
        first |= {"tool_calls": [{"name": tool, "arguments": {"input": "go"}} for tool in tools]}
        if node.hands_over:
            last |= {"tool_calls": [{"name": f"transfer_to_{inner[-1].name}", "arguments": {"reason": "so"}}]}
    described = provider(name, "llmspell.builtin.scripted:ScriptedModel", "A tree.", price=(0, 0))
    run.app.catalog.register(described, Always(first, last), owner=run.id)
    config = AgentConfig(
        name=name, provider=name, model="m", tools=tuple(tools), remember=False, limits=Limits(depth=20),
        handoffs=(Peer(inner[-1]),) if inner and node.hands_over else (),
    )  # fmt: skip
    made: Agent = await run.app.agents.create(run, config)
    return made


def sums(one: Any) -> bool:
    """Tell whether every node of a tree of costs is its own and its children's."""
    parts = [one.own.money or "0", *(inner.usage.money for inner in one.nested)]
    return Decimal(one.usage.money) == sum(map(Decimal, parts)) and all(sums(inner) for inner in one.nested)


async def both_ways(node: Node) -> None:
    async with App.open() as app, app.run("tree") as run:
        root = await planted(run, node, count())
        whole = await root.execute("go")
        async with root.stream("go") as parts:
            *_, last = [part async for part in parts]
        assert isinstance(last, RunDone)
        streamed = last.result
        assert (whole.content, whole.usage) == (streamed.content, streamed.usage)
        assert [(m.role, m.text) for m in whole.messages] == [(m.role, m.text) for m in streamed.messages]
        assert Decimal(whole.usage.money or "?") == Decimal(node.cents()) / 100
        assert whole.usage.requests == node.requests()
        spent = root.spending()
        assert Decimal(spent.usage.money or "?") == 2 * Decimal(node.cents()) / 100
        assert sums(spent)
        assert [one.outcome for one in whole.tool_calls if one.outcome != "done"] == []


A, B = Node((3, 0)), Node((40, 0))
TREES = {
    "alone": A,
    "asks one": Node((1, 2), (A,)),
    "asks two side by side": Node((1, 2), (A, B)),
    "hands over": Node((1, 2), (A,), hands_over=True),
    "asks, then hands over": Node((5, 7), (A, B), hands_over=True),
    "three deep": Node((1, 2), (Node((4, 8), (A, B)), B)),
    "hands over to who hands over": Node((1, 2), (Node((4, 8), (B,), hands_over=True),), hands_over=True),
    "wide and deep": Node((9, 9), (Node((1, 1), (A, Node((2, 2), (B,), hands_over=True))), A), hands_over=True),
}


@pytest.mark.parametrize("node", TREES.values(), ids=TREES)
async def test_the_costs_of_a_tree_sum_whole_and_in_parts(node: Node) -> None:
    await both_ways(node)
