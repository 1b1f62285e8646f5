"""One request under way: sent, read as JSON, and its failures told as typed errors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from llmspell.errors import NetworkError, PermissionDeniedError, ProviderError, StreamInterruptedError
from llmspell.spec.http import read_json
from llmspell.spec.provider_faults import ANSWER_BYTES, endless_error, is_page, page_error
from llmspell_provider_google.decode import ChunkReader
from llmspell_provider_google.endpoint import SECTION
from llmspell_provider_google.faults import Fault, blocked, fault_of, provider_error, read_fault

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping

    from llmspell.model.llm import Part
    from llmspell.spec import Context
    from llmspell.spec.http import StreamResponse
    from llmspell_provider_google.endpoint import Endpoint

OK = 200
MALFORMED = (ValueError, AttributeError, TypeError, KeyError, RecursionError)
"""What reading something that is no answer of this API raises."""

_WITHHELD = frozenset(
    {
        "SAFETY",
        "RECITATION",
        "BLOCKLIST",
        "PROHIBITED_CONTENT",
        "SPII",
        "IMAGE_SAFETY",
        "IMAGE_PROHIBITED_CONTENT",
        "IMAGE_RECITATION",
    }
)
_BROKEN = frozenset({"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE"})
_UNSIGNED = "MISSING_THOUGHT_SIGNATURE"


class Asking:
    """Ask one thing of the service; `model` is named in errors."""

    def __init__(self, endpoint: Endpoint, ctx: Context, model: str = "") -> None:
        endpoint.require_key()
        self._endpoint = endpoint
        self._ctx = ctx
        self._model = model
        self._reader = ChunkReader(ctx.new_id)
        self._size = 0

    async def json(self, method: str, path: str, body: object = None) -> Any:
        """Give the JSON of a whole answer; an error object in it is raised."""
        end = self._endpoint
        with self._explained():
            response = await self._ctx.http.request(
                method,
                end.url(path),
                headers=end.headers,
                json=body,
                timeout=end.section.timeout,
                limit=ANSWER_BYTES,
            )
        if response.status != OK:
            raise self._failure(read_fault(response.status, response.body), response.headers)
        if is_page(response.headers):
            raise page_error(end.host, response.body, SECTION)
        return self._decoded(response.body)

    async def whole(self, path: str, body: object) -> AsyncGenerator[Part, None]:
        """Yield the parts of an answer that comes as one body."""
        for part in (*self._parts(await self.json("POST", path, body)), *self._finish()):
            yield part

    async def streamed(self, path: str, body: object) -> AsyncGenerator[Part, None]:
        """Yield the parts of an answer while it comes."""
        end, http = self._endpoint, self._ctx.http
        with self._explained():
            async with http.stream(
                "POST", end.url(path), headers=end.headers, json=body, timeout=end.section.timeout
            ) as response:
                if response.status != OK:
                    raise self._failure(read_fault(response.status, await response.read()), response.headers)
                if is_page(response.headers):
                    raise page_error(end.host, await response.read(), SECTION)
                if "json" in response.headers.get("content-type", ""):  # a proxy that does not stream
                    for part in self._listed(await self._read(response)):
                        yield part
                else:
                    events = http.sse(response)
                    while (data := await self._next(events)) is not None:
                        for part in self._parts(self._decoded(data)):
                            yield part
        for part in self._finish():
            yield part

    def malformed(self, error: Exception) -> StreamInterruptedError:
        """Make the error of something that has not the form of an answer."""
        what = f"{type(error).__name__}: {error}"
        return self._reader.interrupted(f"{self._endpoint.host} sent something that is no answer of Gemini ({what})")

    async def _next(self, events: AsyncIterator[Any]) -> str | None:
        try:
            event = await anext(events, None)
        except NetworkError as error:
            raise self._cut(error) from error
        if event is None:
            return None
        self._size += len(event.data)
        if self._size > ANSWER_BYTES:
            raise endless_error(self._endpoint.host)
        return str(event.data)

    async def _read(self, response: StreamResponse) -> bytes:
        try:
            return await response.read(ANSWER_BYTES)
        except NetworkError as error:
            raise self._cut(error) from error

    def _cut(self, error: NetworkError) -> StreamInterruptedError:
        return self._reader.interrupted(f"{self._endpoint.host}: the answer was cut: {error.message}")

    def _decoded(self, text: str | bytes) -> Any:
        try:
            data = read_json(text)
        except (ValueError, RecursionError) as error:
            raise self.malformed(error) from error
        told = data[0] if isinstance(data, list) and data else data
        if isinstance(told, dict) and told.get("error"):
            raise self._failure(fault_of(told["error"]), {})
        return data

    def _listed(self, body: bytes) -> list[Part]:
        """Give the parts of a list of chunks, or of one; an error may be the last of the list."""
        data = self._decoded(body)
        parts: list[Part] = []
        for chunk in data if isinstance(data, list) else [data]:
            if isinstance(chunk, dict) and chunk.get("error"):
                raise self._failure(fault_of(chunk["error"]), {})
            parts += self._parts(chunk)
        return parts

    def _parts(self, chunk: Any) -> list[Part]:
        try:
            return self._reader.feed(chunk)
        except MALFORMED as error:
            raise self.malformed(error) from error

    def _finish(self) -> list[Part]:
        """Give the last parts. Raises what the service's own reason for the end stands for, where it is no answer."""
        reader, host = self._reader, self._endpoint.host
        told = self._ctx.secrets.redact(reader.explained)
        error: ProviderError
        if reader.block:
            error = blocked(host, "its answer to this prompt", reader.block, told, self._model)
        elif reader.reason in _WITHHELD:
            error = blocked(host, "the rest of its answer", reader.reason, told, self._model)
        elif reader.reason in _BROKEN:
            message = f"{host}: the model called a tool in a way that cannot be read: {told or reader.reason}"
            error = ProviderError(message, suggestions=["try again", "simplify the tool's schema"], retryable=True)
        elif reader.reason == _UNSIGNED:
            suggestions = ["send the model's own messages back as they came, with all their parts"]
            error = ProviderError(f"{host}: {told or reader.reason}", suggestions=suggestions, retryable=False)
        else:
            return reader.finish()
        error.context.setdefault("provider_code", reader.reason)
        raise self._with_text(error)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Say what to do when nothing answers."""
        where = self._endpoint.section.base_url
        try:
            yield
        except PermissionDeniedError as error:  # flags do not reach a provider's calls, its section does
            error.suggestions = (f"check base_url and networks in [{SECTION}]: {where}",)
            raise
        except NetworkError as error:
            error.suggestions = (f"check that {where} can be reached from here", *error.suggestions)
            raise

    def _failure(self, fault: Fault, headers: Mapping[str, str]) -> ProviderError:
        fault = fault._replace(message=self._ctx.secrets.redact(fault.message))
        now = self._ctx.clock.now()
        return self._with_text(provider_error(fault, self._endpoint.host, model=self._model, headers=headers, now=now))

    def _with_text(self, error: ProviderError) -> ProviderError:
        if self._reader.text:
            error.context["partial_text"] = self._reader.text
        return error
