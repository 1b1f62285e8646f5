"""Providers: where models live."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from llmspell.spec.descriptor import Component
from llmspell.spec.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

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
    **more: Any,
) -> Component:
    """Describe a provider.

    `models` are fnmatch patterns of model names that mean this provider (`gpt-*`); `key_env`/`url_env` name the
    environment variables whose presence configures it; capabilities are among `text, tools, json_schema, images,
    audio, embeddings, reasoning`.
    """
    extra = {"models": tuple(models), "key_env": key_env, "url_env": url_env, "default_model": default_model}
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
