"""What goes to the script: messages, then the numbers of those of its functions that nobody holds any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import ScriptResourceError

if TYPE_CHECKING:
    from llmspell.runtime.host.channel import Channel
    from llmspell.spec.wire import Message


class Sender:
    """Send to the engine behind a channel. Both ways of sending raise `ScriptResourceError` for what fits no frame."""

    __slots__ = ("_channel", "_given_back")

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._given_back: list[int] = []

    @property
    def congested(self) -> bool:
        """Tell whether the engine is slow to take what it was sent."""
        return self._channel.congested

    def give_back(self, number: int, count: int) -> None:
        """Remember that nobody holds a function of the script any more; the script is told after the next message."""
        self._given_back += [number] * count

    async def send(self, message: Message) -> None:
        """Send one message to the script and wait while the engine is slow to take it."""
        given_back, self._given_back = self._given_back, []
        try:
            await self._channel.send(_followed_by([message], given_back))
        except ScriptResourceError:  # it fits no frame: nothing of it was sent
            self._given_back += given_back
            raise

    def write(self, messages: list[Message]) -> None:
        """Send messages without waiting until the engine has taken them."""
        given_back, self._given_back = self._given_back, []
        try:
            self._channel.write(_followed_by(messages, given_back))
        except ScriptResourceError:  # as above
            self._given_back += given_back
            raise


def _followed_by(messages: list[Message], given_back: list[int]) -> list[Message]:
    """Put releases last: a message may carry the very function, which the script then takes back before it is freed."""
    return [*messages, {"t": "release", "fn": given_back}] if given_back else messages
