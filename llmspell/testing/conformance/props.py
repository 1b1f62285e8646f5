"""The tools and workflows of a spell of the list: a plugin, given with `-p llmspell.testing.conformance.props`."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Mapping  # noqa: TC003 - the schema of a tool is made from its types
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from llmspell.bridge.callbacks import Callback
from llmspell.errors import RateLimitError
from llmspell.spec import Component, Context, hookimpl, tool, workflow_kind
from llmspell.testing.conformance.stage import ON_STAGE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmspell.model.workflow import Definition, Fault, Step
    from llmspell.runtime.context import CallContext
    from llmspell.spec import Flow

NO_INPUT: Mapping[str, object] = {}
NO_NAMES: Mapping[str, str] = {}
_HERE = __name__


def echo(value: Any = None) -> Any:
    """Give back what was given."""
    return value


def tell(value: Any = None) -> Any:
    """Give back what was given, and keep it as evidence."""
    ON_STAGE.get().told.append(value)
    return value


def fail(message: str = "too many requests") -> None:
    """Fail as a provider with too much to do: code 7003, recoverable, to be tried again after seven seconds."""
    raise RateLimitError(message, retry_after=7.0, suggestions=["wait a little"], context={"asked": 3})


def crash() -> None:
    """Fail as a tool with a mistake in it."""
    raise ZeroDivisionError("division by zero")


async def meet(value: Any = None, of: int = 2) -> Any:
    """Wait until so many are under way at once; then all go on, the last to come first, each with its own value."""
    waiting = ON_STAGE.get().gathered.setdefault("meet", [])
    mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting.append(mine)
    if len(waiting) == of:
        for one in reversed(waiting):
            if not one.done():
                one.set_result(None)
        waiting.clear()
    await mine
    return value


async def wait_for(gate: str, value: Any = None) -> Any:
    """Wait until somebody opens a gate, then give back the value.

    Waiting at a gate opens the gate `<gate> awaited`, and giving up, because the call was cancelled, `<gate> given up`.
    """
    stage = ON_STAGE.get()
    stage.gate(f"{gate} awaited").set()
    try:
        await stage.gate(gate).wait()
    except asyncio.CancelledError:
        stage.gate(f"{gate} given up").set()
        raise
    return value


def open_gate(gate: str) -> None:
    """Open a gate."""
    ON_STAGE.get().gate(gate).set()


async def call(name: str, ctx: Context, input: Mapping[str, object] = NO_INPUT) -> object:  # noqa: A002 - the word of the port
    """Call a tool from a task of the kernel that is none of the spell's."""
    return await asyncio.create_task(_result(ctx, name, input))


async def call_from_thread(name: str, ctx: Context, input: Mapping[str, object] = NO_INPUT) -> object:  # noqa: A002
    """Call a tool from a thread that is not the kernel's."""
    loop = asyncio.get_running_loop()

    def elsewhere() -> object:
        return asyncio.run_coroutine_threadsafe(_result(ctx, name, input), loop).result()

    return await asyncio.to_thread(elsewhere)


async def keep(name: str, ctx: Context) -> None:
    """Keep a tool that the spell registered, ready to be called after the spell's end."""
    context = cast("CallContext", ctx)
    stage = ON_STAGE.get()
    bound = await stage.app.tools.bind(name, owner=context.run.id)
    stage.kept[name] = partial(stage.app.tools.execute, context, bound)


def callbacks() -> int:
    """Count the functions of scripts that the kernel holds."""
    gc.collect()
    return sum(isinstance(one, Callback) for one in gc.get_objects())


class Line:
    """A kind of workflows: steps one after the other."""

    options: Mapping[str, str] = NO_NAMES

    def check(self, definition: Definition) -> Iterable[Fault]:  # noqa: ARG002 - nothing is wrong with a line
        """Find nothing wrong."""
        return ()

    def before(self, definition: Definition, step: Step) -> Iterable[str]:  # noqa: ARG002 - the steps look at the input
        """Name none."""
        return ()

    async def run(self, flow: Flow) -> object:
        """Give what the last step gave that was done."""
        value: object = None
        for step in flow.remaining():
            outcome = await flow.step(step)
            value = outcome.value if outcome.ok else value
        return value


@hookimpl
def llmspell_workflow_kinds() -> list[Component]:
    """Describe the kind."""
    return [workflow_kind("line", f"{_HERE}:Line", "Do steps one after the other.")]


async def _result(ctx: Context, name: str, given: Mapping[str, object]) -> object:
    return await ctx.call(f"tool:{name}", given)


@hookimpl
def llmspell_tools() -> list[Component]:
    """Describe the tools."""
    made = (echo, tell, fail, crash, meet, wait_for, open_gate, call, call_from_thread, keep, callbacks)
    return [
        tool(one.__name__, f"{_HERE}:{one.__name__}", (one.__doc__ or "").split("\n")[0], category="props")
        for one in made
    ]
