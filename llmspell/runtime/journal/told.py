"""What a journal tells again, and what it tells of the value of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def plain(value: object) -> object:
    """Give the value of a spell as JSON; what JSON cannot say is told by its type."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return f"<{type(value).__name__}>"


async def tell_again(sink: Callable[[object], Awaitable[None]], completion: object) -> None:
    """Give the parts of a recorded answer to whoever shows them while they come."""
    from llmspell.model.llm import Completion  # noqa: PLC0415 - paid by streams
    from llmspell.model.unfold import unfold  # noqa: PLC0415 - likewise

    if isinstance(completion, Completion):
        for part in unfold(completion):
            await sink(part)
