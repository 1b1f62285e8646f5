"""Ask one model after the other until one answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from attrs import evolve

from llmspell.errors import LlmspellError
from llmspell.model.llm import LlmRequest, Reasoning, Reset
from llmspell_resilience.part import Target

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from llmspell.model.call import Call
    from llmspell.spec import Context
    from llmspell_resilience.part import Proceed
    from llmspell_resilience.sections import FallbackSection


class Watched:
    """Know whether parts of an answer were shown."""

    __slots__ = ("_sink", "shown")

    def __init__(self, sink: Callable[[object], Awaitable[None]]) -> None:
        self._sink = sink
        self.shown = False

    def __call__(self, part: object) -> Awaitable[None]:
        """Hand a part on; no coroutine of its own, for every part of every stream comes by."""
        self.shown = not isinstance(part, Reset)
        return self._sink(part)


async def first_that_answers(
    targets: Sequence[Target], call: Call, proceed: Proceed, ctx: Context, rule: FallbackSection
) -> object:
    """Ask the targets in turn; go on only after an error that another model may not have.

    Raises the last error, whose `context["tried"]` tells of those before.
    """
    # One watch for all who ask: every part of a stream goes through each.
    watched = call.sink if call.sink is None or isinstance(call.sink, Watched) else Watched(call.sink)
    tried: list[dict[str, object]] = []
    for index, target in enumerate(targets):
        try:
            return await proceed(aimed(call, target, watched))
        except LlmspellError as error:
            if tried:
                error.context.setdefault("tried", tried.copy())
            if index + 1 == len(targets) or error.type not in rule.on:
                raise
            if watched is not None and watched.shown and not rule.after_parts:
                raise
            tried.append({"model": str(target), "error": error.type, "message": error.message})
            about = {"from": str(target), "to": str(targets[index + 1]), "error": error.to_dict()}
            await ctx.events.emit("fallback_used", about)
    message = "there is no model to ask"
    raise ValueError(message)


def aimed(call: Call, target: Target, sink: Watched | None) -> Call:
    """Send a call to a model; reasoning of another provider stays behind, since only that one can read it."""
    request = cast("LlmRequest", call.input)
    made = call if sink is None else call.with_sink(sink)
    here = Target.of(call)
    if here == target:
        return made
    if here.provider != target.provider:
        request = request.replace(
            messages=tuple(
                evolve(one, parts=tuple(part for part in one.parts if not isinstance(part, Reasoning)))
                if any(isinstance(part, Reasoning) for part in one.parts)
                else one
                for one in request.messages
            )
        )
    about = {**call.metadata, "provider": target.provider}
    return made.replace(subject=target.model, input=request.replace(model=target.model), metadata=about)
