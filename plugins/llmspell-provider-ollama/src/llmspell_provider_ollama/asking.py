"""One request under way: sent, read as JSON, and its failures told as typed errors."""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from llmspell.errors import NetworkError, PermissionDeniedError, ProviderError, StreamInterruptedError
from llmspell.spec.http import read_json
from llmspell.spec.provider_faults import ANSWER_BYTES, endless_error, is_page, page_error
from llmspell_provider_ollama.decode import ChunkReader
from llmspell_provider_ollama.endpoint import SECTION
from llmspell_provider_ollama.faults import Fault, fault_of, provider_error, read_fault
from llmspell_provider_ollama.lines import Lines

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    from llmspell.model.llm import Part
    from llmspell.spec import Context
    from llmspell_provider_ollama.endpoint import Endpoint

OK = 200


class Asking:
    """Ask one thing of a server.

    `model` is named in errors, `reader` knows what an answer has said so far; `limit` is the most bytes of a stream,
    None for work that takes as long as it takes.
    """

    def __init__(self, endpoint: Endpoint, ctx: Context, model: str = "", *, limit: int | None = ANSWER_BYTES) -> None:
        self.reader = ChunkReader(ctx.new_id)
        self._endpoint = endpoint
        self._ctx = ctx
        self._model = model
        self._left = limit

    async def whole(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Give the one object of an answer."""
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
        return self._object(response.body)

    @asynccontextmanager
    async def streamed(self, path: str, body: object) -> AsyncIterator[Lines]:
        """Hand out the lines of an answer while they come; `following` reads them."""
        end = self._endpoint
        with self._explained():
            async with self._ctx.http.stream(
                "POST", end.url(path), headers=end.headers, json=body, timeout=end.section.timeout
            ) as response:
                if response.status != OK:
                    raise self._failure(read_fault(response.status, await response.read()), response.headers)
                if is_page(response.headers):
                    raise page_error(end.host, await response.read(), SECTION)
                yield Lines(response.chunks())

    def parts(self, chunk: dict[str, Any]) -> list[Part]:
        """Give the parts of one object of an answer."""
        try:
            return self.reader.feed(chunk)
        except (ValueError, AttributeError, TypeError, KeyError) as error:
            raise self.malformed(error) from error

    def malformed(self, error: Exception) -> StreamInterruptedError:
        """Make the error of something that has not the form of an answer."""
        what = f"{type(error).__name__}: {error}"
        return self.reader.interrupted(f"{self._endpoint.host} sent something that is no answer of Ollama ({what})")

    async def following(self, lines: Lines) -> dict[str, Any] | None:
        """Read the next object of a stream, None at its end."""
        try:
            line = await anext(lines, None)
        except NetworkError as error:
            raise self.reader.interrupted(f"{self._endpoint.host}: the answer was cut: {error.message}") from error
        if line is None:
            return None
        if self._left is not None:
            self._left -= len(line)
            if self._left < 0:
                raise endless_error(self._endpoint.host)
        return self._object(line)

    def _object(self, text: bytes) -> dict[str, Any]:
        try:
            data = read_json(text)
            if not isinstance(data, dict):
                raise TypeError(f"it is a {type(data).__name__}")
        except (ValueError, TypeError, RecursionError) as error:
            raise self.malformed(error) from error
        if data.get("error"):
            raise self._failure(fault_of(data), {})
        return data

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
            error.suggestions = (
                f"start the server that should be at {where}: ollama serve",
                f"say where it is: base_url in [{SECTION}], or OLLAMA_HOST",
                *error.suggestions,
            )
            raise

    def _failure(self, fault: Fault, headers: Mapping[str, str]) -> ProviderError:
        fault = fault._replace(message=self._ctx.secrets.redact(fault.message))
        error = provider_error(
            fault, self._endpoint.host, model=self._model, headers=headers, now=self._ctx.clock.now()
        )
        if self.reader.text:
            error.context["partial_text"] = self.reader.text
        return error
