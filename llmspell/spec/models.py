"""Models as components reach them: what the user configured, within the rights of the call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.model.embedding import Embeddings, Purpose


class Models(Protocol):
    """Ask the providers that the user configured."""

    async def embed(
        self,
        texts: Sequence[str],
        *,
        provider: str | None = None,
        model: str | None = None,
        purpose: Purpose | None = None,
    ) -> Embeddings:
        """Turn texts into vectors, one for each, as a `provider_call` operation.

        Without `provider` and `model` the first configured provider that can is asked, for the model of its
        configuration. Raises `CapabilityMissingError` and what providers raise.
        """
        ...
