"""Call the tools as a spell does: through the pipeline, in a folder of the test's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import ResourceExhaustedError, ToolExecutionError
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


@pytest.fixture
def hostile(call: Callable[..., Awaitable[Any]], tmp_path: Path) -> Callable[[bytes, str], Awaitable[None]]:
    """Give `await hostile(archive, reason)`: nothing of it is extracted, and `test` and `list` bear it."""
    caps = {"path": "archive", "max_entries": 100, "max_total_size": "20MB", "max_file_size": "20MB"}

    async def fault(**arguments: object) -> str:
        try:
            await call("file_archiver", **arguments, **caps)
        except (ToolExecutionError, ResourceExhaustedError) as error:
            return error.message if error.suggestions else "nothing is suggested"
        return ""

    async def check(data: bytes, reason: str) -> None:
        (tmp_path / "archive").write_bytes(data)
        (tmp_path / "in").mkdir()
        (tmp_path / "in/mine").write_text("mine")
        for overwrite, target in (("refuse", "in"), ("replace", "in"), ("refuse", "new/folder")):
            assert reason in await fault(operation="extract", overwrite=overwrite, target=target)
            assert sorted(path.name for path in tmp_path.iterdir()) == ["archive", "in"]
            assert [path.name for path in (tmp_path / "in").iterdir()] == ["mine"]
            assert (tmp_path / "in/mine").read_text() == "mine"
        tested = await call("file_archiver", operation="test", **caps)
        assert not tested["valid"] or tested["unsafe"] or tested["skipped"], "nothing was found"
        assert not (await fault(operation="list")).startswith("tool "), "a fault that was not foreseen"

    return check
