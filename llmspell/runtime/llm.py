"""Requests to models: one operation whose core folds a provider's stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from attrs import evolve

from llmspell.errors import HookError, LlmspellError, NetworkError, ProviderError, UnreachableError
from llmspell.model.call import Call
from llmspell.model.fold import Fold
from llmspell.model.llm import Completion, Done, LlmRequest, Reset, Usage
from llmspell.runtime.journal.effects import effect
from llmspell.runtime.ops import perform

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from llmspell.runtime.context import CallContext
    from llmspell.runtime.models import ModelChoice
    from llmspell.runtime.ops import Core
    from llmspell.spec import Provider

NOTHING = Usage()


async def complete(
    ctx: CallContext,
    choice: ModelChoice,
    request: LlmRequest,
    *,
    sink: Callable[[object], Awaitable[None]] | None = None,
    settings: Mapping[str, object] | None = None,
    purpose: str = "",
    lost: list[Usage] | None = None,
) -> Completion:
    """Ask a model once; parts go to `sink` while they come, the last one is `Done(completion)`.

    A hook may send the call elsewhere: `metadata["provider"]` names the provider that is asked. `settings` are the
    options of an agent that belong to hook sets, told to hooks as `metadata["settings"]`. `purpose` says what is asked
    for when it is no answer to the user, as `metadata["purpose"]` and in the transcript. What attempts took that gave
    no answer, as far as it was told, is added to `lost`, also when all of it is cancelled.

    Raises a `ProviderError`; a stream without its end is a `StreamInterruptedError`, never a short answer.
    """
    inner = ctx.within(choice.component, f"{purpose or 'llm'}:{choice.model}", sink=sink)
    books = ctx.child("lost") if lost is not None and ctx.run.journal.active else None
    provider = cast("Provider", await ctx.app.components.instance(choice.component, run=ctx.run))
    attempts = 0
    took: list[Took] = []

    async def core(call: Call, at: CallContext) -> Completion:
        nonlocal attempts
        attempts += 1
        at.sink = call.sink
        if attempts > 1 and call.sink is not None:
            await call.sink(Reset(attempts))
        if call.metadata.get("provider", choice.component.name) != choice.component.name:
            return await _elsewhere(choice, call, at, took)
        return await _stream(provider, call, at, took)

    about: dict[str, object] = {"provider": choice.component.name}
    if settings:
        about["settings"] = settings
    if purpose:
        about["purpose"] = purpose
    call = Call("llm_call", request.model, request, effect="idempotent", sink=sink, metadata=about)
    completion = await (
        perform(inner, call, core) if lost is None else _counting(inner, call, core, (took, lost, books))
    )
    if not isinstance(completion, Completion):
        message = (
            f"a hook answered the request to {request.model!r} with {type(completion).__name__}, wanted a Completion"
        )
        raise HookError(message)
    if sink is not None:
        await sink(Done(completion))
    return completion


class Took(NamedTuple):
    """What one attempt took, as far as the provider told, and whether it came to an answer."""

    usage: Usage
    whole: bool


async def _counting(
    ctx: CallContext, call: Call, core: Core, to: tuple[list[Took], list[Usage], CallContext | None]
) -> object:
    """Ask, and add what attempts `took` that gave no answer to what is `lost`, however it ends."""
    took, lost, books = to
    answered = False
    try:
        completion = await perform(ctx, call, core)
        answered = isinstance(completion, Completion)
    except LlmspellError:
        took[:] = await _recorded(books, took)
        raise
    else:
        took[:] = await _recorded(books, took)
        return completion
    finally:
        if took:
            lost += _in_vain(took, answered=answered)


async def _recorded(ctx: CallContext | None, took: list[Took]) -> list[Took]:
    """Give what attempts took, also those of an earlier life of a durable run: limits count it."""
    if ctx is None:
        return took

    async def read() -> list[Took]:
        return took

    return await effect(ctx, "attempts", read, decode=lambda found: [Took(*one) for one in found])


def _in_vain(took: Sequence[Took], *, answered: bool) -> list[Usage]:
    """Give what attempts took besides the one whose answer counts: the last that came to one."""
    counts = max((at for at, one in enumerate(took) if one.whole), default=-1) if answered else -1
    return [one.usage for at, one in enumerate(took) if at != counts]


async def _elsewhere(choice: ModelChoice, call: Call, ctx: CallContext, took: list[Took]) -> Completion:
    """Ask the provider that a hook has named instead, with that provider's own configuration and rights."""
    request = cast("LlmRequest", call.input)
    other = ctx.app.models.choose(ctx.run, str(call.metadata["provider"]), request.model)
    provider = cast("Provider", await ctx.app.components.instance(other.component, run=ctx.run))
    extra = {key: value for key, value in request.extra.items() if key not in choice.extra}
    inner = ctx.within(other.component, f"llm:{other.model}", sink=call.sink)
    return await _stream(provider, call.replace(input=request.replace(extra={**extra, **other.extra})), inner, took)


async def _stream(provider: Provider, call: Call, ctx: CallContext, took: list[Took]) -> Completion:
    request = cast("LlmRequest", call.input)
    fold = Fold()
    parts = provider.stream(request, ctx)
    watched = ctx.app.events.wants("stream_chunk")
    outside: Exception | None = None
    whole = False
    try:
        async for part in parts:
            fold.add(part)
            try:
                if call.sink is not None:
                    await call.sink(part)
            except Exception as error:
                outside = error
                raise
            if watched:
                await ctx.app.events.emit(
                    "stream_chunk", {"model": request.model, "type": type(part).__name__}, run=ctx.scope.run_id
                )
        completion = fold.completion(model=request.model)
        completion = completion if completion.usage.requests else evolve(completion, usage=_counted(completion.usage))
        took.append(Took(completion.usage, whole=True))
        whole = True
        return completion
    except Exception as error:
        if error is outside:  # of who takes the parts, no fault of the provider
            raise
        ctx.app.services.mask_error(error)
        told = of_provider(error, call.metadata.get("provider"), request.model)
        if told is error:
            raise
        raise told from error
    finally:
        if not whole and fold.usage != NOTHING:
            took.append(Took(_counted(fold.usage), whole=False))
        closer = getattr(parts, "aclose", None)
        if closer is not None:
            await closer()


def _counted(usage: Usage) -> Usage:
    """Count the request of an answer that does not say what it took: it was made, and may have cost something."""
    return usage if usage.requests else evolve(usage, requests=1)


def of_provider(error: Exception, provider: object, model: str | None) -> LlmspellError:
    """Give the error of a provider as one that names provider and model; a cut network is its own kind."""
    about = {"provider": provider, "model": model} if model else {"provider": provider}
    if not isinstance(error, LlmspellError):
        message = f"provider {provider!r} failed: {type(error).__name__}: {error}"
        return ProviderError(message, context=about)
    for key, value in about.items():
        error.context.setdefault(key, value)
    if not isinstance(error, NetworkError):
        return error
    return UnreachableError(
        error.message,
        suggestions=error.suggestions,
        context=error.context,
        retry_after=error.retry_after,
        retryable=error.retryable,
    )
