"""Malformed arguments for every installed tool: each is refused before the tool runs, or understood by it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from llmspell.errors import LlmspellError, ToolExecutionError, ValidationError
from llmspell.kernel.catalog import Catalog
from llmspell.kernel.discovery import scan
from llmspell.kernel.loader import Loader
from llmspell.runtime.builtins import builtins
from tests.security.inputs import examples
from tests.security.probe import Area, Case

if TYPE_CHECKING:
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.tools import BoundTool
    from tests.security.probe import Stage

EACH = 500
PATIENCE = 1.0
"""Seconds after which a call with good arguments may still work on them: a watcher watches."""


def load() -> list[Case]:
    """Give a case for each tool that is installed."""
    found = Catalog(Loader(scan(), builtins=builtins())).list("tool")
    return [Case(one.qualified, {"tool": one.qualified}) for one in sorted(found, key=lambda one: one.qualified)]


async def call(case: Case, stage: Stage) -> str | None:
    """Call one tool with arguments made from its schema, in a folder of its own where it may read and write."""
    folder = stage.fresh()
    (folder / "a.txt").write_text("some text\n")
    ctx = await stage.context(grants=["fs.read=.", "fs.write=."], cwd=folder)
    bound = await ctx.app.tools.bind(case.data["tool"])
    for number, arguments in enumerate(examples(bound.schema.json_schema, len(stage.rounds(EACH)))):
        fault = await _one(ctx, bound, arguments)
        if fault:
            return f"input {number}, {arguments!r:.300}: {fault}"
    return None


async def _one(ctx: CallContext, bound: BoundTool, arguments: Any) -> str | None:
    fits = not bound.schema.validate(arguments)
    error: BaseException | None = None
    try:
        async with asyncio.timeout(PATIENCE):
            await ctx.app.tools.execute(ctx, bound, arguments)
    except TimeoutError:
        return None if fits else "refused late: it was still working"
    except Exception as raised:  # noqa: BLE001 - which one is what is asked
        error = raised
    if error is not None and not isinstance(error, LlmspellError):
        return f"an error without a type: {type(error).__name__}: {error}"
    if isinstance(error, ToolExecutionError) and not isinstance(error.__cause__, LlmspellError | None):
        return f"an error that the tool did not foresee: {error.message:.300}"
    if not fits and not (isinstance(error, ValidationError) and error.context.get("faults")):
        return f"refused late: {error!r:.300}"
    return None


AREA = Area(
    "tool_inputs",
    promise="G8",
    title="Malformed arguments of tools",
    how="Hypothesis makes 500 arguments from the schema of each installed tool, with a fixed seed: near the schema, "
    "with wrong, missing and unknown values; what does not fit is refused before the tool runs, and no error is "
    "without a type",
    load=load,
    try_=call,
    sample=100,
)
