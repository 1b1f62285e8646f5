"""What a spell may use."""

from __future__ import annotations

from typing import NamedTuple

_MIB = 1024 * 1024


class Limits(NamedTuple):
    """Bound one run; None means no bound.

    `cpu` and `wall` are seconds, `memory` and `output` bytes, `calls` the number of calls outstanding at a time.
    `stall` is how many seconds a child may neither answer nor use CPU time before it counts as stuck.
    """

    cpu: float | None = 60.0
    memory: int = 512 * _MIB
    output: int = 10 * _MIB
    wall: float | None = None
    calls: int = 4096
    stall: float = 10.0

    def for_guest(self, isolation: str) -> dict[str, object]:
        """Give the `limits` of a hello message.

        A child is stopped from outside, so its engine need not count; inline the engine's own counting is all there is,
        and a script that has used more CPU time than its wall clock allows has passed that, too.
        """
        bounds = [bound for bound in (self.cpu, self.wall) if bound is not None]
        return {
            "memory": self.memory,
            "cpu": min(bounds) if isolation == "inline" and bounds else None,
            "output": self.output,
            "calls": self.calls,
        }
