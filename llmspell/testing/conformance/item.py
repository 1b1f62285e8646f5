"""One behaviour of the list: what a spell is given, what must come of it, and where it cannot hold."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from attrs import field, frozen

from llmspell.runtime.host import Limits
from llmspell.testing.conformance.stage import Outcome, Stage

INLINE, CHILD = "inline", "process"
PLACES = (INLINE, CHILD)
"""Where a machine can live, as `--isolation` names it."""

HOLDS, CHILD_ONLY, NOT_ASKED, LACKS = "holds", "child only", "n/a", "lacks"
"""What a cell of the table can say."""

SECONDS = 20.0
"""Wall clock of a spell that waits for what never comes."""


class Reason(NamedTuple):
    """Say why a behaviour does not hold; `untried` ones would hang or end the tests' own process."""

    text: str
    untried: bool = False


def untried(text: str) -> Reason:
    """Give a reason whose behaviour must not be tried."""
    return Reason(text, untried=True)


def reason(given: str | Reason) -> Reason:
    """Read a reason; a text alone is one that may be tried."""
    return Reason(given) if isinstance(given, str) else given


@frozen(kw_only=True)
class Only:
    """Name the languages a behaviour is asked of; another language may bring a spell for it all the same."""

    languages: tuple[str, ...]
    because: str


@frozen
class Item:
    """One numbered behaviour.

    number, title   as the list has them; a spell is a file `NNN_words.ext`
    asks            what the spell does and returns, for whoever writes it in one more language
    expects         checks of the `Outcome`, all of which must pass: see `expect.py`
    params          what the spell reads as `params`
    steps           the answers of the scripted model (llmspell/builtin/scripted.py)
    grants          rules such as `fs.read=.` beyond what every run is granted
    config          keys of `llmspell.toml`, dotted
    limits          what the spell may use; its wall clock only ends what waits for ever
    wakes           the spell runs on a clock that stands still: each time so many are asleep at once, the next one due
                    is woken
    opened          a gate that must have been opened before the first is woken
    beside          what happens beside the running spell; cancelled when that ends
    after           what happens after its end, with the application still open
    modules         whether the spell needs the folder `modules` beside it
    lays            what it puts into the spell's folder beforehand
    command         run by the command line in a process of its own: the outcome has `status`, `out` and `err`
    words           more words of that command
    only            the languages it is asked of; None: of all
    child_only      why it cannot hold inline, in any language
    """

    number: int
    title: str
    asks: str = field(kw_only=True)
    expects: tuple[Callable[[Outcome], None], ...] = field(kw_only=True)
    params: Mapping[str, object] = field(factory=dict, kw_only=True)
    steps: tuple[Mapping[str, object], ...] = field(default=(), kw_only=True)
    grants: tuple[str, ...] = field(default=(), kw_only=True)
    config: Mapping[str, object] = field(factory=dict, kw_only=True)
    limits: Limits = field(default=Limits(wall=SECONDS), kw_only=True)
    wakes: tuple[int, ...] = field(default=(), kw_only=True)
    opened: str | None = field(default=None, kw_only=True)
    beside: Callable[[Stage], Awaitable[None]] | None = field(default=None, kw_only=True)
    after: Callable[[Stage], Awaitable[None]] | None = field(default=None, kw_only=True)
    modules: bool = field(default=False, kw_only=True)
    words: tuple[str, ...] = field(default=(), kw_only=True)
    lays: Callable[[Path], None] | None = field(default=None, kw_only=True)
    command: bool = field(default=False, kw_only=True)
    only: Only | None = field(default=None, kw_only=True)
    child_only: Reason | None = field(default=None, kw_only=True)

    def asked_of(self, language: str) -> bool:
        """Tell whether a language must have a spell for it."""
        return self.only is None or language in self.only.languages

    @property
    def name(self) -> str:
        """Give the number as files and test ids have it."""
        return f"{self.number:03}"
