"""A token bucket that may go into debt: who takes is told how long to wait, and no queue is needed."""

from __future__ import annotations


class Bucket:
    """Fill at `rate` a second up to `size`; `take` may make the level negative, and the debt is the wait.

    Waits grow in the order of the takes, so that who comes first goes first. In any time `t`, takes whose waits are
    over are at most `size + rate * t`. Seconds are those of a monotonic clock.
    """

    __slots__ = ("_at", "level", "rate", "size", "slowed")

    def __init__(self, rate: float, size: float, now: float) -> None:
        self.rate = rate
        self.size = size
        self.level = size
        self.slowed = 1.0
        self._at = now

    def take(self, amount: float, now: float) -> float:
        """Take and return the seconds until it is there."""
        wait = self.wait(amount, now)
        self.level -= amount
        return wait

    def wait(self, amount: float, now: float) -> float:
        """Give the seconds until so much is there."""
        self._fill(now)
        return max(0.0, (amount - self.level) / (self.rate * self.slowed))

    def give(self, amount: float) -> None:
        """Put back what was not used."""
        self.level = min(self.size, self.level + amount)

    def at_most(self, amount: float, now: float) -> None:
        """Learn that no more than this is left."""
        self._fill(now)
        self.level = min(self.level, amount)

    def slow(self, factor: float, now: float) -> None:
        """Fill at this share of the rate from now on."""
        self._fill(now)
        self.slowed = factor

    def _fill(self, now: float) -> None:
        if now > self._at:
            self.level = min(self.size, self.level + (now - self._at) * self.rate * self.slowed)
            self._at = now
