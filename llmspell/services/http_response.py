"""An answer whose body is still on its way."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from llmspell.errors import NetworkError, ResourceExhaustedError
from llmspell.services.http_decode import Decoder, decoder_for
from llmspell.services.http_errors import FAULTS, HEADER_BYTES, network_error, too_many_headers
from llmspell.services.http_heard import HeardChunks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

    import httpx

    from llmspell.services.http_heard import Exchanged
    from llmspell.services.http_pool import Lease

NOT_MODIFIED = 304
DRAIN_BYTES = 64 * 1024
DRAIN_SECONDS = 0.1


class OpenResponse:
    """Implement `StreamResponse` over a response of a transport; whoever opened it awaits `aclose`.

    `heard` is the note of somebody who listens, None when nobody does. What is `bodiless` announces a length and sends
    nothing: the answer to HEAD, and status 304.
    """

    __slots__ = (
        "_bodiless",
        "_ended",
        "_lease",
        "_response",
        "_rest",
        "_source",
        "_where",
        "headers",
        "heard",
        "status",
        "url",
    )

    def __init__(self, response: httpx.Response, lease: Lease, url: str, where: str, *, bodiless: bool = False) -> None:
        self._bodiless = bodiless or response.status_code == NOT_MODIFIED
        self._response = response
        self._lease: Lease | None = lease
        self._source: AsyncIterator[bytes] | None = None
        self._rest: AsyncIterator[bytes] | None = None
        self._ended = False
        self.heard: Exchanged | None = None
        self._where = where
        self.status: int = response.status_code
        self.url = url
        self.headers: Mapping[str, str] = _headers(response.headers.raw, where)

    def chunks(self) -> Chunks | HeardChunks:
        """Yield the decoded body, once."""
        if self._source is None:
            self._source = aiter(self._response.stream)  # type: ignore[arg-type]  # an async transport gives async streams
        chunks = Chunks(self, decoder_for(self.headers.get("content-encoding"), self._where))
        if self.heard is None:
            self._rest = self._source
            return chunks
        self._rest = heard = HeardChunks(chunks, self.heard)
        return heard

    async def read(self, limit: int = 1 << 20) -> bytes:
        """Read the rest. Raises `ResourceExhaustedError` as soon as it passes `limit` bytes."""
        announced = self.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > limit and not self._bodiless:
            raise self._too_long(limit)
        pieces: list[bytes] = []
        size = 0
        async for piece in self.chunks():
            size += len(piece)
            if size > limit:
                raise self._too_long(limit)
            pieces.append(piece)
        return b"".join(pieces)

    async def next_raw(self) -> bytes | None:
        """Give the next undecoded piece, None at the end."""
        if self._ended or self._source is None:
            return None
        try:
            return await anext(self._source)
        except StopAsyncIteration:
            self._ended = True
            return None
        except FAULTS as error:
            raise network_error(error, self._where) from error

    async def aclose(self, *, drain: bool = False) -> None:
        """Give the connection back; `drain` reads a short rest first, so that it is kept instead of closed."""
        if self._lease is None:
            return
        lease, self._lease = self._lease, None
        try:
            if drain and self._rest is not None and not self._ended:
                await self._drain(self._rest)
        finally:
            try:
                await self._response.aclose()
            finally:
                await lease.release()

    @staticmethod
    async def _drain(rest: AsyncIterator[bytes]) -> None:
        left = DRAIN_BYTES
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                async for piece in rest:
                    left -= len(piece)
                    if left < 0:
                        return
        except (*FAULTS, NetworkError, TimeoutError):
            return  # the caller has all it wanted; the connection is closed instead of kept

    def _too_long(self, limit: int) -> ResourceExhaustedError:
        message = f"the answer of {self._where} is longer than {limit} bytes"
        return ResourceExhaustedError(
            message, suggestions=["raise the limit, or ask for less"], context={"limit": limit}
        )


class Chunks:
    """Iterate over a body. A class, not an async generator: one that is left early needs no finalizer."""

    __slots__ = ("_decoder", "_pieces", "_response")

    def __init__(self, response: OpenResponse, decoder: Decoder | None) -> None:
        self._response = response
        self._decoder = decoder
        self._pieces: Iterator[bytes] = iter(())

    def __aiter__(self) -> Chunks:
        return self

    async def __anext__(self) -> bytes:
        if self._decoder is None:
            piece = await self._response.next_raw()
            if piece is None:
                raise StopAsyncIteration
            return piece
        return await self._decoded(self._decoder)

    async def _decoded(self, decoder: Decoder) -> bytes:
        while True:
            for piece in self._pieces:  # made one by one: what nobody reads is never unpacked
                return piece
            raw = await self._response.next_raw()
            if raw is None:
                decoder.finish()
                raise StopAsyncIteration
            self._pieces = decoder.feed(raw)


def _headers(raw: list[tuple[bytes, bytes]], where: str) -> dict[str, str]:
    """Lower the names, join repeated headers with a comma. Raises `ResourceExhaustedError` over the cap."""
    headers: dict[str, str] = {}
    size = 0
    for name, value in raw:
        size += len(name) + len(value)
        key = name.decode("ascii").lower()
        text = value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    if size > HEADER_BYTES:
        raise too_many_headers(where)
    return headers
