"""What is too much of something that is kept: too old, too long unused, too many, too large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")


class Kept(NamedTuple, Generic[T]):
    """One thing that is kept: when it was made and last used, in seconds since the epoch, and its bytes."""

    what: T
    created: float
    used: float
    size: int = 0


class Cleanup(NamedTuple):
    """Say what is too much: seconds without use, seconds since it was made, how many may stay, and bytes of all."""

    unused: float | None = None
    age: float | None = None
    keep: int | None = None
    size: int | None = None

    def over(self, kept: Iterable[Kept[T]], now: float) -> list[Kept[T]]:
        """Give those that go, the longest unused first; of more than may stay the last used ones do."""
        gone, total = [], 0
        for place, one in enumerate(sorted(kept, key=lambda one: one.used, reverse=True)):
            total += one.size
            if (
                (self.keep is not None and place >= self.keep)
                or (self.size is not None and total > self.size)
                or (self.unused is not None and now - one.used >= self.unused)
                or (self.age is not None and now - one.created >= self.age)
            ):
                gone.append(one)
        return gone[::-1]
