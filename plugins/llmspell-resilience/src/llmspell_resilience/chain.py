"""Ask one model after the other until one answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from attrs import evolve

from llmspell.errors import LlmspellError
from llmspell.model.llm import LlmRequest, Reasoning
from llmspell.spec.recovered import Watched, noted
from llmspell.spec.recovery import note
from llmspell_resilience.part import Target

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.model.call import Call
    from llmspell.spec import Context
    from llmspell_resilience.part import Proceed
    from llmspell_resilience.sections import FallbackSection


async def first_that_answers(
    targets: Sequence[Target],
    call: Call,
    proceed: Proceed,
    ctx: Context,
    rule: FallbackSection,
    *,
    action: str = "fallback",
    after: LlmspellError | None = None,
) -> object:
    """Ask the targets in turn; go on only after an error that another model may not have.

    An answer after a failure, or after the error `after`, carries a note of `action`. Raises the last error, whose
    `context["tried"]` tells of those before.
    """
    # One watch for all who ask: every part of a stream goes through each.
    watched = call.sink if call.sink is None or isinstance(call.sink, Watched) else Watched(call.sink)
    tried: list[dict[str, object]] = []
    for index, target in enumerate(targets):
        try:
            result = await proceed(aimed(call, target, watched))
            return result if after is None else noted(result, note(action, call, after, to=str(target)))
        except LlmspellError as error:
            after = after or error
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
