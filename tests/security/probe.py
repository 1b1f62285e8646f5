"""What a security probe is: cases as data, a way to try one, and the stage it is tried on."""

from __future__ import annotations

import secrets
import tempfile
import tomllib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import field, frozen

from llmspell.testing.context import open_context
from tests.proof.areas import find

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from llmspell.runtime.context import CallContext

CASES = Path(__file__).with_name("cases")
AREAS = Path(__file__).with_name("areas")
FEW = 3
"""Rounds of a repeated try in a sample."""

T = TypeVar("T")


@frozen
class Case:
    """One thing that must hold: `data` says what is tried and what must come of it, as its area's probe reads it."""

    name: str
    data: Mapping[str, Any] = field(factory=dict)


@frozen
class Area:
    """Cases of one kind and how one is tried.

    name      the module's own name, also that of its record and its cases
    promise   number of the promise that it keeps an eye on, as in S1 or N1; empty when none has a number
    title     what is tried, for the page
    how       one sentence that tells how it is tried, for the page
    load      gives the cases, always in the same order
    try_      tries one: None when it held, else how it failed; what it raises is a failure, too
    needs     gives why nothing can be tried on this machine; None when it can
    sample    how many cases the fast tier tries: as many as take about three seconds
    online    whether a server elsewhere is asked: only whole runs do that
    also      whether the cases are ordinary uses that must pass: over-blocking is a defect
    """

    name: str
    title: str
    how: str
    load: Callable[[], Sequence[Case]]
    try_: Callable[[Case, Stage], Awaitable[str | None]]
    promise: str = ""
    needs: Callable[[], str | None] = lambda: None
    sample: int = 20
    online: bool = False
    also: bool = False


class Stage:
    """Where the cases of one area are tried: folders, applications, canaries; all gone when it closes.

    whole     False in a sample, in which a try that is repeated is repeated a few times only
    folder    a folder of its own
    tries     how many tries the cases have counted beyond one each
    figures   the worst of each thing measured
    """

    def __init__(self, *, whole: bool) -> None:
        self.whole = whole
        self.tries = 0
        self.figures: dict[str, float] = {}
        self.stack = AsyncExitStack()
        self._kept: dict[str, Any] = {}
        self._folders = 0

    async def __aenter__(self) -> Self:
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="llmspell-probe-"))).resolve()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stack.__aexit__(kind, error, trace)

    def fresh(self) -> Path:
        """Make an empty folder below `folder`."""
        self._folders += 1
        made = self.folder / f"case-{self._folders}"
        made.mkdir()
        return made

    def canary(self, name: str = "canary") -> str:
        """Make a text that occurs nowhere else: where it turns up, `name` has leaked."""
        return f"{name}-{secrets.token_hex(12)}"

    async def context(self, **options: Any) -> CallContext:
        """Open an application that lives as long as the stage; options as of `llmspell.testing.open_context`.

        `ctx.app` and `ctx.run` are the application and the run in it.
        """
        return await self.stack.enter_async_context(open_context(**options))

    async def once(self, name: str, make: Callable[[Self], Awaitable[T]]) -> T:
        """Give what `make` made when it was first asked for by this name: servers, applications."""
        if name not in self._kept:
            self._kept[name] = await make(self)
        kept: T = self._kept[name]
        return kept

    def rounds(self, count: int) -> range:
        """Give how often to repeat what a case repeats `count` times; each round counts as a try."""
        count = count if self.whole else min(count, FEW)
        self.tries += count - 1
        return range(count)

    def worst(self, what: str, value: float) -> None:
        """Keep the highest value of something measured, named with its unit; the page shows that of a whole run."""
        self.figures[what] = max(value, self.figures.get(what, value))


def cases_of(file: str) -> list[Case]:
    """Read `cases/<file>`, a TOML file of tables named like the cases; a table's keys are the case's data."""
    tables = tomllib.loads((CASES / file).read_text(encoding="utf-8"))
    return [Case(name, data) for name, data in tables.items()]


def areas() -> dict[str, Area]:
    """Find every area."""
    return find("tests.security.areas", AREAS)
