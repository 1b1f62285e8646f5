"""Streams to a script in a durable run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.bridge.streams import Streams
from llmspell.errors import StreamInterruptedError
from llmspell.runtime.journal.journal import FROZEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.bridge.definition import Stream
    from llmspell.bridge.durable.boundary import Boundary
    from llmspell.bridge.session import SpellSession
    from llmspell.spec.wire import Message


class DurableStreams(Streams):
    """Pump the open streams of one session through its boundary.

    While records are repeated the script gets the recorded items, and what a stream gives anew is read and dropped. A
    stream that was cut off begins nothing new; it ends in `StreamInterruptedError` with the text that had come.
    """

    def __init__(self, session: SpellSession, boundary: Boundary) -> None:
        super().__init__(session.spawn, self._item)
        self._session = session
        self._boundary = boundary
        self._items: dict[int, int] = {}
        self._expected: list[int] = []

    def open(self, stream: Stream) -> int:
        """Start a stream under its recorded number, or the next one."""
        last = self._last
        if self._expected:
            self._last = self._expected.pop(0) - 1
        token = FROZEN.set(self._last + 1 in self._boundary.cut)
        try:
            return super().open(stream)
        finally:
            FROZEN.reset(token)
            self._last = max(self._last, last)

    def expect(self, numbers: Sequence[int]) -> None:
        """Have the next streams open under these numbers, and later ones under none of them."""
        self._expected = list(numbers)
        self._last = max([self._last, *numbers])

    def close(self, number: int) -> None:
        """End a stream; one whose records are repeated comes as far as it had come before."""
        self._boundary.cut.pop(number, None)
        if self._boundary.live or number not in self._open:
            super().close(number)
        else:
            self._session.spawn(self._closed_later(number), f"stream {number}")

    async def _closed_later(self, number: int) -> None:
        await self._boundary.quiet()
        super().close(number)

    async def _item(self, message: Message) -> None:
        """Offer an item; items are numbered, so that recorded ones are known."""
        number = message["s"]
        self._items[number] = count = self._items.get(number, 0) + 1
        if "value" not in message:
            self._boundary.gone(("end", number))
        if not self._boundary.live and number in self._boundary.streamed and number not in self._boundary.told_last:
            return
        if "value" in message and number in self._boundary.told_last:
            return
        delivered = self._boundary.offer(("item", (number, count)), lambda _: self._session.item(message))
        if delivered.done():
            delivered.result()  # what cannot cross ends the stream

    def interrupt(self, number: int, text: str) -> None:
        """End a stream that was cut off."""
        error = StreamInterruptedError(
            "the stream was cut off when the run was",
            suggestions=["ask again; `partial_text` has what came"],
            context={"partial_text": text},
        )
        message: Message = {"t": "item", "s": number, "error": error}
        self._boundary.offer(("item", (number, "cut")), lambda _: self._session.item(message))
        super().close(number)
