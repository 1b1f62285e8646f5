"""Hooks: what one costs, against pluggy calling the same functions in the same run.

A hook's cost is that of an operation with it, less that of the same operation which nobody listens to. The operation's
own cost, above a bare await, is a row of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

from llmspell.model.call import Call
from llmspell.runtime.ops import perform
from llmspell.testing import open_context
from tests.bench.budget import OURS
from tests.bench.samples import contest, looped, repeated

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.runtime.run import Run
    from tests.bench.contestants import Peers
    from tests.bench.samples import Samples

TIMES = 10_000
OPERATIONS = {1: "handoff", 5: "workflow_execution"}
FUNCTION_LIST = "function list"

spec = pluggy.HookspecMarker("bench")
impl = pluggy.HookimplMarker("bench")


class Spec:
    """One hook for pluggy."""

    @spec
    def step(self, call: object) -> object:
        """Do nothing."""


class Plugin:
    """One implementation for pluggy."""

    @impl
    def step(self, call: object) -> None:
        """Have no opinion."""


def no_opinion(call: object) -> None:
    """Be a hook."""


async def no_opinion_later(call: object) -> None:
    """Be an asynchronous hook."""


async def core(_call: Call, _ctx: object) -> object:
    """Be the operation itself."""
    return None


def pluggy_with(count: int) -> Callable[[], object]:
    """Give a call of a pluggy hook with some implementations."""
    manager = pluggy.PluginManager("bench")
    manager.add_hookspecs(Spec)
    for _ in range(count):
        manager.register(Plugin())
    hook = manager.hook.step
    return lambda: hook(call=None)


def function_list(count: int) -> Callable[[], object]:
    """Give the least that calling some functions costs."""
    functions = [no_opinion] * count
    return lambda: [function(None) for function in functions]


async def awaited_in_turn() -> None:
    """Await five functions."""
    for _ in range(5):
        await no_opinion_later(None)


def operation(run: Run, name: str, hook: Any = None, count: int = 0) -> Callable[[], Awaitable[object]]:
    """Give an operation which some hooks listen to."""
    for _ in range(count):
        run.hooks.register(f"before_{name}", hook)
    ctx, call = run.context(), Call(name, "bench", None)
    return lambda: perform(ctx, call, core)


async def measure(_peers: Peers) -> dict[str, Samples]:
    """Call everything in turn."""
    async with open_context() as ctx:
        run = ctx.run
        table, bare_ctx, bare_call = run.context().scope.table(), run.context(), Call("workflow_step", "bench", None)
        turns = {
            "asked": looped(lambda: table.plan("workflow_step"), TIMES),
            "call": looped(lambda: None, TIMES),
            "bare": repeated(lambda: core(bare_call, bare_ctx), TIMES),
            "nobody": repeated(operation(run, "workflow_step"), TIMES),
            "async": repeated(operation(run, "state_write", no_opinion_later, 5), TIMES),
            "in turn": repeated(awaited_in_turn, TIMES),
        }
        for count, name in OPERATIONS.items():
            turns[f"{count}"] = repeated(operation(run, name, no_opinion, count), TIMES)
        for count in (0, *OPERATIONS):
            turns[f"pluggy {count}"] = looped(pluggy_with(count), TIMES)
            turns[f"list {count}"] = looped(function_list(count), TIMES)
        taken = await contest(turns)
    rows = {
        f"hook, {count}": {
            OURS: [one - none for one, none in zip(taken[f"{count}"], taken["nobody"], strict=True)],
            "pluggy": taken[f"pluggy {count}"],
            FUNCTION_LIST: taken[f"list {count}"],
        }
        for count in OPERATIONS
    }
    asked = [one - call for one, call in zip(taken["asked"], taken["call"], strict=True)]
    later = [five - none for five, none in zip(taken["async"], taken["nobody"], strict=True)]
    return rows | {
        "hook, nobody listens": {OURS: asked, "pluggy": taken["pluggy 0"], FUNCTION_LIST: taken["list 0"]},
        "hook, 5 async, one deadline": {OURS: later, "awaited in turn": taken["in turn"]},
        "operation, nobody listens": {OURS: taken["nobody"], "bare await": taken["bare"]},
    }
