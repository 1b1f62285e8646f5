"""The provider: `generateContent`, streamed where somebody looks at the parts, vectors, and the list of models."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING
from urllib.parse import quote

from llmspell.errors import ProviderError
from llmspell.model.embedding import Embeddings
from llmspell.model.llm import Usage
from llmspell.spec.endpoints import hosts_of
from llmspell_provider_google.asking import MALFORMED, Asking
from llmspell_provider_google.decode import read_usage
from llmspell_provider_google.embed import MOST_TEXTS, encode_texts, read_model, read_vectors
from llmspell_provider_google.encode import encode_request
from llmspell_provider_google.endpoint import BASE_URL, Endpoint, model_path, open_endpoint, section_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from llmspell.model.embedding import EmbedRequest, ModelInfo
    from llmspell.model.llm import LlmRequest, Part
    from llmspell.spec import Context

MOST_PAGES = 50
PAGE = 1000


class GoogleProvider:
    """Answer with Gemini models."""

    def __init__(self) -> None:
        self._opened: Endpoint | None = None

    @staticmethod
    def hosts(config: object) -> list[str]:
        """Give the `host:port` that the config names, and its networks: what this provider's calls may reach."""
        section = section_of(config)
        return hosts_of(section.base_url, section.networks, BASE_URL)

    async def open(self, ctx: Context) -> None:
        """Work out address, key and headers."""
        self._opened = open_endpoint(section_of(ctx.config), ctx.secrets)

    async def stream(self, request: LlmRequest, ctx: Context) -> AsyncGenerator[Part, None]:
        """Yield the parts of one answer.

        When nobody looks at them (`ctx.streaming` is False) the answer is asked for whole, which costs both sides less.
        """
        end = self._endpoint
        model = request.model or end.section.model or ""
        asking = Asking(end, ctx, model)
        body = encode_request(request, end.section)
        path = model_path(model)
        if ctx.streaming:
            parts = asking.streamed(f"{path}:streamGenerateContent?alt=sse", body)
        else:
            parts = asking.whole(f"{path}:generateContent", body)
        async with aclosing(parts):  # whoever leaves early closes the connection at once
            async for part in parts:
                yield part

    async def embed(self, request: EmbedRequest, ctx: Context) -> Embeddings:
        """Give one vector for each text, asked for in groups. The service itself cuts what is too long."""
        end = self._endpoint
        model = request.model or end.section.model or ""
        asking = Asking(end, ctx, model)
        vectors: list[tuple[float, ...]] = []
        usage = Usage()
        for start in range(0, len(request.texts), MOST_TEXTS):
            texts = request.texts[start : start + MOST_TEXTS]
            body = encode_texts(request, model, texts)
            answer = await asking.json("POST", f"{model_path(model)}:batchEmbedContents", body)
            try:
                vectors += read_vectors(answer, len(texts))
                usage += read_usage(answer.get("usageMetadata") or {})
            except MALFORMED as error:
                raise asking.malformed(error) from error
        return Embeddings(vectors=tuple(vectors), model=model, usage=usage)

    async def models(self, ctx: Context) -> tuple[ModelInfo, ...]:
        """Give the models that the key may ask, page by page as the service lists them."""
        asking = Asking(self._endpoint, ctx)
        found: list[ModelInfo] = []
        token = ""
        for _ in range(MOST_PAGES):
            more = f"&pageToken={quote(token, safe='')}" if token else ""
            answer = await asking.json("GET", f"models?pageSize={PAGE}{more}")
            try:
                found += [read_model(entry) for entry in answer.get("models") or ()]
                token = answer.get("nextPageToken") or ""
            except MALFORMED as error:
                raise asking.malformed(error) from error
            if not token:
                return tuple(found)
        raise ProviderError(
            f"the list of models has more than {MOST_PAGES} pages", suggestions=["check what answers at base_url"]
        )

    @property
    def _endpoint(self) -> Endpoint:
        if self._opened is None:
            raise ProviderError("the Google provider was asked before it was opened")
        return self._opened
