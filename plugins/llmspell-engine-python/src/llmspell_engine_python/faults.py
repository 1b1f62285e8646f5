"""Error objects that the engine makes itself."""

from __future__ import annotations

from typing import Any


def runtime(message: str, kind: str = "runtime", *suggestions: str) -> dict[str, Any]:
    """Give an error object."""
    return {"type": kind, "code": 4002, "message": message, "recoverable": False, "suggestions": list(suggestions)}


def exhausted(message: str) -> dict[str, Any]:
    """Give the error object of a bound that was passed."""
    return {**runtime(message, "resource_exhausted"), "code": 4009}


def passed(limit: str, output: int, seconds: float) -> dict[str, Any]:
    """Give the error object of a limit that ended a run: `output` bytes, or `cpu` seconds."""
    if limit == "output":
        return exhausted(f"the spell wrote more than {output} bytes")
    return {**runtime(f"the spell used more than {seconds:g} s of CPU time", "timeout"), "code": 4004}
