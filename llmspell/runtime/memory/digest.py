"""Digests: a model writes a summary of the older part of a conversation, within limits of its own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import (
    ContentFilterError,
    LimitReachedError,
    LlmspellError,
    NonDeterminismError,
    ProviderError,
    UncertainOutcomeError,
)
from llmspell.model.llm import LlmRequest, Media, Message, Reasoning, Text, ToolCall, ToolResult, Usage, message
from llmspell.model.tokens import estimate
from llmspell.runtime.journal.timers import bounded
from llmspell.runtime.llm import complete
from llmspell.runtime.loop_limits import Bounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.llm import Completion, Content
    from llmspell.model.memory import Compaction
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.models import ModelChoice
    from llmspell.runtime.spending import Spending

PURPOSE = "compaction"
"""What the request is for, to hooks and in the transcript."""

LONGEST_RESULT = 2_000
"""Characters of one tool result that the summariser reads."""

OPENING = "Summary of the conversation so far, written by a model:\n\n"
"""How a model is told that it reads no words of the user."""


class Asker(NamedTuple):
    """On whose behalf a model is asked: the call of an agent, its model, its options that belong to hook sets.

    `spending` is what the run has spent; without it there is no limit of money.
    """

    ctx: CallContext
    choice: ModelChoice
    hooks: Mapping[str, object] | None = None
    spending: Spending | None = None


class NoDigestError(Exception):
    """Say that there is no summary: what went wrong, and the tokens that it took all the same."""

    def __init__(self, error: LlmspellError, usage: Usage) -> None:
        super().__init__(error.message)
        self.error = error
        self.usage = usage


async def digest(asker: Asker, settings: Compaction, told: Iterable[Message]) -> tuple[str, Usage]:
    """Have messages summarised; give the text that stands in their place, and what that took.

    Raises `NoDigestError` when the summariser fails, takes too long or does not come to an end.
    """
    ctx, choice, usage = asker.ctx, asker.choice, Usage()
    lost: list[Usage] = []
    try:
        if settings.model or settings.provider:
            choice = ctx.app.models.choose(ctx.run, settings.provider, settings.model)
        bounds = None if asker.spending is None else Bounds(ctx, asker.spending, choice)
        if bounds is not None:
            await bounds.affordable()
        completion = await _ask(asker, choice, settings, told, lost)
        usage = completion.usage
        if bounds is not None and usage.cost is None:
            usage = bounds.priced(usage)
        return OPENING + _judged(completion, choice, settings), sum(lost, usage)
    except (NonDeterminismError, UncertainOutcomeError):
        raise
    except LlmspellError as error:
        raise NoDigestError(error, sum(lost, usage)) from error


async def _ask(
    asker: Asker, choice: ModelChoice, settings: Compaction, told: Iterable[Message], lost: list[Usage]
) -> Completion:
    request = LlmRequest(
        model=choice.model,
        messages=(message("user", "\n\n".join(filter(None, map(_line, told)))),),
        system=settings.prompt,
        max_tokens=settings.max_tokens,
        extra=dict(choice.extra),
    )
    timer = bounded(asker.ctx, "digest", settings.seconds)
    try:
        async with timer:
            return await complete(asker.ctx, choice, request, settings=asker.hooks, purpose=PURPOSE, lost=lost)
    except TimeoutError as error:
        if not timer.expired():
            raise
        raise _endless(choice, f"took longer than {settings.seconds:g} s") from error


def _judged(completion: Completion, choice: ModelChoice, settings: Compaction) -> str:
    """Give the text of a summary; raises for what is none."""
    text = completion.message.text.strip()
    if completion.finish_reason == "content_filter":
        raise ContentFilterError(f"model {choice.model!r} was kept from summarising the conversation")
    if completion.finish_reason == "length" or estimate(text) > 2 * settings.max_tokens:
        raise _endless(choice, f"did not come to an end within {settings.max_tokens} tokens")
    if not text:
        raise ProviderError(f"model {choice.model!r} gave no summary of the conversation")
    return text


def as_message(summary: str) -> Message:
    """Give the message by which a model is told a summary; no user has said it."""
    return Message(role="user", parts=(Text(text=summary),), automatic=True)


def _endless(choice: ModelChoice, what: str) -> LimitReachedError:
    return LimitReachedError(
        f"the summary of the conversation by model {choice.model!r} {what}",
        suggestions=["raise compaction.max_tokens or compaction.seconds, or name another compaction.model"],
    )


def _line(one: Message) -> str:
    """Write a message for the summariser: who said it, and what."""
    said = "\n".join(filter(None, map(_part, one.parts)))
    return f"[{one.role}]\n{said}" if said else ""


def _part(part: Content) -> str:
    """Write a part; reasoning is left out, as it is of no use to anybody but its own model."""
    if isinstance(part, Text):
        return part.text
    if isinstance(part, ToolCall):
        return f"(calls {part.name} with {part.raw or json.dumps(part.arguments, ensure_ascii=False, default=str)})"
    if isinstance(part, ToolResult):
        left = len(part.content) - LONGEST_RESULT
        more = f" ... ({left} more characters)" if left > 0 else ""
        return f"({part.name} {part.outcome}: {part.content[:LONGEST_RESULT]}{more})"
    if isinstance(part, Media):
        return f"({part.kind} {part.name or part.media_type})"
    return "" if isinstance(part, Reasoning) else f"({part.type})"
