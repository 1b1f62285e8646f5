"""The provider: chat and prompts, vectors, the list of models and fetching one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.errors import ProviderError
from llmspell.model.embedding import Embeddings, ModelInfo
from llmspell.spec.endpoints import hosts_of
from llmspell.spec.provider_faults import text_of
from llmspell_provider_ollama.asking import Asking
from llmspell_provider_ollama.decode import read_usage
from llmspell_provider_ollama.encode import encode_embed, encode_request
from llmspell_provider_ollama.endpoint import BASE_URL, Endpoint, open_endpoint, section_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell.model.embedding import EmbedRequest
    from llmspell.model.llm import LlmRequest, Part
    from llmspell.spec import Context

_CAPABILITIES = {
    "completion": "text",
    "tools": "tools",
    "vision": "images",
    "thinking": "reasoning",
    "embedding": "embeddings",
}


class OllamaProvider:
    """Answer with models of an Ollama server."""

    def __init__(self) -> None:
        self._opened: Endpoint | None = None

    @staticmethod
    def hosts(config: object) -> list[str]:
        """Give the `host:port` of the server, and its networks: what this provider's calls may reach."""
        section = section_of(config)
        return hosts_of(section.base_url, section.networks, BASE_URL)

    async def open(self, ctx: Context) -> None:
        """Work out address, key and headers."""
        self._opened = open_endpoint(section_of(ctx.config), ctx.secrets)

    async def stream(self, request: LlmRequest, ctx: Context) -> AsyncIterator[Part]:
        """Yield the parts of one answer.

        When nobody looks at them (`ctx.streaming` is False) the answer is asked for whole, which costs both sides less.
        """
        end = self._endpoint
        path, body = encode_request(request, end.section, streaming=ctx.streaming)
        asking = Asking(end, ctx, str(body["model"]))
        if ctx.streaming:
            async with asking.streamed(path, body) as lines:
                while not asking.reader.done and (chunk := await asking.following(lines)) is not None:
                    for part in asking.parts(chunk):
                        yield part
        else:
            for part in asking.parts(await asking.whole("POST", path, body)):
                yield part
        for part in asking.reader.finish():
            yield part

    async def embed(self, request: EmbedRequest, ctx: Context) -> Embeddings:
        """Give one vector for each text; one that does not fit is a `ContextLengthError`, unless `truncate` is set."""
        end = self._endpoint
        body = encode_embed(request, end.section)
        asking = Asking(end, ctx, str(body["model"]))
        answer = await asking.whole("POST", "embed", body)
        try:
            vectors = tuple(tuple(map(float, vector)) for vector in answer["embeddings"])
            if len(vectors) != len(request.texts):
                raise ValueError(f"{len(vectors)} vectors for {len(request.texts)} texts")
            model = text_of(answer.get("model")) or str(body["model"])
            return Embeddings(vectors=vectors, model=model, usage=read_usage(answer))
        except (KeyError, TypeError, ValueError) as error:
            raise asking.malformed(error) from error

    async def models(self, ctx: Context) -> tuple[ModelInfo, ...]:
        """Give the models that the server has, the newest first."""
        asking = Asking(self._endpoint, ctx)
        answer = await asking.whole("GET", "tags")
        try:
            return tuple(_model(entry) for entry in answer["models"])
        except (AttributeError, KeyError, TypeError) as error:
            raise asking.malformed(error) from error

    async def pull(self, model: str, ctx: Context) -> None:
        """Fetch a model; `ctx.progress` tells the bytes of all its files that are known so far."""
        asking = Asking(self._endpoint, ctx, model, limit=None)
        files: dict[str, tuple[int, int]] = {}
        status = ""
        async with asking.streamed("pull", {"model": model, "stream": True}) as lines:
            while (told := await asking.following(lines)) is not None:
                status = str(told.get("status", ""))
                try:
                    if told.get("digest"):
                        files[str(told["digest"])] = (int(told.get("completed") or 0), int(told.get("total") or 0))
                except (TypeError, ValueError) as error:
                    raise asking.malformed(error) from error
                done, total = (sum(numbers) for numbers in zip(*files.values(), strict=True)) if files else (0, 0)
                ctx.progress(done, total or None, status)
        if status != "success":
            raise asking.reader.interrupted(f"fetching {model} ended before it was complete, at {status!r}")

    @property
    def _endpoint(self) -> Endpoint:
        if self._opened is None:
            raise ProviderError("the Ollama provider was asked before it was opened")
        return self._opened


def _model(entry: dict[str, Any]) -> ModelInfo:
    """Read an entry of `/api/tags`; newer servers say what a model can do."""
    told = entry.get("capabilities") or ()
    context = (entry.get("details") or {}).get("context_length")
    return ModelInfo(
        name=text_of(entry["name"]) or "",
        capabilities=tuple(_CAPABILITIES[one] for one in told if one in _CAPABILITIES),
        context=context if isinstance(context, int) else None,
        data=entry,
    )
