"""Requests to models: one operation whose core folds a provider's stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from attrs import evolve

from llmspell.errors import HookError, LlmspellError, NetworkError, ProviderError, UnreachableError
from llmspell.model.call import Call
from llmspell.model.fold import Fold
from llmspell.model.llm import Completion, Done, LlmRequest, Reset
from llmspell.runtime.ops import perform

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from llmspell.runtime.context import CallContext
    from llmspell.runtime.models import ModelChoice
    from llmspell.spec import Provider


async def complete(
    ctx: CallContext,
    choice: ModelChoice,
    request: LlmRequest,
    *,
    sink: Callable[[object], Awaitable[None]] | None = None,
    settings: Mapping[str, object] | None = None,
    purpose: str = "",
) -> Completion:
    """Ask a model once; parts go to `sink` while they come, the last one is `Done(completion)`.

    A hook may send the call elsewhere: `metadata["provider"]` names the provider that is asked. `settings` are the
    options of an agent that belong to hook sets, told to hooks as `metadata["settings"]`. `purpose` says what is asked
    for when it is no answer to the user, as `metadata["purpose"]` and in the transcript.

    Raises a `ProviderError`; a stream without its end is a `StreamInterruptedError`, never a short answer.
    """
    provider = cast("Provider", await ctx.app.components.instance(choice.component, run=ctx.run))
    inner = ctx.within(choice.component, f"{purpose or 'llm'}:{choice.model}", sink=sink)
    attempts = 0

    async def core(call: Call, at: CallContext) -> Completion:
        nonlocal attempts
        attempts += 1
        at.sink = call.sink
        if attempts > 1 and call.sink is not None:
            await call.sink(Reset(attempts))
        if call.metadata.get("provider", choice.component.name) != choice.component.name:
            return await _elsewhere(choice, call, at)
        return await _stream(provider, call, at)

    about: dict[str, object] = {"provider": choice.component.name}
    if settings:
        about["settings"] = settings
    if purpose:
        about["purpose"] = purpose
    call = Call("llm_call", request.model, request, effect="idempotent", sink=sink, metadata=about)
    completion = await perform(inner, call, core)
    if not isinstance(completion, Completion):
        message = (
            f"a hook answered the request to {request.model!r} with {type(completion).__name__}, wanted a Completion"
        )
        raise HookError(message)
    if sink is not None:
        await sink(Done(completion))
    return completion


async def _elsewhere(choice: ModelChoice, call: Call, ctx: CallContext) -> Completion:
    """Ask the provider that a hook has named instead, with that provider's own configuration and rights."""
    request = cast("LlmRequest", call.input)
    other = ctx.app.models.choose(ctx.run, str(call.metadata["provider"]), request.model)
    provider = cast("Provider", await ctx.app.components.instance(other.component, run=ctx.run))
    extra = {key: value for key, value in request.extra.items() if key not in choice.extra}
    inner = ctx.within(other.component, f"llm:{other.model}", sink=call.sink)
    return await _stream(provider, call.replace(input=request.replace(extra={**extra, **other.extra})), inner)


async def _stream(provider: Provider, call: Call, ctx: CallContext) -> Completion:
    request = cast("LlmRequest", call.input)
    fold = Fold()
    parts = provider.stream(request, ctx)
    watched = ctx.app.events.wants("stream_chunk")
    outside: Exception | None = None
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
        return completion if completion.usage.requests else _counted(completion)
    except Exception as error:
        if error is outside:  # of who takes the parts, no fault of the provider
            raise
        ctx.app.services.mask_error(error)
        told = of_provider(error, call.metadata.get("provider"), request.model)
        if told is error:
            raise
        raise told from error
    finally:
        closer = getattr(parts, "aclose", None)
        if closer is not None:
            await closer()


def _counted(completion: Completion) -> Completion:
    """Count the request of an answer that does not say what it took: it was made, and may have cost something."""
    return evolve(completion, usage=evolve(completion.usage, requests=1))


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
