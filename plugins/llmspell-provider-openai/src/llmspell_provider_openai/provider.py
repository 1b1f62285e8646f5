"""The provider: one request to `/chat/completions`, streamed where somebody looks at the parts."""

from __future__ import annotations

import json
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from llmspell.errors import NetworkError, PermissionDeniedError, ProviderError
from llmspell.spec.endpoints import hosts_of
from llmspell.spec.provider_faults import ANSWER_BYTES, endless_error, is_page, page_error
from llmspell_provider_openai.decode import ChunkReader
from llmspell_provider_openai.encode import encode_request
from llmspell_provider_openai.endpoint import BASE_URL, SECTION, Endpoint, open_endpoint, section_of
from llmspell_provider_openai.faults import Fault, fault_of, provider_error, read_fault
from llmspell_provider_openai.limits import read_limits

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping

    from llmspell.model.llm import LlmRequest, Part
    from llmspell.spec import Context

OK = 200


class OpenAIProvider:
    """Answer with models of OpenAI or of a compatible server."""

    def __init__(self) -> None:
        self._endpoint: Endpoint | None = None

    @staticmethod
    def hosts(config: object) -> list[str]:
        """Give the `host:port` that the config names, and its networks: what this provider's calls may reach."""
        section = section_of(config)
        return hosts_of(section.base_url, section.networks, BASE_URL)

    async def open(self, ctx: Context) -> None:
        """Work out address, key and headers."""
        self._endpoint = open_endpoint(section_of(ctx.config), ctx.secrets)

    async def stream(self, request: LlmRequest, ctx: Context) -> AsyncIterator[Part]:
        """Yield the parts of one answer.

        When nobody looks at them (`ctx.streaming` is False) the answer is asked for whole, which costs both sides less.
        """
        if self._endpoint is None:
            raise ProviderError("the OpenAI provider was asked before it was opened")
        asking = _Asking(self._endpoint, request, ctx)
        try:
            async with aclosing(asking.streamed() if ctx.streaming else asking.whole()) as parts:
                async for part in parts:
                    yield part
        except PermissionDeniedError as error:  # flags do not reach a provider's calls, its section does
            error.suggestions = (
                f"check base_url and networks in [providers.openai]: {self._endpoint.section.base_url}",
            )
            raise
        except NetworkError as error:
            where = self._endpoint.section.base_url
            error.suggestions = (f"check that the server at {where} is running", *error.suggestions)
            raise


class _Asking:
    """One request under way."""

    def __init__(self, endpoint: Endpoint, request: LlmRequest, ctx: Context) -> None:
        endpoint.require_key()
        self._endpoint = endpoint
        self._ctx = ctx
        self._body = encode_request(request, endpoint, streaming=ctx.streaming)
        self._model = str(self._body.get("model"))
        self._reader = ChunkReader(ctx.new_id)
        self._size = 0

    async def whole(self) -> AsyncGenerator[Part, None]:
        end = self._endpoint
        response = await self._ctx.http.request(
            "POST", end.url, headers=end.headers, json=self._body, timeout=end.section.timeout, limit=ANSWER_BYTES
        )
        if response.status != OK:
            raise self._failure(read_fault(response.status, response.body), response.headers)
        if is_page(response.headers):
            raise page_error(end.host, response.body, SECTION)
        self._reader.limits = read_limits(response.headers)
        for part in (*self._parts(response.body), *self._reader.finish(ended=True)):
            yield part

    async def streamed(self) -> AsyncGenerator[Part, None]:
        end = self._endpoint
        http = self._ctx.http
        async with http.stream(
            "POST", end.url, headers=end.headers, json=self._body, timeout=end.section.timeout
        ) as response:
            if response.status != OK:
                raise self._failure(read_fault(response.status, await response.read()), response.headers)
            if is_page(response.headers):
                raise page_error(end.host, await response.read(), SECTION)
            self._reader.limits = read_limits(response.headers)
            ended = False
            if "json" in response.headers.get("content-type", ""):  # a server that does not stream answers whole
                ended = True
                for part in self._parts(await response.read(ANSWER_BYTES)):
                    yield part
            else:
                events = http.sse(response)
                while (data := await self._next(events)) is not None:
                    if data == "[DONE]":
                        ended = True
                        break
                    for part in self._parts(data):
                        yield part
            for part in self._reader.finish(ended=ended):
                yield part

    async def _next(self, events: AsyncIterator[Any]) -> str | None:
        try:
            event = await anext(events, None)
        except NetworkError as error:
            raise self._reader.interrupted(f"{self._endpoint.host}: the answer was cut: {error.message}") from error
        if event is None:
            return None
        self._size += len(event.data)
        if self._size > ANSWER_BYTES:
            raise endless_error(self._endpoint.host)
        return str(event.data)

    def _parts(self, text: str | bytes) -> list[Part]:
        try:
            chunk = json.loads(text)
            if chunk.get("error"):
                raise self._failure(fault_of(chunk["error"]), {})
            return self._reader.feed(chunk)
        except (ValueError, AttributeError, TypeError, RecursionError) as error:
            message = f"{self._endpoint.host} sent something that is no chat completion: {error}"
            raise self._reader.interrupted(message) from error

    def _failure(self, fault: Fault, headers: Mapping[str, str]) -> ProviderError:
        fault = fault._replace(message=self._ctx.secrets.redact(fault.message))
        error = provider_error(
            fault, self._endpoint.host, model=self._model, headers=headers, now=self._ctx.clock.now()
        )
        if self._reader.text:
            error.context["partial_text"] = self._reader.text
        return error
