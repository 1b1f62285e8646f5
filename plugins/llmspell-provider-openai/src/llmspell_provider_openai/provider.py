"""The provider: chat completions or responses, streamed where somebody looks at the parts, vectors, list of models."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, ClassVar

from llmspell.errors import ProviderError
from llmspell.model.embedding import Embeddings
from llmspell.model.llm import Usage
from llmspell_provider_openai.asking import MALFORMED, Api, Asking
from llmspell_provider_openai.embed import MOST_TEXTS, encode_texts, read_models, read_vectors
from llmspell_provider_openai.endpoint import Endpoint, allowed_hosts, open_endpoint
from llmspell_provider_openai.section import OpenAISection

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from llmspell.model.embedding import EmbedRequest, ModelInfo
    from llmspell.model.llm import LlmRequest, Part
    from llmspell.spec import Context


def _chat() -> Api:
    from llmspell_provider_openai.chat.decode import ChunkReader  # noqa: PLC0415 - who speaks one API loads no other
    from llmspell_provider_openai.chat.encode import encode_request  # noqa: PLC0415

    return Api("chat/completions", "chat completion", encode_request, ChunkReader)


def _responses() -> Api:
    from llmspell_provider_openai.responses.decode import ResponseReader  # noqa: PLC0415
    from llmspell_provider_openai.responses.encode import encode_request  # noqa: PLC0415

    return Api("responses", "response", encode_request, ResponseReader)


_APIS = {"chat": _chat, "responses": _responses}


class OpenAIProvider:
    """Answer with models of OpenAI or of a compatible server."""

    section: ClassVar[type[OpenAISection]] = OpenAISection

    def __init__(self) -> None:
        self._opened: tuple[Endpoint, Api] | None = None

    @classmethod
    def hosts(cls, config: object) -> list[str]:
        """Give the `host:port` that the config names, and its networks: what this provider's calls may reach."""
        return allowed_hosts(cls._section_of(config))

    async def open(self, ctx: Context) -> None:
        """Work out address, key and headers."""
        section = self._section_of(ctx.config)
        self._opened = open_endpoint(section, ctx.secrets), _APIS[section.api]()

    async def stream(self, request: LlmRequest, ctx: Context) -> AsyncGenerator[Part, None]:
        """Yield the parts of one answer.

        When nobody looks at them (`ctx.streaming` is False) the answer is asked for whole, which costs both sides less.
        """
        endpoint, api = self._ready()
        async with aclosing(Asking(endpoint, ctx).parts(api, request)) as parts:  # who leaves early closes it at once
            async for part in parts:
                yield part

    async def embed(self, request: EmbedRequest, ctx: Context) -> Embeddings:
        """Give one vector for each text, asked for in groups."""
        endpoint, _ = self._ready()
        model = request.model or endpoint.section.model or ""
        asking = Asking(endpoint, ctx, model)
        vectors: list[tuple[float, ...]] = []
        usage = Usage()
        for start in range(0, len(request.texts), MOST_TEXTS):
            texts = request.texts[start : start + MOST_TEXTS]
            answer = await asking.json("POST", "embeddings", encode_texts(request, model, texts))
            try:
                found, spent = read_vectors(answer, len(texts))
            except MALFORMED as error:
                raise asking.malformed("list of vectors", error) from error
            vectors += found
            usage += spent
        return Embeddings(vectors=tuple(vectors), model=model, usage=usage)

    async def models(self, ctx: Context) -> tuple[ModelInfo, ...]:
        """Give the models that the key may ask."""
        asking = Asking(self._ready()[0], ctx)
        answer = await asking.json("GET", "models")
        try:
            return read_models(answer)
        except MALFORMED as error:
            raise asking.malformed("list of models", error) from error

    @classmethod
    def _section_of(cls, config: object) -> OpenAISection:
        """Give the section; an installation without one has its defaults."""
        return config if isinstance(config, OpenAISection) else cls.section()

    def _ready(self) -> tuple[Endpoint, Api]:
        if self._opened is None:
            raise ProviderError("the OpenAI provider was asked before it was opened")
        return self._opened
