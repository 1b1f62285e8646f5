"""Models: what providers can besides chat."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.bridge import shapes
from llmspell.bridge.definition import Namespace, Options, function
from llmspell.errors import ValidationError

if TYPE_CHECKING:
    from typing import Annotated, Literal

    from llmspell.bridge.callbacks import Callback
    from llmspell.runtime.context import CallContext
    from llmspell.spec import Component

COUNTED = ("user", "assistant", "system")
"""Roles of messages that are counted."""


class ModelOptions(Options):
    """Who is asked."""

    positional = "model"

    provider: Annotated[str | None, "the provider, by name"] = None
    model: Annotated[str | None, "the model, or `provider/model`"] = None


class EmbedOptions(ModelOptions):
    """Which vectors are wanted."""

    dimensions: Annotated[int | None, "how long the vectors are, where the model can shorten them"] = None
    purpose: Annotated[
        Literal["query", "document", "similarity", "classification", "clustering"] | None,
        "what the vectors are for, to providers that make a difference",
    ] = None
    extra: Annotated[dict[str, object] | None, "further fields of the request, for this provider"] = None


class PullOptions(Options):
    """Who fetches a model, and who is told how far it is."""

    positional = "provider"

    provider: Annotated[str | None, "the provider, by name"] = None
    on_progress: Annotated[Callback | None, "`function({done, total, message})`, bytes; `total` may be absent"] = None


class CountOptions(ModelOptions):
    """For which model tokens are counted, and what goes along with the text."""

    system: Annotated[str, "the system prompt"] = ""


class Models(Namespace):
    """What providers can besides chat: vectors of texts, the list of their models, fetching one, counting tokens.

    Each call is a `provider_call` operation. Who is not named is chosen: the default provider, else the first
    configured one that can. One that cannot is an error of type `capability_missing`, which names those that can.
    """

    name = "Models"

    @function()
    def providers(self, capability: str | None = None) -> list[dict[str, Any]]:
        """List providers, all or those with a capability: `{name, aliases, description, capabilities, configured}`.

        Capabilities are among `text, tools, tool_choice, json_schema, json_schema_with_tools, images, audio, files,
        reasoning, embeddings, models, pull, count_tokens`.
        """
        found = self.session.app.catalog.list("provider", owner=self.session.run.id)
        told = [self._told(one) for one in sorted(found, key=lambda one: one.name)]
        return [one for one in told if capability is None or capability in one["capabilities"]]

    @function(name="list", aliases=("models",))
    async def list_(self, ctx: CallContext, provider: str | None = None) -> list[dict[str, Any]]:
        """List the models that a provider has: `{name, provider, capabilities, context, data}`.

        `context` is the size of the window in tokens; it and the capabilities are absent where the provider does not
        tell. `data` is what it said.
        """
        from llmspell.runtime.provider_calls import list_models  # noqa: PLC0415 - paid by its first user

        component, _ = self._capable("models", ModelOptions(provider=provider))
        return [shapes.model_info(one, component.name) for one in await list_models(ctx, component)]

    @function()
    async def embed(
        self, texts: str | list[str], ctx: CallContext, options: EmbedOptions | None = None
    ) -> dict[str, Any]:
        """Turn texts into vectors: `{vectors, model, provider, dimensions, usage}`, one vector for each text, in order.

        For a single text (not a list) there is `vector`, too.
        """
        from llmspell.model.embedding import EmbedRequest  # noqa: PLC0415 - attrs is not needed by other scripts
        from llmspell.runtime.provider_calls import embed  # noqa: PLC0415

        wanted = options or EmbedOptions()
        several = texts if isinstance(texts, list) else [texts]
        if not several:
            raise ValidationError("there is no text to embed")
        if wanted.dimensions is not None and wanted.dimensions < 1:
            raise ValidationError(f"vectors have at least one dimension, not {wanted.dimensions}")
        component, model = self._capable("embeddings", wanted, "Models.embed")
        request = EmbedRequest(
            model=model,
            texts=tuple(several),
            dimensions=wanted.dimensions,
            purpose=wanted.purpose,
            extra=wanted.extra or {},
        )
        told = {"provider": component.name, **shapes.embeddings(await embed(ctx, component, request))}
        return told if isinstance(texts, list) else {**told, "vector": told["vectors"][0]}

    @function()
    async def pull(self, model: str, ctx: CallContext, options: PullOptions | None = None) -> None:
        """Fetch a model to where it runs and return when it can be asked.

        How far it is goes to `on_progress`, and to whoever subscribes to `progress`. Raises `model_not_found` when
        nobody has it.
        """
        from llmspell.runtime.provider_calls import pull  # noqa: PLC0415

        wanted = options or PullOptions()
        component, name = self._capable("pull", ModelOptions(provider=wanted.provider, model=model), "Models.pull")
        if wanted.on_progress is None:
            await pull(ctx, component, name)
            return
        await self._watched_pull(ctx, component, name, wanted.on_progress)

    async def _watched_pull(self, ctx: CallContext, component: Component, model: str, told: Callback) -> None:
        from llmspell.runtime.provider_calls import pull  # noqa: PLC0415

        inner = ctx.child(f"pull:{model}")

        async def tell(event: Any) -> None:
            if str(event.data.get("path", "")).startswith(f"{inner.path}/"):
                await told({key: event.data.get(key) for key in ("done", "total", "message")})

        events = self.session.app.events
        subscription = events.subscribe("progress", tell, overflow="drop_oldest")
        try:
            await pull(inner, component, model)
            await events.drain()
        finally:
            subscription.cancel()

    @function()
    async def count_tokens(
        self, text: str | list[dict[str, Any]], ctx: CallContext, options: CountOptions | None = None
    ) -> int:
        """Count the tokens that a provider would charge for a text, or for messages `{role, content}`, as input."""
        from llmspell.model.llm import LlmRequest, message  # noqa: PLC0415 - attrs is not needed by other scripts
        from llmspell.runtime.provider_calls import count_tokens  # noqa: PLC0415

        wanted = options or CountOptions()
        component, model = self._capable("count_tokens", wanted, "Models.count_tokens")
        given = [{"role": "user", "content": text}] if isinstance(text, str) else text
        faults = [
            (f"[{at}]", "must be a table with a role (user, assistant or system) and content, a text")
            for at, one in enumerate(given, 1)
            if one.get("role") not in COUNTED or not isinstance(one.get("content"), str)
        ]
        if faults or not given:
            told = "; ".join(f"{at} {fault}" for at, fault in faults) or "there is nothing to count"
            raise ValidationError(f"Models.count_tokens: {told}", context={"faults": faults})
        messages = tuple(message(one["role"], one["content"]) for one in given)  # type: ignore[arg-type]  # checked above
        return await count_tokens(ctx, component, LlmRequest(model=model, messages=messages, system=wanted.system))

    def _capable(self, capability: str, wanted: ModelOptions, who: str | None = None) -> tuple[Component, str]:
        """Choose the provider; `who` names the function that cannot do without a model."""
        from llmspell.runtime.provider_calls import capable  # noqa: PLC0415

        provider = wanted.provider
        default = self.session.overlay.get("providers.default")
        if provider is None and wanted.model is None and isinstance(default, str):
            provider = default
        component, model = capable(self.session.run, capability, provider, wanted.model)
        if who is not None and not model:
            message = f"{who} needs a model of provider {component.name!r}"
            raise ValidationError(
                message, suggestions=['name one: model = "..."', "`Models.list` tells which there are"]
            )
        return component, model

    def _told(self, component: Component) -> dict[str, Any]:
        return {
            "name": component.name,
            "aliases": list(component.aliases),
            "description": component.summary,
            "capabilities": sorted(component.capabilities),
            "configured": self.session.app.models.configured(component),
        }
