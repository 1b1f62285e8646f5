"""Call the tools as a spell does: through the pipeline, in a folder of the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.testing import open_context

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path


@pytest.fixture
def call(tmp_path: Path) -> Callable[..., Awaitable[Any]]:
    """Give `await call("file_reader", path="a")`, with every right below the test's folder or those of `grants`."""

    async def run(tool: str, /, grants: Sequence[str] = ("fs.read=.", "fs.write=."), **arguments: object) -> Any:
        async with open_context(grants=grants, cwd=tmp_path) as ctx:
            return await ctx.call(f"tool:{tool}", arguments)

    return run
