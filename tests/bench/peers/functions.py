"""Functions nobody has seen before, whose schemas are to be derived."""

from __future__ import annotations

from typing import Any

SOURCE = '''
def tool_{number}(
    query: str, limit: int = 10, tags: list[str] | None = None, weights: dict[str, float] | None = None,
    mode: Literal["fast", "exact"] = "fast", strict: bool = False,
) -> list[str]:
    """Search the archive.

    Args:
        query: what to look for
        limit: how many results
    """
    return []
'''


def new_function(number: int) -> Any:
    """Compile a function of its own: same parameters, another identity."""
    from typing import Literal

    names: dict[str, Any] = {"Literal": Literal, "__name__": __name__}
    exec(compile(SOURCE.format(number=number), f"<tool {number}>", "exec", dont_inherit=True), names)
    return names[f"tool_{number}"]
