"""Implement `spec.models.Models` for one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import ValidationError
from llmspell.model.embedding import EmbedRequest
from llmspell.runtime.provider_calls import capable, embed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.model.embedding import Embeddings, Purpose
    from llmspell.runtime.context import CallContext


class ModelPort:
    """Ask providers on behalf of a call."""

    __slots__ = ("_ctx",)

    def __init__(self, ctx: CallContext) -> None:
        self._ctx = ctx

    async def embed(
        self,
        texts: Sequence[str],
        *,
        provider: str | None = None,
        model: str | None = None,
        purpose: Purpose | None = None,
    ) -> Embeddings:
        """Turn texts into vectors; raises `ValidationError` when no model is named anywhere."""
        component, name = capable(self._ctx.run, "embeddings", provider, model)
        if not name:
            raise ValidationError(
                f"provider {component.name!r} is to make vectors, and nobody says with which model",
                suggestions=[f'name one: model = "{component.name}/..."', "`Models.list` tells which there are"],
            )
        return await embed(self._ctx, component, EmbedRequest(model=name, texts=tuple(texts), purpose=purpose))
