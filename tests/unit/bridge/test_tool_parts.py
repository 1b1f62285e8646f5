"""What a tool emits reaches a script's stream whole, and cannot be taken for a part of the model's answer."""

from __future__ import annotations

from llmspell.bridge import shapes


def test_a_part_of_a_tool() -> None:
    told = {"type": "done", "content": "not the answer"}
    assert shapes.part(told) == {"type": "tool_part", "part": told}


def test_a_part_nobody_knows_is_named() -> None:
    assert shapes.part(object()) == {"type": "unknown", "name": "object"}
