"""The provider: one request to `/v1/messages`, streamed where somebody looks at the parts or the answer may be long."""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from llmspell.errors import NetworkError, PermissionDeniedError, ProviderError
from llmspell.model.fold import Fold
from llmspell.model.llm import Finish
from llmspell.spec.endpoints import hosts_of
from llmspell.spec.http import read_json
from llmspell.spec.provider_faults import ANSWER_BYTES, endless_error, is_page, page_error
from llmspell_provider_anthropic.decode import PAUSED, EventReader
from llmspell_provider_anthropic.encode import encode_request
from llmspell_provider_anthropic.endpoint import BASE_URL, SECTION, Endpoint, open_endpoint, section_of
from llmspell_provider_anthropic.faults import fault_of, provider_error, read_fault
from llmspell_provider_anthropic.limits import read_limits

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping

    from llmspell.model.llm import LlmRequest, Message, Part
    from llmspell.spec import Context
    from llmspell_provider_anthropic.faults import Fault

OK = 200
MOST_PAUSES = 10
MALFORMED = (ValueError, AttributeError, TypeError, KeyError, RecursionError)
"""What reading something that is no answer of this API raises."""


class AnthropicProvider:
    """Answer with models of Anthropic or of a server that speaks its Messages API."""

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

        An answer that pauses for the tools of the service is asked to go on, and told as one. When nobody looks at the
        parts (`ctx.streaming` is False) the answer is asked for whole, if it is short enough.
        """
        asking = _Asking(self._opened(), request, ctx)
        try:
            for _ in range(MOST_PAUSES):
                seen: list[Part] = []
                async with aclosing(asking.parts()) as parts:
                    async for part in parts:
                        seen.append(part)
                        yield part
                if not asking.paused:
                    return
                asking = asking.going_on(seen)
            raise ProviderError(
                f"the answer paused {MOST_PAUSES} times and was given up", suggestions=["ask for less at once"]
            )
        except (PermissionDeniedError, NetworkError) as error:
            _explain(error, asking.endpoint)
            raise

    async def count_tokens(self, request: LlmRequest, ctx: Context) -> int:
        """Give the number of input tokens that a request would be charged for, without asking the model."""
        asking = _Asking(self._opened(), request, ctx)
        try:
            return await asking.count()
        except (PermissionDeniedError, NetworkError) as error:
            _explain(error, asking.endpoint)
            raise

    def _opened(self) -> Endpoint:
        if self._endpoint is None:
            raise ProviderError("the Anthropic provider was asked before it was opened")
        return self._endpoint


class _Asking:
    """One request under way."""

    def __init__(
        self, endpoint: Endpoint, request: LlmRequest, ctx: Context, reader: EventReader | None = None
    ) -> None:
        endpoint.require_key()
        self.endpoint = endpoint
        self._request = request
        self._ctx = ctx
        self._encoded = encode_request(request, endpoint.section)
        self._headers = endpoint.headers_with(self._encoded.betas)
        self._model = str(self._encoded.body["model"])
        self._reader = reader or EventReader(self._encoded.answer_tool)
        self._size = 0

    @property
    def paused(self) -> bool:
        """Tell whether the service waits to be asked to go on."""
        return self._reader.reason == PAUSED

    def going_on(self, seen: list[Part]) -> _Asking:
        """Give the request that continues a paused answer: the same, with what came so far at its end."""
        container = self._reader.container
        extra = {**self._request.extra, **({"container": container} if container else {})}
        request = self._request.replace(messages=(*self._request.messages, _folded(seen)), extra=extra)
        reader = EventReader(self._encoded.answer_tool, self._reader.calls, self._reader.usage)
        return _Asking(self.endpoint, request, self._ctx, reader)

    async def parts(self) -> AsyncGenerator[Part, None]:
        streams = self._ctx.streaming or self._encoded.streams
        async with aclosing(self._streamed() if streams else self._whole()) as parts:
            async for part in parts:
                yield part
        try:
            last = self._reader.rest() if self.paused else self._reader.finish()
        except MALFORMED as error:
            raise self._unreadable(error) from error
        for part in last:
            yield part

    async def count(self) -> int:
        end, url = self.endpoint, f"{self.endpoint.url}/count_tokens"
        response = await self._ctx.http.request(
            "POST", url, headers=self._headers, json=self._encoded.counted, timeout=end.section.timeout
        )
        self._check(response.status, response.headers, response.body)
        try:
            return int(read_json(response.body)["input_tokens"])
        except MALFORMED as error:
            raise ProviderError(
                f"{end.host} sent something that is no count of tokens: {error!r}",
                suggestions=["check whether the server at base_url counts tokens"],
            ) from error

    async def _whole(self) -> AsyncGenerator[Part, None]:
        end = self.endpoint
        response = await self._ctx.http.request(
            "POST", end.url, headers=self._headers, json=self._encoded.body, timeout=end.section.timeout,
            limit=ANSWER_BYTES,
        )  # fmt: skip
        self._check(response.status, response.headers, response.body)
        for part in self._read(response.body, whole=True):
            yield part

    async def _streamed(self) -> AsyncGenerator[Part, None]:
        end, http = self.endpoint, self._ctx.http
        body = {**self._encoded.body, "stream": True}
        async with http.stream(
            "POST", end.url, headers=self._headers, json=body, timeout=end.section.timeout
        ) as response:
            if response.status != OK or is_page(response.headers):
                self._check(response.status, response.headers, await response.read())
            self._reader.limits = read_limits(response.headers, self._ctx.clock.now())
            if "json" in response.headers.get("content-type", ""):  # a server that does not stream answers whole
                for part in self._read(await response.read(ANSWER_BYTES), whole=True):
                    yield part
                return
            events = http.sse(response)
            while (data := await self._next(events)) is not None:
                for part in self._read(data):
                    yield part

    async def _next(self, events: AsyncIterator[Any]) -> str | None:
        try:
            event = await anext(events, None)
        except NetworkError as error:
            raise self._reader.interrupted(f"{self.endpoint.host}: the answer was cut: {error.message}") from error
        if event is None or event.event == "message_stop":
            return None
        self._size += len(event.data)
        if self._size > ANSWER_BYTES:
            raise endless_error(self.endpoint.host)
        return str(event.data)

    def _read(self, text: str | bytes, *, whole: bool = False) -> list[Part]:
        try:
            event = read_json(text)
            if event.get("type") == "error" or event.get("error"):
                raise self._failure(fault_of(event), {})
            return self._reader.feed_whole(event) if whole else self._reader.feed(event)
        except MALFORMED as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> ProviderError:
        message = f"{self.endpoint.host} sent something that is no answer: {type(error).__name__}: {error}"
        return self._reader.interrupted(message)

    def _check(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Raise what an answer of another status, or a page, stands for."""
        if status != OK:
            raise self._failure(read_fault(status, body), headers)
        if is_page(headers):
            raise page_error(self.endpoint.host, body, SECTION)
        self._reader.limits = read_limits(headers, self._ctx.clock.now())

    def _failure(self, fault: Fault, headers: Mapping[str, str]) -> ProviderError:
        fault = fault._replace(message=self._ctx.secrets.redact(fault.message))
        now = self._ctx.clock.now()
        error = provider_error(fault, self.endpoint.host, model=self._model, headers=headers, now=now)
        if self._reader.text:
            error.context["partial_text"] = self._reader.text
        return error


def _folded(seen: list[Part]) -> Message:
    fold = Fold()
    for part in (*seen, Finish("other")):
        fold.add(part)
    return fold.completion().message


def _explain(error: PermissionDeniedError | NetworkError, endpoint: Endpoint) -> None:
    """Say what to do about a host that may not or cannot be reached: flags do not reach a provider's calls."""
    where = endpoint.section.base_url
    if isinstance(error, PermissionDeniedError):
        error.suggestions = (f"check base_url and networks in [{SECTION}]: {where}",)
    else:
        error.suggestions = (f"check that the server at {where} is running", *error.suggestions)
