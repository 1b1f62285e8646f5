"""A part of cross_language.*: Python knows statistics, as a function and as a tool for agents."""

import statistics
from typing import Annotated

from llmspell import Tools, tool

__all__ = ["describe"]


def describe(numbers):
    return {"median": statistics.median(numbers), "mode": statistics.mode(numbers)}


@tool
def spread(numbers: Annotated[list[float], "at least two numbers"]):
    """Tell how far numbers lie apart: their standard deviation."""
    return {"value": round(statistics.stdev(numbers), 2)}


await Tools.register(spread)
