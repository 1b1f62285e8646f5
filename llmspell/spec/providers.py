"""Providers: where models live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from llmspell.spec.descriptor import Component
from llmspell.spec.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from llmspell.model.embedding import Embeddings, EmbedRequest, ModelInfo
    from llmspell.model.llm import LlmRequest, Part
    from llmspell.spec.context import Context


class Provider(Protocol):
    """Stream a model's answer as typed parts.

    The constructor takes no argument; `open(ctx)` receives the provider's own config section as `ctx.config`.
    """

    def stream(self, request: LlmRequest, ctx: Context) -> AsyncIterator[Part]:
        """Yield the parts of one answer, ending with exactly one `Finish`.

        Raises a `ProviderError` with `retryable` and `retry_after` set; never retries by itself; a stream that is
        cut or malformed is a `StreamInterruptedError`, never a short answer.
        """
        ...


class CountsTokens(Protocol):
    """Count a request's tokens without answering it: a provider that declares the capability `count_tokens`."""

    async def count_tokens(self, request: LlmRequest, ctx: Context) -> int:
        """Give the number of input tokens that the service would charge for. Raises as `Provider.stream` does."""
        ...


class Embeds(Protocol):
    """Turn texts into vectors: a provider that declares the capability `embeddings`."""

    async def embed(self, request: EmbedRequest, ctx: Context) -> Embeddings:
        """Give one vector for each text, in their order. Raises as `Provider.stream` does.

        A text that is too long is an error, not cut, wherever the service can tell.
        """
        ...


class ListsModels(Protocol):
    """Tell which models there are: a provider that declares the capability `models`."""

    async def models(self, ctx: Context) -> tuple[ModelInfo, ...]:
        """Give the models that can be asked with this configuration, in the order of the provider."""
        ...


class PullsModels(Protocol):
    """Fetch models to where they run: a provider that declares the capability `pull`."""

    async def pull(self, model: str, ctx: Context) -> None:
        """Fetch a model and return when it can be asked; `ctx.progress` tells how many bytes of how many have come.

        Raises `ModelNotFoundError` when nobody has it; what was fetched before an error need not be fetched again.
        """
        ...


def provider(
    name: str,
    target: str,
    summary: str,
    *,
    models: Iterable[str] = (),
    key_env: str | None = None,
    url_env: str | None = None,
    default_model: str | None = None,
    capabilities: Iterable[str] = (),
    aliases: Iterable[str] = (),
    native_for: str | None = None,
    price: tuple[float, float] | None = None,
    **more: Any,
) -> Component:
    """Describe a provider.

    `models` are fnmatch patterns of model names that mean this provider (`gpt-*`); `key_env`/`url_env` name the
    environment variables whose presence configures it; capabilities are among `text, tools, tool_choice` (a call can
    be forced), `json_schema` (answers by a schema), `json_schema_with_tools` (also while tools are offered), `images,
    audio, files, reasoning, embeddings, models, pull, count_tokens`; the last four are methods of the protocols above.
    `price` is in US dollars for a million tokens in and out, where it is the same for all its models: (0, 0) is free.
    A driver (`native={...}`) says in `native_for` what for; `llmspell doctor` shows it.
    """
    extra: dict[str, object] = {
        "models": tuple(models),
        "key_env": key_env,
        "url_env": url_env,
        "default_model": default_model,
    }
    if price is not None:
        extra["price"] = price
    if native_for is not None:
        extra["native_for"] = native_for
    return Component(
        "provider",
        name,
        target,
        summary,
        category="model",
        needs=("net.connect", "secret.use"),
        effect="idempotent",
        capabilities=capabilities,
        aliases=aliases,
        extra=extra,
        **more,
    )


@hookspec
def llmspell_providers() -> list[Component]:
    """Return the model providers of this plugin, made with `provider()`.

    Called once, when a model is first asked for.
    """
    return []
