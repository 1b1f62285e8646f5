"""What one script may have going at a time."""

from __future__ import annotations

from typing import NamedTuple


class Caps(NamedTuple):
    """Bound what a script may have going: calls it waits for, functions the kernel holds, calls into it."""

    calls: int = 1000
    callbacks: int = 10_000
    invocations: int = 1000
