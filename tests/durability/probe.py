"""What is tried: areas, each with cases for every engine, and how one case is tried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from attrs import field, frozen

from tests.durability.corpus import VARIANTS, Variant
from tests.proof.areas import find, spread

T = TypeVar("T")
AREAS = Path(__file__).with_name("areas")


@frozen
class Case:
    """One thing to try: a name, and what the area's probe reads."""

    name: str
    data: dict[str, Any] = field(factory=dict)


class Tally:
    """What came of a case: how often something was tried, and what went wrong.

    untried   why nothing could be, on this machine
    """

    def __init__(self, folder: Path, *, few: int | None) -> None:
        self.folder = folder
        self.few = few
        self.tried = 0
        self.untried: str | None = None
        self.failures: dict[str, str] = {}

    def count(self, name: str, faults: Sequence[str]) -> None:
        """Count one try, which failed when there are faults."""
        self.tried += 1
        if faults:
            self.failures[name] = "; ".join(faults)

    def some(self, places: Sequence[T]) -> Sequence[T]:
        """Give all places, or in a sample a few of them from the whole length, the same ones each time."""
        return spread(places, self.few)


@frozen
class Area:
    """Cases of one kind.

    name      the module's own name
    title     what is tried, for the page
    how       how it is tried, for the page
    load      gives the cases of a variant, in the same order each time
    try_      tries one and counts into the tally; what it raises is a failure, too
    sample    how many cases of a variant the fast tier tries
    few       in how many places of a case it does so
    variants  the engines that it is tried with
    fast      those of them that the fast tier tries
    needs     gives why it cannot be tried on this machine; None when it can
    """

    name: str
    title: str
    how: str
    load: Callable[[Variant], Sequence[Case]]
    try_: Callable[[Case, Variant, Tally], Awaitable[None]]
    sample: int = 2
    few: int = 3
    variants: tuple[Variant, ...] = VARIANTS
    fast: tuple[Variant, ...] = VARIANTS
    needs: Callable[[], str | None] = lambda: None


def areas() -> dict[str, Area]:
    """Find every area."""
    return find("tests.durability.areas", AREAS)
