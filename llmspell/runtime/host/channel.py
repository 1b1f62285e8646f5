"""A channel to one engine machine, wherever it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from llmspell.errors import UsageError
from llmspell.runtime.host.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmspell.errors import LlmspellError
    from llmspell.runtime.host.spares import Spares
    from llmspell.spec.descriptor import Component
    from llmspell.spec.wire import Message


class Channel(Protocol):
    """Carry messages to a machine and back. One reader at a time; closed by its owner, always."""

    on_post: Callable[[Message], None] | None
    """Who takes what a script says while it runs, where that cannot come through `receive`; None: it comes there."""

    @property
    def isolation(self) -> str:
        """Give `inline` or `process`."""
        ...

    @property
    def limits(self) -> Limits:
        """Give what the machine may use."""
        ...

    @property
    def congested(self) -> bool:
        """Tell whether so much waits to be taken by the machine that `send` would wait."""
        ...

    @property
    def resting(self) -> bool:
        """Tell whether the machine has answered all that it was sent, and all of it was received."""
        ...

    def write(self, messages: Sequence[Message]) -> None:
        """Hand messages over, in order, without waiting until the machine has taken them.

        Raises what `receive` raises once the machine is gone, `ScriptResourceError` when a frame cannot hold them.
        """
        ...

    async def send(self, messages: Sequence[Message]) -> None:
        """Hand messages over like `write`, then wait while the machine is slow to take them."""
        ...

    async def receive(self) -> list[Message]:
        """Wait for messages and give all that have come.

        Raises the cause when the machine is gone: `ScriptTimeoutError` (CPU, wall clock, stuck), `ScriptMemoryError`,
        `ScriptResourceError` (frame or output cap), `ScriptError` (its process died; `context` has `signal` or
        `status`, and `stderr`).
        """
        ...

    def interrupt(self) -> None:
        """End the input that the machine runs, if it runs one; safe to call from another thread."""
        ...

    def heard(self) -> list[Message]:
        """Give what has come already, perhaps nothing, to somebody who does not wait; for whom `receive` waits less."""
        ...

    def kill(self, cause: LlmspellError | None = None) -> None:
        """Stop the machine now.

        `receive` and `send` raise `cause` from here on. Safe to call twice: the first cause stays.
        """
        ...

    async def aclose(self) -> None:
        """Stop the machine and free what belongs to it; returns when its process is reaped."""
        ...


async def open_channel(
    isolation: str, engine: Component, limits: Limits | None = None, spares: Spares | None = None
) -> Channel:
    """Start a machine of `engine` and give the channel to it; `isolation` is `inline` or `process`.

    A process may be one of `spares`: it is as if it had just been started.
    """
    bounds = limits or Limits()
    if isolation == "inline":
        from llmspell.runtime.host.inline import InlineChannel  # noqa: PLC0415 - a run needs one of the two

        return InlineChannel(engine.target, bounds)
    if isolation == "process":
        from llmspell.runtime.host.child import ChildChannel  # noqa: PLC0415 - asyncio's subprocesses cost 10 ms

        return await ChildChannel.start(engine, bounds, spares)
    raise UsageError(f"isolation {isolation!r} is unknown", suggestions=["use `process` or `inline`"])
