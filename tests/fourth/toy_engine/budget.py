"""What a script of the toy language may use, counted while it runs."""

from __future__ import annotations

from time import thread_time
from typing import TYPE_CHECKING, Any

from tests.fourth.toy_engine.values import failure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LOOK = 500  # steps between two looks at the clock
_VALUE = 64  # bytes that any value counts


class StoppedError(BaseException):
    """The end of a run that passed a limit: no handler of a script sees it."""


class Budget:
    """Count CPU time, memory and output; `StoppedError` when one is used up.

    Memory is what a script has made: what it has dropped counts on, which a language with more than a test for its
    purpose would not do.
    """

    def __init__(self) -> None:
        self.stopping: Callable[[], bool] | None = None
        self.failure: dict[str, Any] | None = None
        self.calls = 4096
        self._cpu: float | None = None
        self._memory = self._output = 1 << 30
        self._made = self._written = self._steps = 0
        self._used = self._since = 0.0

    def limit(self, limits: Mapping[str, Any]) -> None:
        """Take the limits of a hello message."""
        self._cpu = limits.get("cpu")
        self._memory = int(limits.get("memory") or self._memory)
        self._output = int(limits.get("output") or self._output)
        self.calls = int(limits.get("calls") or self.calls)

    def enter(self) -> None:
        """Begin to count time."""
        self._since = thread_time()

    def leave(self) -> None:
        """Count no more time."""
        self._used += thread_time() - self._since

    def step(self) -> None:
        """Count one step of the script."""
        self._steps += 1
        if self.failure is not None:
            raise StoppedError
        if self._steps % _LOOK:
            return
        if self._cpu is not None and self._used + thread_time() - self._since > self._cpu:
            self.stop("timeout", 4004, f"the spell used more than {self._cpu:g} s of CPU time")
        if self.stopping is not None and self.stopping():
            self.stop("runtime", 4002, "the spell was stopped")

    def make(self, size: int) -> None:
        """Count a value with `size` bytes of its own."""
        self._made += _VALUE + size
        if self._made > self._memory:
            self.stop("memory_limit", 4005, f"the spell used more than {self._memory} bytes of memory")

    def write(self, size: int) -> None:
        """Count output."""
        self._written += size
        if self._written > self._output:
            self.stop("resource_exhausted", 4009, f"the spell wrote more than {self._output} bytes")

    def end(self) -> None:
        """Let nothing run any more."""
        if self.failure is None:
            self.failure = failure("the spell has ended")

    def stop(self, kind: str, code: int, message: str) -> None:
        """End the run."""
        self.failure = failure(message, kind, code)
        raise StoppedError
