"""The circuit of one model: closed, open, half open."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from llmspell_resilience.sections import BreakerSection

State = Literal["closed", "open", "half_open"]


class Circuit:
    """Open after failures in a row; let trials through after a while; close when they succeed.

    Seconds are those of a monotonic clock. Every `enter` that gives a number is followed by `succeeded`, `failed`
    or `left` with that number; one of an older time than the circuit's last change no longer counts.
    """

    __slots__ = ("changes", "failures", "opened", "refused", "settings", "state", "successes", "trials")

    def __init__(self, settings: BreakerSection) -> None:
        self.settings = settings
        self.state: State = "closed"
        self.changes = 0
        self.failures = 0
        self.successes = 0
        self.trials = 0
        self.refused = 0
        self.opened = 0.0

    def wait(self, now: float) -> float:
        """Give the seconds until a request may pass; 0 when one may now."""
        if self.state == "open":
            return max(0.0, self.opened + self.settings.reset_timeout - now)
        return 0.0

    def enter(self, now: float) -> int | None:
        """Ask to pass: the number of the circuit's present time, or None while it lets nobody through."""
        if self.state == "open" and now >= self.opened + self.settings.reset_timeout:
            self._become("half_open")
        if self.state == "open" or (self.state == "half_open" and self.trials >= self.settings.half_open_requests):
            self.refused += 1
            return None
        if self.state == "half_open":
            self.trials += 1
        return self.changes

    def succeeded(self, entered: int) -> bool:
        """Count a success and tell whether it closed the circuit."""
        if entered != self.changes:
            return False
        self.failures = 0
        if self.state != "half_open":
            return False
        self.trials -= 1
        self.successes += 1
        if self.successes < self.settings.success_threshold:
            return False
        self._become("closed")
        return True

    def failed(self, entered: int, now: float) -> bool:
        """Count a failure and tell whether it opened the circuit."""
        if entered != self.changes:
            return False
        self.failures += 1
        if self.state == "closed" and self.failures < self.settings.failure_threshold:
            return False
        self._become("open")
        self.opened = now
        return True

    def left(self, entered: int) -> None:
        """Forget a request that says nothing of the service: cancelled, or wrong in itself."""
        if entered == self.changes and self.state == "half_open":
            self.trials -= 1

    def statistics(self) -> dict[str, object]:
        """Tell the state, and count failures in a row and requests not let through."""
        return {"state": self.state, "failures": self.failures, "refused": self.refused, "changes": self.changes}

    def _become(self, state: State) -> None:
        self.state = state
        self.changes += 1
        self.failures = self.successes = self.trials = 0
