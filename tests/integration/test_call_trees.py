"""Tools that call themselves and each other through the kernel, in any language, order and depth, some of them failing.

A tree says what is called: each node is a call of the tool of its language, which waits, calls its children (one after
the other or side by side), and returns its number plus theirs. A node that fails raises; its parent counts the failure
or passes it on.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from llmspell.errors import LlmspellError
from tests.integration.stage import ISOLATIONS, LANGUAGES, Stage

NODES = {
    "lua": """
        local ended = false
        local function child(tree)
            local given = { tree = tree }
            if tree.guarded then
                local answer = Tools.get("node_" .. tree.language):execute(given, { on_error = "return" })
                return answer.success and answer.result or 1000
            end
            return Tools.get("node_" .. tree.language):execute(given).result
        end
        Tools.register({ name = "node_lua", parameters = { tree = "object" }, execute = function(given)
            local tree = given.tree
            if tree.wait > 0 then Async.sleep(tree.wait) end
            local sum, jobs = tree.number, {}
            for _, one in ipairs(tree.children) do
                jobs[#jobs + 1] = function() return child(one) end
            end
            if tree.together then
                for _, value in ipairs(Async.all(jobs)) do sum = sum + value end
            else
                for _, job in ipairs(jobs) do sum = sum + job() end
            end
            if tree.fails then error({ type = "network", message = "node " .. tree.number }) end
            return sum
        end })
        Events.subscribe("end", function() ended = true end)
        Events.emit("ready")
        Async.yield_until(function() return ended end)
    """,
    "javascript": """
        let end;
        const ended = new Promise((resolve) => { end = resolve; });
        async function child(tree) {
            const tool = await Tools.get(`node_${tree.language}`);
            if (!tree.guarded) return (await tool.execute({ tree })).result;
            const answer = await tool.execute({ tree }, { onError: "return" });
            return answer.success ? answer.result : 1000;
        }
        await Tools.register({ name: "node_javascript", parameters: { tree: "object" }, async execute({ tree }) {
            if (tree.wait > 0) await Async.sleep(tree.wait);
            let sum = tree.number;
            if (tree.together) {
                for (const value of await Promise.all(tree.children.map(child))) sum += value;
            } else {
                for (const one of tree.children) sum += await child(one);
            }
            if (tree.fails) throw new LlmspellError(`node ${tree.number}`, { type: "network" });
            return sum;
        } });
        await Events.subscribe("end", () => end());
        await Events.emit("ready");
        await ended;
    """,
    "python": """
import asyncio

ended = asyncio.Event()

async def child(tree):
    node = Tools.get(f"node_{tree.language}")
    if not tree.guarded:
        return (await node.execute({"tree": tree})).result
    answer = await node.execute({"tree": tree}, on_error="return")
    return answer.result if answer.success else 1000

async def execute(given):
    tree = given.tree
    if tree.wait:
        await Async.sleep(tree.wait)
    if tree.together:
        values = await asyncio.gather(*map(child, tree.children))
    else:
        values = [await child(one) for one in tree.children]
    if tree.fails:
        raise LlmspellError(f"node {tree.number}", type="network")
    return tree.number + sum(values)

await Tools.register(name="node_python", parameters={"tree": "object"}, execute=execute)
await Events.subscribe("end", lambda event: ended.set())
await Events.emit("ready")
await ended.wait()
""",
}


def node(children: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "language": st.sampled_from(LANGUAGES),
            "number": st.integers(0, 99),
            "wait": st.integers(0, 3),
            "together": st.booleans(),
            "guarded": st.booleans(),
            "fails": st.sampled_from([False, False, False, True]),
            "children": children,
        }
    )


TREES = st.recursive(node(st.just([])), lambda inner: node(st.lists(inner, max_size=4)), max_leaves=12)


class NodeError(Exception):
    """What the model of a tree raises."""


def expected(tree: dict[str, Any]) -> int:
    """Work a tree out; raises `NodeError` where the call of it does."""
    total: int = tree["number"]
    for child in tree["children"]:
        try:
            total += expected(child)
        except NodeError:
            if not child["guarded"]:
                raise
            total += 1000
    if tree["fails"]:
        raise NodeError(tree["number"])
    return total


async def called(stage: Stage, tree: dict[str, Any]) -> object:
    component = stage.app.catalog.get("tool", f"node_{tree['language']}", owner=stage.run.id)
    output = await stage.app.tools.execute(stage.run.context(), component, {"tree": tree})
    return output.result


@pytest.mark.parametrize("isolation", ISOLATIONS)
def test_any_tree_of_calls_gives_its_sum_or_its_failure(tmp_path, isolation):
    stack = AsyncExitStack()
    with asyncio.Runner() as runner:
        stage = runner.run(Stage(stack, tmp_path, isolation).open())
        players = [runner.run(stage.begin(language, NODES[language])) for language in LANGUAGES]

        @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(TREES)
        def check(tree):
            try:
                wanted = expected(tree)
            except NodeError:
                with pytest.raises(LlmspellError, match="node ") as caught:
                    runner.run(called(stage, tree))
                assert caught.value.type == "network"
            else:
                assert runner.run(called(stage, tree)) == wanted

        check()
        runner.run(stage.end(*players))
        runner.run(stack.aclose())
