"""What every tool promises, and what this one does besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from llmspell.errors import PermissionDeniedError, ResourceExhaustedError, ToolExecutionError
from llmspell.testing import ToolContract, open_context

if TYPE_CHECKING:
    from pathlib import Path

TOOL = "example:frequent_words"


class TestContract(ToolContract):
    """The contract, on our tool."""

    tool = TOOL


async def test_words_are_counted_whatever_their_case(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("No? no. NO!", encoding="utf-8")
    async with open_context(grants=["fs.read=."], cwd=tmp_path) as ctx:
        assert await ctx.call(f"tool:{TOOL}", {"path": "a.txt"}) == {
            "words": [{"word": "no", "count": 3}],
            "different": 1,
        }


async def test_a_variant_has_options_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a big cat", encoding="utf-8")
    async with open_context(grants=["fs.read=."], cwd=tmp_path) as ctx:
        variant = await ctx.app.tools.bind(TOOL, {"shortest": 3, "max_bytes": 9})
        output = await ctx.app.tools.execute(ctx, variant, {"path": "a.txt"})
        assert output.result == {"words": [{"word": "big", "count": 1}, {"word": "cat", "count": 1}], "different": 2}
        (tmp_path / "a.txt").write_text("a big cat!", encoding="utf-8")
        with pytest.raises(ResourceExhaustedError):
            await ctx.app.tools.execute(ctx, variant, {"path": "a.txt"})


@pytest.mark.parametrize(("data", "told"), [(b" .\n", "no words"), (b"abc\xff", "byte 3")])
async def test_what_cannot_be_counted_is_an_error(tmp_path: Path, data: bytes, told: str) -> None:
    (tmp_path / "a.txt").write_bytes(data)
    async with open_context(grants=["fs.read=."], cwd=tmp_path) as ctx:
        with pytest.raises(ToolExecutionError, match=told):
            await ctx.call(f"tool:{TOOL}", {"path": "a.txt"})


async def test_only_what_is_granted_is_read(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("secret", encoding="utf-8")
    async with open_context(grants=["fs.read=a.txt"], cwd=tmp_path) as ctx:
        with pytest.raises(PermissionDeniedError):
            await ctx.call(f"tool:{TOOL}", {"path": "b.txt"})
