"""Operations within operations end somewhere, whatever they are."""

from __future__ import annotations

from typing import Any

import pytest

from llmspell.bridge.spell import SpellOptions, run_spell
from llmspell.errors import ResourceExhaustedError
from llmspell.testing.context import open_context

TOOL_THAT_CALLS_ITSELF = """
local t
t = Tool.new { name = "self", description = "x", parameters = {}, execute = function() return t:execute {} end }
local _, problem = pcall(t.execute, t, {})
return { problem.code, problem.message }
"""


def nested(ctx: Any) -> None:
    for _ in range(10_000):
        ctx = ctx.within(None, "step")


async def test_a_context_is_nested_to_a_bound():
    async with open_context() as ctx:
        with pytest.raises(ResourceExhaustedError, match="nested too deep, the last in 1:step/1:step") as caught:
            nested(ctx)
    assert "calling itself" in caught.value.suggestions[0]


async def test_a_tool_that_calls_itself_ends_with_an_error_and_not_with_the_memory():
    async with open_context() as ctx:
        options = SpellOptions(engine="lua")
        found: Any = await run_spell(ctx.app, source=TOOL_THAT_CALLS_ITSELF, options=options)
    code, message = found
    assert code == ResourceExhaustedError.code
    assert "nested too deep" in message
