"""The watchdog of a child: looks at it from outside and kills it when it passes a limit."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import ScriptMemoryError, ScriptTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.errors import LlmspellError
    from llmspell.runtime.host.limits import Limits

_PERIOD = 0.05  # seconds between two looks; one look costs about 30 us
RESIDENT_BASE = 64 * 1024 * 1024  # bytes of an interpreter with an engine that says nothing else, before any script
_UTIME, _STIME, _RSS = 11, 12, 21  # fields of /proc/<pid>/stat after the command name


class Usage(NamedTuple):
    """What a process has used: CPU seconds and resident bytes."""

    cpu: float
    rss: int


def usage(pid: int) -> Usage | None:
    """Read what process `pid` has used; None where the system does not say, or when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    fields = text[text.rindex(b")") + 2 :].split()
    ticks = int(fields[_UTIME]) + int(fields[_STIME])
    return Usage(ticks / os.sysconf("SC_CLK_TCK"), int(fields[_RSS]) * os.sysconf("SC_PAGE_SIZE"))


class Watchdog:
    """Look at a process every 50 ms: CPU time, resident memory, wall clock, and whether it answers what it was sent."""

    def __init__(
        self, pid: int, limits: Limits, kill: Callable[[LlmspellError], None], resident_base: int = RESIDENT_BASE
    ) -> None:
        self._pid = pid
        self._limits = limits
        self._kill = kill
        self._memory = limits.memory + resident_base
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._started = self._loop.time()
        self._owed_since: float | None = None
        self._last_cpu = 0.0

    def start(self) -> None:
        """Begin to look."""
        self._timer = self._loop.call_later(_PERIOD, self._tick)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def expect(self, *, owed: bool) -> None:
        """Say whether the process owes an answer; each call counts as a sign of life."""
        self._owed_since = self._loop.time() if owed else None

    def _tick(self) -> None:
        used = usage(self._pid)
        fault = self._wall_fault() or (self._fault(used) if used is not None else None)
        if fault is not None:
            self._timer = None
            self._kill(fault)
            return
        self._timer = self._loop.call_later(_PERIOD, self._tick)

    def _wall_fault(self) -> LlmspellError | None:
        wall = self._limits.wall
        if wall is not None and self._loop.time() - self._started > wall:
            return ScriptTimeoutError(f"the spell ran longer than {wall:g} s", context={"limit": "wall"})
        return None

    def _fault(self, used: Usage) -> LlmspellError | None:
        limits = self._limits
        if limits.cpu is not None and used.cpu > limits.cpu:
            return ScriptTimeoutError(
                f"the spell used more than {limits.cpu:g} s of CPU time", context={"limit": "cpu"}
            )
        if used.rss > self._memory:
            return ScriptMemoryError(
                f"the spell used more than {limits.memory} bytes of memory", context={"limit": "memory"}
            )
        now = self._loop.time()
        if used.cpu > self._last_cpu:
            self._last_cpu = used.cpu
            self._owed_since = now if self._owed_since is not None else None
        if self._owed_since is not None and now - self._owed_since > limits.stall:
            return ScriptTimeoutError(
                f"the script engine neither answered nor worked for {limits.stall:g} s",
                suggestions=["run with --verbose to see what it wrote"],
                context={"limit": "stall"},
            )
        return None
