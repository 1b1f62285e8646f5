"""Names of hook points as scripts write them: either spelling, and the names of the source documents."""

from __future__ import annotations

from llmspell.bridge.spelling import snake
from llmspell.kernel.points import ERROR_POINTS, POINTS, point
from llmspell.model.call import OPERATIONS

_SHORT = {
    "execution": "agent_execution",
    "agent": "agent_execution",
    "chat": "agent_execution",
    "llm": "llm_call",
    "model": "llm_call",
    "tool": "tool_execution",
    "tool_call": "tool_execution",
    "workflow": "workflow_execution",
    "step": "workflow_step",
    "spell": "spell_execution",
}
_ENDINGS = {"start": "before", "started": "before", "complete": "after", "completed": "after", "end": "after"}


def _aliases() -> dict[str, str]:
    errors = {operation: name for name, operation in ERROR_POINTS.items()}
    found = {"on_error": "agent_error", "error": "agent_error"}
    for short, operation in _SHORT.items():
        for shape in ("before", "around", "after"):
            found[f"{shape}_{short}"] = f"{shape}_{operation}"
        found[f"on_{short}_error"] = errors[operation]
    for operation in OPERATIONS:
        for ending, shape in _ENDINGS.items():
            found[f"{operation}_{ending}"] = f"{shape}_{operation}"
        for ending in ("error", "failed"):
            found[f"{operation}_{ending}"] = errors[operation]
    return {alias: name for alias, name in found.items() if alias not in POINTS}


ALIASES = _aliases()
"""Other names of hook points: `before_execution`, `tool_execution_start`, `on_error`, ..."""


def canonical(name: str) -> str:
    """Give the name of the hook point that a script means; raises `HookNotFoundError` with the nearest names."""
    spelled = snake(name)
    return point(ALIASES.get(spelled, spelled)).name
