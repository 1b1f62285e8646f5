"""Data that is small and costs much: patterns, sums, documents, templates, comparisons."""

from __future__ import annotations

import re
from importlib.util import find_spec
from time import perf_counter
from typing import TYPE_CHECKING, Any

from llmspell.errors import LlmspellError
from tests.security.probe import Area, Case, cases_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.runtime.context import CallContext
    from tests.security.probe import Stage

SECONDS = 5.0
"""After which an answer is too late. Far above what the figure on the page may show: machines differ."""

PRIME = 100_003


def filled(value: Any) -> Any:
    """Make the arguments of a case out of what stands for them."""
    if isinstance(value, str):
        return re.sub("«(.+?)\\*(\\d+)»", lambda found: found[1] * int(found[2]), value, flags=re.DOTALL)
    if isinstance(value, list):
        return [filled(one) for one in value]
    if not isinstance(value, dict):
        return value
    made = _made(value)
    return {name: filled(one) for name, one in value.items()} if made is None else made


def _made(about: Mapping[str, Any]) -> Any:
    """Make what a map with a dollar sign stands for; None for an ordinary one."""
    if "$many" in about:
        return list(range(about["$many"]))
    if "$lines" in about:
        return "\n".join(str(number * about["step"] % PRIME) for number in range(about["$lines"]))
    if "$patch" in about:
        return [{"op": "copy", "from": "", "path": f"/{number}"} for number in range(about["$patch"])]
    made: Any = None
    for _ in range(about.get("$deep", 0)):
        made = [made]
    for _ in range(about.get("$deep_map", 0)):
        made = {"a": made}
    return made


async def give(case: Case, stage: Stage) -> str | None:
    """Give the data to the tool."""
    ctx = await stage.once("context", _context)
    arguments = filled(case.data["asks"])
    started = perf_counter()
    try:
        await ctx.call(f"tool:{case.data['tool']}", arguments)
    except LlmspellError as error:
        ended, told = "error", str(error)
    else:
        ended, told = "answer", "it was answered"
    took = perf_counter() - started
    stage.worst("seconds for one answer", took)
    if took > SECONDS:
        return f"it took {took:.1f} s"
    if case.data.get("must", ended) != ended:
        return told
    return "a fault that was not foreseen: " + told if "Traceback" in told or "RecursionError" in told else None


async def _context(stage: Stage) -> CallContext:
    (stage.folder / "a.txt").write_text("a" * 60 + "!\n")
    return await stage.context(grants=("fs.read=.",), cwd=stage.folder)


def load() -> list[Case]:
    """Give the cases."""
    return cases_of("data_bombs.toml")


def why_not() -> str | None:
    """Ask for the tools."""
    missing = [name for name in ("llmspell_tools_files", "llmspell_tools_utilities") if not find_spec(name)]
    return f"{missing[0].replace('_', '-')} is not installed" if missing else None


AREA = Area(
    "data_bombs",
    promise="T6",
    title="Patterns, sums and documents that cost much",
    how="each is given to a tool that takes it from anybody; it must answer, or refuse with an error of ours, at once",
    load=load,
    try_=give,
    needs=why_not,
    sample=30,
)
