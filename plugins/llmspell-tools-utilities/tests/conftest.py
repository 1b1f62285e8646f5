"""Call the tools as a spell does: through the pipeline, in a folder of the test's own; the clock stands still."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.services.clock import SystemRandom
from llmspell.testing import ManualClock, open_context

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path


@pytest.fixture
def call(tmp_path: Path) -> Callable[..., Awaitable[Any]]:
    """Give `await call("calculator", expression="1+1")`; `grants` are the rights, none by default."""

    async def run(tool: str, /, grants: Sequence[str] = (), **arguments: object) -> Any:
        async with open_context(grants=grants, cwd=tmp_path, clock=ManualClock(), random=SystemRandom(7)) as ctx:
            return await ctx.call(f"tool:{tool}", arguments)

    return run
