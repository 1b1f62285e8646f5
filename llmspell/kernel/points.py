"""Read the closed list of hook points off `spec/points.py` and `spec/lifecycle.py`."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from llmspell.errors import HookNotFoundError
from llmspell.model.call import OPERATIONS
from llmspell.model.near import near_words

TOOLS_AVAILABLE = "tools_available"

ERROR_POINTS = {
    "spell_error": "spell_execution",
    "agent_error": "agent_execution",
    "llm_error": "llm_call",
    "provider_error": "provider_call",
    "tool_error": "tool_execution",
    "workflow_error": "workflow_execution",
    "workflow_step_error": "workflow_step",
    "handoff_error": "handoff",
    "state_error": "state_write",
}

LIFECYCLE_POINTS = (
    "system_startup",
    "system_shutdown",
    "configuration_change",
    "plugin_loaded",
    "plugin_failed",
    "component_registered",
    "component_unregistered",
    "session_start",
    "session_end",
    "agent_created",
    "agent_closed",
    "after_tools_used",
    "limit_reached",
    "stream_chunk",
    "custom",
)


class Point(NamedTuple):
    """One hook point.

    Its shape (`before`, `around`, `after`, `error`, `lifecycle`), its operation and what an implementation may take.
    """

    name: str
    shape: str
    operation: str
    arguments: tuple[str, ...]


_ARGUMENTS = {
    "before": ("call", "ctx"),
    "around": ("call", "proceed", "ctx"),
    "after": ("call", "result", "ctx"),
    "error": ("call", "error", "ctx"),
    "lifecycle": ("event",),
}


def _make() -> dict[str, Point]:
    points = {}
    for operation in OPERATIONS:
        for shape in ("before", "around", "after"):
            points[f"{shape}_{operation}"] = Point(f"{shape}_{operation}", shape, operation, _ARGUMENTS[shape])
    for name, operation in ERROR_POINTS.items():
        points[name] = Point(name, "error", operation, _ARGUMENTS["error"])
    name = f"before_{TOOLS_AVAILABLE}"
    points[name] = Point(name, "before", TOOLS_AVAILABLE, _ARGUMENTS["before"])
    for name in LIFECYCLE_POINTS:
        points[name] = Point(name, "lifecycle", name, _ARGUMENTS["lifecycle"])
    return points


POINTS = _make()


@cache
def point(name: str) -> Point:
    """Look a hook point up by name; raises `HookNotFoundError` with the nearest names."""
    found = POINTS.get(name)
    if found is None:
        near = near_words(name, POINTS, n=3)
        message = f"there is no hook point {name!r}"
        raise HookNotFoundError(
            message, suggestions=[f"use {n!r}" for n in near] or ["see docs/reference/hooks.md for all of them"]
        )
    return found
