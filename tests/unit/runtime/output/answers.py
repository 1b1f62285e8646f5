"""Answers of scripted models, and what they are asked for."""

from __future__ import annotations

import json
from typing import Any

import attrs

MODES = ("native", "tool", "prompted")
PERSON = {"name": "string", "age": "integer?"}
ADA = {"name": "Ada", "age": 36}


def answering(mode: str, value: object, *, name: str = "answer") -> dict[str, Any]:
    """Write the step in which a model gives an answer."""
    if mode == "tool":
        return {"tool_calls": [{"name": name, "arguments": value}]}
    return {"text": json.dumps(value)}


@attrs.frozen
class Point:
    x: int
    y: int = 7
