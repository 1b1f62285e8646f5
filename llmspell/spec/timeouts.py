"""Limits of time around what a component does, as `Context.timeout` gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self


class Timeout(Protocol):
    """What bounds the time of what is within it; `asyncio.Timeout` is one."""

    def when(self) -> float | None:
        """Give when it fires, by the loop's clock; None when it does not."""
        ...

    def reschedule(self, when: float | None) -> None:
        """Have it fire at another time of the loop's clock, or not at all."""
        ...

    def expired(self) -> bool:
        """Tell whether it fired."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None: ...
