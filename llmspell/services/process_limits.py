"""What the system keeps each process of a program to: bytes of memory and seconds of processor time."""

from __future__ import annotations

import math
import sys
from typing import NamedTuple

from llmspell.errors import ResourceUnavailableError
from llmspell.model.units import format_size

LEAST_MEMORY = 64 << 20
"""Bytes: with less, the process that starts programs could not do its own work."""


class ProgramLimits(NamedTuple):
    """None is no limit; `cpu` is kept in whole seconds, rounded up."""

    memory: int | None = None
    cpu: float | None = None

    def texts(self) -> tuple[str, str]:
        """Write both as the keeper reads them: whole numbers, or nothing."""
        seconds = None if self.cpu is None else max(1, math.ceil(self.cpu))
        return "" if self.memory is None else str(max(self.memory, LEAST_MEMORY)), str(seconds or "")

    def told(self) -> str:
        """Say what they are."""
        memory = [] if self.memory is None else [format_size(max(self.memory, LEAST_MEMORY))]
        return " and ".join([*memory, *([] if self.cpu is None else [f"{self.texts()[1]} s of processor time"])])


def strictest(*limits: ProgramLimits) -> ProgramLimits:
    """Give the least of each."""
    memory = [one.memory for one in limits if one.memory is not None]
    cpu = [one.cpu for one in limits if one.cpu is not None]
    return ProgramLimits(min(memory, default=None), min(cpu, default=None))


def unkept(limits: ProgramLimits, platform: str = sys.platform) -> str | None:
    """Say why this system does not keep them, None when it does: a limit that nobody keeps is refused."""
    if limits.memory is not None and platform != "linux":
        return "the memory of programs can be bounded on Linux only: other systems do not keep such a limit"
    if limits.cpu is not None and platform == "win32":
        return "the processor time of programs cannot be bounded on Windows: it has no such limit"
    return None


def require_kept(limits: ProgramLimits, platform: str = sys.platform) -> None:
    """Raise `ResourceUnavailableError` for limits that this system does not keep."""
    if (why := unkept(limits, platform)) is not None:
        advice = (
            "remove `max_memory` or `max_cpu_time` from the grammar, [processes] or [resources.tool], whichever has it"
        )
        raise ResourceUnavailableError(why, suggestions=[advice])
