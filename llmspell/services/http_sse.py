"""Server-sent events from any chunking of their bytes (WHATWG HTML, section 9.2.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import ResourceExhaustedError
from llmspell.spec.http import ServerEvent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell.spec.http import StreamResponse

EVENT_BYTES = 8 << 20
_BOM = b"\xef\xbb\xbf"


class EventParser:
    """Take bytes with `feed`, give whole events; an event without its closing blank line is never given.

    `retry` is the reconnection time in milliseconds when the server named one.
    """

    __slots__ = ("_data", "_event", "_id", "_line", "_size", "_skip_newline", "_start", "retry")

    def __init__(self) -> None:
        self._line = b""  # the unfinished line
        self._start = True  # nothing consumed yet: a BOM may come
        self._skip_newline = False  # a CR ended the last chunk: an LF that follows belongs to it
        self._data: list[bytes] = []
        self._size = 0
        self._event = b""
        self._id = ""
        self.retry: int | None = None

    def feed(self, chunk: bytes) -> list[ServerEvent]:
        """Give the events that end in this chunk. Raises `ResourceExhaustedError` for an event over 8 MiB."""
        if self._skip_newline and chunk:
            self._skip_newline = False
            if chunk.startswith(b"\n"):
                chunk = chunk[1:]
        if not chunk:
            return []
        if self._line:
            chunk = self._line + chunk
            self._line = b""
        if self._start:
            if len(chunk) < len(_BOM) and _BOM.startswith(chunk):
                self._line = chunk
                return []
            self._start = False
            chunk = chunk.removeprefix(_BOM)
        return self._lines(chunk)

    def _lines(self, chunk: bytes) -> list[ServerEvent]:
        lines = chunk.splitlines()  # of bytes: at LF, CR and CRLF only
        if chunk.endswith(b"\r"):
            self._skip_newline = True
        elif not chunk.endswith(b"\n") and lines:
            self._line = lines.pop()
            self._check(len(self._line))
        events: list[ServerEvent] = []
        for line in lines:
            if line:
                self._field(line)
            elif self._data:
                events.append(self._dispatch())
            else:
                self._event = b""
        return events

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if value.startswith(b" "):
            value = value[1:]
        if name == b"data":
            self._check(len(value))
            self._size += len(value) + 1
            self._data.append(value)
        elif name == b"event":
            self._event = value
        elif name == b"id":
            if b"\0" not in value:
                self._id = value.decode("utf-8", "replace")
        elif name == b"retry" and value.isdigit():
            self.retry = int(value)

    def _dispatch(self) -> ServerEvent:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        event = self._event.decode("utf-8", "replace") if self._event else "message"
        self._data = []
        self._size = 0
        self._event = b""
        return ServerEvent(event, data.decode("utf-8", "replace"), self._id)

    def _check(self, more: int) -> None:
        if self._size + more > EVENT_BYTES:
            raise ResourceExhaustedError(f"one server-sent event is longer than {EVENT_BYTES >> 20} MiB")


class EventStream:
    """Iterate over events. A class, not an async generator: one that is left early needs no finalizer."""

    __slots__ = ("_chunks", "_parser", "_ready")

    def __init__(self, response: StreamResponse) -> None:
        self._chunks: AsyncIterator[bytes] = response.chunks()
        self._parser = EventParser()
        self._ready: list[ServerEvent] = []

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> ServerEvent:
        while not self._ready:
            chunk = await anext(self._chunks)  # its StopAsyncIteration is ours
            self._ready = self._parser.feed(chunk)
            self._ready.reverse()
        return self._ready.pop()
