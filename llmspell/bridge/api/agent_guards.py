"""Guards that scripts write: functions that look at what an agent is told, what it says, what its tools are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.bridge import shapes
from llmspell.bridge.definition import Options
from llmspell.errors import HookError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Annotated, Literal

    from llmspell.bridge.api.agent_hooks import Settings
    from llmspell.bridge.callbacks import Callback
    from llmspell.bridge.definition import Duration
    from llmspell.bridge.session import SpellSession
    from llmspell.model.guard import Checked, Guards
    from llmspell.runtime.agents import AgentConfig

WAYS = "{trip = reason}, {replace = value}, and for a tool {refuse = reason}"


class GuardSettings(Options):
    """One guard: a function, and when it is asked."""

    function_key = "check"

    check: Annotated[Callback, "`function(seen)`: nothing or true lets pass, false or `{trip = reason}` stops the run"]
    name: Annotated[str | None, "name in errors"] = None
    first: Annotated[bool, "of an input: asked before the model is, not beside it"] = False
    every: Annotated[int | None, "of an output: asked also while it is written, every so many characters"] = None
    when: Annotated[Literal["call", "result", "both"], "of a tool: before its call, after it, or both"] = "call"
    timeout: Annotated[Duration | None, "how long it may take"] = None


class GuardOptions(Options):
    """The guards of an agent: functions, tables of one, or names of options of hook sets; one of them or a list."""

    input: Annotated[
        list[GuardSettings | Callback | str] | GuardSettings | Callback | str | None, "of what the agent is told"
    ] = None
    output: Annotated[
        list[GuardSettings | Callback | str] | GuardSettings | Callback | str | None, "of what the agent says"
    ] = None
    tools: Annotated[
        list[GuardSettings | Callback | str] | GuardSettings | Callback | str | None, "of its tool calls"
    ] = None


async def with_guards(
    session: SpellSession, options: GuardOptions, config: AgentConfig, settings: Settings
) -> tuple[AgentConfig, Settings]:
    """Give a configuration with its guards, and the settings of hook sets with those that are guards.

    Raises `agent_configuration` for a name that nothing installed understands.
    """
    guards, names = script_guards(options)
    named = await session.app.hook_sets.checked(dict.fromkeys(names, True))
    return config.replace(guards=guards), {**named, **settings}


def script_guards(options: GuardOptions) -> tuple[Guards | None, list[str]]:
    """Give the guards of an agent that are functions, and the names of those that hook sets have."""
    from attrs import evolve  # noqa: PLC0415 - paid by agents with guards

    from llmspell.model.guard import Guard, Guards  # noqa: PLC0415 - likewise

    stages: dict[str, list[Guard]] = {}
    names: list[str] = []
    for stage in ("input", "output", "tools"):
        given = getattr(options, stage)
        for number, one in enumerate(given if isinstance(given, list) else [given], 1):
            if isinstance(one, str):
                names.append(one)
            elif one is not None:
                said = one if isinstance(one, GuardSettings) else GuardSettings(check=one)
                name = said.name or f"{stage} {number}"
                guard = Guard(check=_asking(said, name), name=name, first=said.first, every=said.every, when=said.when)
                timed = guard if said.timeout is None else evolve(guard, timeout=said.timeout)
                stages.setdefault(stage, []).append(timed)
    return (Guards(**stages) if stages else None), names


def _asking(settings: GuardSettings, name: str) -> Callable[[Checked], Any]:
    async def check(checked: Checked) -> object:
        return _verdict(await settings.check(_shown(checked), timeout=None), name)

    return check


def _shown(checked: Checked) -> dict[str, object]:
    """Write what a guard is shown as a table."""
    table: dict[str, object] = {"stage": checked.stage, "agent": checked.agent}
    if checked.stage == "tool":
        table |= {"tool": checked.tool, "arguments": dict(checked.arguments), "ran": checked.ran}
        return {**table, "result": checked.result} if checked.ran else table
    table |= {"text": checked.text, "final": checked.final}
    if checked.reasoning:
        table["reasoning"] = checked.reasoning
    if checked.media:
        table["media"] = [shapes.medium(one, data=False) for one in checked.media]
    return table if checked.data is None else {**table, "data": checked.data}


def _verdict(said: object, name: str) -> object:
    """Read what a guard's function returned; raises `HookError` for what is no verdict."""
    from llmspell.model.decision import Refuse  # noqa: PLC0415 - paid by a guard
    from llmspell.model.guard import Replace, Trip  # noqa: PLC0415

    if said is None or isinstance(said, bool):
        return said
    if isinstance(said, dict) and said.keys() == {"replace", "reasoning"} and isinstance(said["reasoning"], str):
        return Replace(said["replace"], said["reasoning"])
    if isinstance(said, dict) and len(said) == 1:
        ((way, value),) = said.items()
        if way in ("trip", "refuse") and isinstance(value, str):
            return Trip(value) if way == "trip" else Refuse(value)
        if way == "replace":
            return Replace(value)
    message = f"guard {name!r} returned {said!r}, which is no verdict"
    raise HookError(message, suggestions=[f"return nothing, true, false, or one of {WAYS}"])
