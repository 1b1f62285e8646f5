"""What providers can besides chat, as operations: vectors, the list of models, fetching one, counting tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from llmspell.errors import CapabilityMissingError, HookError
from llmspell.model.call import Call
from llmspell.model.embedding import Embeddings, EmbedRequest, ModelInfo
from llmspell.runtime.llm import of_provider
from llmspell.runtime.ops import perform

if TYPE_CHECKING:
    from llmspell.model.llm import LlmRequest
    from llmspell.runtime.app import App
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.run import Run
    from llmspell.spec import Component
    from llmspell.spec.providers import CountsTokens, Embeds, ListsModels, PullsModels


async def embed(ctx: CallContext, component: Component, request: EmbedRequest) -> Embeddings:
    """Turn texts into vectors. Raises `CapabilityMissingError` and `ProviderError`s, as do all of these."""
    result = await _ask(ctx, component, "embeddings", request.model, request)
    return cast("Embeddings", _checked(result, component, "Embeddings", fits=isinstance(result, Embeddings)))


async def list_models(ctx: CallContext, component: Component) -> tuple[ModelInfo, ...]:
    """Give the models that a provider has."""
    result = await _ask(ctx, component, "models", component.name, None)
    fits = isinstance(result, tuple) and all(isinstance(one, ModelInfo) for one in result)
    return cast("tuple[ModelInfo, ...]", _checked(result, component, "a tuple of ModelInfo", fits=fits))


async def pull(ctx: CallContext, component: Component, model: str) -> None:
    """Fetch a model to where it runs; `progress` events tell how many bytes of how many have come."""
    result = await _ask(ctx, component, "pull", model, model)
    _checked(result, component, "None", fits=result is None)


async def count_tokens(ctx: CallContext, component: Component, request: LlmRequest) -> int:
    """Count the input tokens that the provider would charge for."""
    result = await _ask(ctx, component, "count_tokens", request.model, request)
    fits = isinstance(result, int) and not isinstance(result, bool)
    return cast("int", _checked(result, component, "a whole number", fits=fits))


def capable(run: Run, capability: str, provider: str | None = None, model: str | None = None) -> tuple[Component, str]:
    """Pick a provider that can do something, and the model that is meant; "" where none is named.

    Who is named is meant and nobody else; else the default provider, else the first configured one that can.
    Raises `CapabilityMissingError`, which names those that can, and `ComponentNotFoundError`.
    """
    app = run.app
    component, model = app.models.named(run, provider, model)
    if component is None:
        component = app.models.first_configured(owner=run.id, capability=capability)
    if component is None or capability not in component.capabilities:
        raise _missing(app, run, component, capability)
    return component, model or ""


def _missing(app: App, run: Run, component: Component | None, capability: str) -> CapabilityMissingError:
    able = sorted(c.name for c in app.catalog.list("provider", owner=run.id) if capability in c.capabilities)
    ready = [name for name in able if app.models.configured(app.catalog.get("provider", name, owner=run.id))]
    who = "no configured provider" if component is None else f"provider {component.name!r}"
    verb = "has" if component is None else "does not have"
    suggestions = [f"these have it and are configured: {', '.join(ready)}"] if ready else []
    others = [name for name in able if name not in ready]
    if others:
        suggestions.append(f"these have it, once they are configured: {', '.join(others)}")
    return CapabilityMissingError(
        f"{who} {verb} the capability {capability!r}",
        suggestions=suggestions or ["install a provider that has it"],
        context={"capability": capability, "provider": component and component.name, "providers": able},
    )


async def _ask(ctx: CallContext, component: Component, capability: str, subject: str, given: object) -> object:
    """Run the method of a capability as one operation."""
    if capability not in component.capabilities:
        raise _missing(ctx.app, ctx.run, component, capability)
    inner = ctx.within(component, f"{capability}:{subject}")
    provider = await ctx.app.components.instance(component, run=ctx.run)

    async def core(call: Call, at: CallContext) -> object:
        try:
            return await _method(provider, capability, call.input, at)
        except Exception as error:
            inner.app.services.mask_error(error)
            told = of_provider(error, component.name, None if capability == "models" else call.subject)
            if told is error:
                raise
            raise told from error

    about: dict[str, object] = {"provider": component.name, "capability": capability}
    return await perform(inner, Call("provider_call", subject, given, effect="idempotent", metadata=about), core)


async def _method(provider: object, capability: str, given: Any, ctx: CallContext) -> object:
    if capability == "embeddings":
        return await cast("Embeds", provider).embed(given, ctx)
    if capability == "models":
        return tuple(await cast("ListsModels", provider).models(ctx))
    if capability == "pull":
        await cast("PullsModels", provider).pull(given, ctx)
        return None
    return await cast("CountsTokens", provider).count_tokens(given, ctx)


def _checked(result: object, component: Component, wanted: str, *, fits: bool) -> object:
    """Refuse a result of the wrong kind: a hook may answer in a provider's place."""
    if not fits:
        message = f"a request to provider {component.name!r} gave {type(result).__name__}, wanted {wanted}"
        raise HookError(message, suggestions=["look at the hooks of `provider_call`"])
    return result
