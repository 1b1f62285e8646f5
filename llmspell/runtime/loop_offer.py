"""What the loop offers to a model: descriptions of tools, and the names under which the catalogue has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from attrs import evolve

from llmspell.errors import AgentConfigError, HookError
from llmspell.model.call import Call
from llmspell.model.llm import ToolCall, ToolSpec
from llmspell.runtime.ops import perform

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.llm import Content, Message
    from llmspell.runtime.agents import Agent
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.tools import BoundTool


class Offer(NamedTuple):
    """Hold the tools of one request by the name a model uses: descriptions, names in the catalogue, what is special."""

    specs: tuple[ToolSpec, ...]
    refs: dict[str, str | BoundTool]
    extras: dict[str, Mapping[str, object]]


NOTHING = Offer((), {}, {})


async def offer(agent: Agent, ctx: CallContext, more: Mapping[str, BoundTool] | None = None) -> Offer:
    """Describe the agent's tools, and `more` of this run alone, as the hooks of `tools_available` leave them.

    Raises `AgentConfigError` for two tools of one name and `HookError` for what is no offer.
    """
    tools = ctx.app.tools
    refs: dict[str, str | BoundTool] = {}
    extras: dict[str, Mapping[str, object]] = {}
    specs: list[ToolSpec] = []
    for ref in agent.tools:
        bound = await tools.bind(ref, owner=ctx.run.id)
        spec = bound.spec
        if spec.name in refs:
            _same_tool(agent, ctx, spec.name, refs[spec.name], ref)
            continue
        refs[spec.name] = ref
        extras[spec.name] = bound.component.extra
        specs.append(spec)
    for name, bound in (more or {}).items():
        if name in refs:
            message = f"agent {agent.name!r} offers a tool called {name!r} and hands over by that name"
            raise AgentConfigError(message, suggestions=["rename one of them"])
        refs[name], extras[name] = bound, bound.component.extra
        specs.append(bound.spec)
    offered = tuple(specs)
    if ctx.scope.table().plan("tools_available") is None:
        return Offer(offered, refs, extras)
    given = await perform(ctx, Call("tools_available", agent.name, offered, effect="pure"), _as_given)
    if not isinstance(given, (tuple, list)) or not all(isinstance(one, ToolSpec) for one in given):
        message = f"a hook offered {type(given).__name__} to agent {agent.name!r}, wanted tool descriptions"
        raise HookError(message)
    names = {spec.name: refs.get(spec.name, spec.name) for spec in given}
    catalog = ctx.app.catalog
    known = {
        name: extras[name] if name in extras else catalog.get("tool", str(ref), owner=ctx.run.id).extra
        for name, ref in names.items()
    }
    return Offer(tuple(given), names, known)


async def _as_given(call: Call, _: CallContext) -> object:
    return call.input


def _same_tool(agent: Agent, ctx: CallContext, name: str, one: str | BoundTool, other: str) -> None:
    """Pass over a tool that is named twice; refuse two tools that a model could not tell apart."""
    catalog, owner = ctx.app.catalog, ctx.run.id
    if isinstance(one, str) and catalog.get("tool", one, owner=owner) is not catalog.get("tool", other, owner=owner):
        message = f"agent {agent.name!r} offers two tools called {name!r}: {one!r} and {other!r}"
        raise AgentConfigError(message, suggestions=["offer one of them"])


def identified(answer: Message, before: Iterable[Message], ctx: CallContext) -> Message:
    """Give every tool call of an answer an id of its own: providers omit and repeat them, outcomes go by them."""
    if not answer.tool_calls:
        return answer
    said = (turn.parts for turn in before if turn.role == "assistant")
    taken = {part.id for parts in said for part in parts if isinstance(part, ToolCall)}
    parts: list[Content] = []
    for part in answer.parts:
        if isinstance(part, ToolCall):
            if not part.id or part.id in taken:
                part = evolve(part, id=ctx.new_id())  # noqa: PLW2901 - the same part under its own id
            taken.add(part.id)
        parts.append(part)
    return evolve(answer, parts=tuple(parts))
