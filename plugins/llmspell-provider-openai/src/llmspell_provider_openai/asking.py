"""One request under way: sent, read as JSON or as a stream of it, and its failures told as typed errors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from llmspell.errors import NetworkError, PermissionDeniedError, ProviderError, StreamInterruptedError
from llmspell.spec.http import read_json
from llmspell.spec.provider_faults import ANSWER_BYTES, endless_error, is_page, page_error
from llmspell_provider_openai.faults import Fault, fault_of, provider_error, read_fault
from llmspell_provider_openai.limits import read_limits

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator, Mapping

    from llmspell.model.llm import LlmRequest, Part
    from llmspell.spec import Context
    from llmspell_provider_openai.endpoint import Endpoint

OK = 200
MALFORMED = (ValueError, AttributeError, TypeError, KeyError, RecursionError)
"""What reading something that is no answer of this API raises."""


class Reader(Protocol):
    """Read the pieces of one answer of an API."""

    limits: dict[str, dict[str, float]] | None

    @property
    def text(self) -> str:
        """Give the text so far."""
        ...

    @staticmethod
    def fault(data: dict[str, Any]) -> object:
        """Give the error object that a piece holds, nothing where there is none."""
        ...

    def feed(self, data: dict[str, Any]) -> list[Part]:
        """Give the parts of one piece."""
        ...

    def finish(self, *, ended: bool) -> list[Part]:
        """Give the last parts. Raises `StreamInterruptedError` when the answer is not complete."""
        ...

    def interrupted(self, why: str) -> StreamInterruptedError:
        """Make the error of a cut or malformed answer."""
        ...


class Api(NamedTuple):
    """A way of asking: where, how the request is written, and who reads the answer."""

    path: str
    what: str
    encode: Callable[..., dict[str, Any]]
    reader: Callable[[Callable[[], str]], Reader]


class Asking:
    """Ask one thing of the server; `model` is named in errors."""

    def __init__(self, endpoint: Endpoint, ctx: Context, model: str = "") -> None:
        endpoint.require_key()
        self._endpoint = endpoint
        self._ctx = ctx
        self._model = model
        self._size = 0

    async def json(self, method: str, path: str, body: object = None) -> Any:
        """Give the JSON of a whole answer."""
        with self._explained():
            text, _ = await self._whole(method, path, body)
        try:
            return read_json(text)
        except (ValueError, RecursionError) as error:
            raise self.malformed("JSON", error) from error

    def parts(self, api: Api, request: LlmRequest) -> AsyncGenerator[Part, None]:
        """Give the parts of one answer, streamed when somebody looks at them (`ctx.streaming`)."""
        streaming = self._ctx.streaming
        body = api.encode(request, self._endpoint, streaming=streaming)
        self._model = str(body.get("model"))
        reader = api.reader(self._ctx.new_id)
        return self._streamed(api, reader, body) if streaming else self._answered(api, reader, body)

    def malformed(self, what: str, error: Exception, reader: Reader | None = None) -> StreamInterruptedError:
        """Make the error of something that has not the form of an answer."""
        message = f"{self._endpoint.host} sent something that is no {what}: {type(error).__name__}: {error}"
        return reader.interrupted(message) if reader else StreamInterruptedError(message, suggestions=["try again"])

    async def _whole(self, method: str, path: str, body: object) -> tuple[bytes, Mapping[str, str]]:
        end = self._endpoint
        response = await self._ctx.http.request(
            method, end.url(path), headers=end.headers, json=body, timeout=end.section.timeout, limit=ANSWER_BYTES
        )
        if response.status != OK:
            raise self._failure(read_fault(response.status, response.body), response.headers)
        if is_page(response.headers):
            raise page_error(end.host, response.body, end.path)
        return response.body, response.headers

    async def _answered(self, api: Api, reader: Reader, body: object) -> AsyncGenerator[Part, None]:
        with self._explained():
            text, headers = await self._whole("POST", api.path, body)
        reader.limits = read_limits(headers)
        for part in (*self._read(api, reader, text), *reader.finish(ended=True)):
            yield part

    async def _streamed(self, api: Api, reader: Reader, body: object) -> AsyncGenerator[Part, None]:
        end, http = self._endpoint, self._ctx.http
        with self._explained():
            async with http.stream(
                "POST", end.url(api.path), headers=end.headers, json=body, timeout=end.section.timeout
            ) as response:
                if response.status != OK:
                    raise self._failure(read_fault(response.status, await response.read()), response.headers)
                if is_page(response.headers):
                    raise page_error(end.host, await response.read(), end.path)
                reader.limits = read_limits(response.headers)
                ended = "json" in response.headers.get("content-type", "")
                if ended:  # a server that does not stream answers whole
                    for part in self._read(api, reader, await response.read(ANSWER_BYTES)):
                        yield part
                else:
                    try:  # around the loop, not around each event: of those there are many
                        async for event in http.sse(response):
                            if event.data == "[DONE]":
                                ended = True
                                break
                            for part in self._heard(api, reader, event.data):
                                yield part
                    except NetworkError as error:
                        raise reader.interrupted(f"{end.host}: the answer was cut: {error.message}") from error
                for part in reader.finish(ended=ended):
                    yield part

    def _heard(self, api: Api, reader: Reader, text: str) -> list[Part]:
        self._size += len(text)
        if self._size > ANSWER_BYTES:
            raise endless_error(self._endpoint.host)
        return self._read(api, reader, text)

    def _read(self, api: Api, reader: Reader, text: str | bytes) -> list[Part]:
        try:
            data = read_json(text)
            fault = reader.fault(data)
            if not fault:
                return reader.feed(data)
        except MALFORMED as error:
            raise self.malformed(api.what, error, reader) from error
        raise self._failure(fault_of(fault), {}, reader.text)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say what to do when nothing answers."""
        where = self._endpoint.section.address
        try:
            yield
        except PermissionDeniedError as error:  # flags do not reach a provider's calls, its section does
            error.suggestions = (f"check base_url and networks in [{self._endpoint.path}]: {where}",)
            raise
        except NetworkError as error:
            error.suggestions = (f"check that the server at {where} is running", *error.suggestions)
            raise

    def _failure(self, fault: Fault, headers: Mapping[str, str], text: str = "") -> ProviderError:
        fault = fault._replace(message=self._ctx.secrets.redact(fault.message))
        now = self._ctx.clock.now()
        error = provider_error(fault, self._endpoint.host, model=self._model, headers=headers, now=now)
        if text:
            error.context["partial_text"] = text
        return error
