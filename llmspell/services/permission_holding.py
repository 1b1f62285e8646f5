"""What a run holds beyond the user's rules: what the user answered when asked, and which labels its data carry.

A `Holding` belongs to a run; each call of a component has one within it, so that a right given once ends with the call
and a label is known of the call's own result. Nothing here is a pattern: an answer is about what was asked, literally.
"""

# Paths are compared as text, as in the patterns.
from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol

from llmspell.errors import ConfigError
from llmspell.services.permission_patterns import EVERYTHING, HOSTS, PATHS, split_host

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from llmspell.services.permission_layers import Layer


Answer = Literal["once", "run", "always", "no"]
UNTRUSTED: Final = "untrusted"
"""Label of text from outside: what it asks for is nobody's wish."""
PRIVATE: Final = "private"
"""Label of what must not leave without a person's leave."""
SOURCES: Final = 8
"""How many sources of a label are remembered: enough to tell a person why."""

READING: Final = frozenset({"fs.read", "state.read", "net.connect", "db.connect", "process.exec"})
"""The rights whose use brings data in; `[permissions] private` may name these."""


class Question(NamedTuple):
    """A right that is missing: of whom, for what."""

    right: str
    target: str
    who: str


class Asker(Protocol):
    """Ask the user; whoever asks escapes what is shown, and writes down what holds always."""

    async def one(self, question: Question) -> Answer:
        """Ask for one right."""
        ...

    async def many(self, name: str, rules: Sequence[str]) -> Answer:
        """Ask for all that the header of the spell `name` asks for; the answer is not `once`."""
        ...


class Notices(Protocol):
    """What labels the data of a run by what was read."""

    def concern(self, right: str) -> bool:
        """Tell whether a use of this right can matter at all."""
        ...

    def saw(self, holding: Holding, right: str, target: str) -> None:
        """Label a run in which a right was used on a target."""
        ...


class Questions:
    """Ask the user on behalf of one run: one question after the other, and none twice."""

    __slots__ = ("_ask", "_open", "_refused", "_rules", "_turn")

    def __init__(self, ask: Callable[[Question], Awaitable[Answer]]) -> None:
        self._ask = ask
        self._turn = asyncio.Lock()
        self._refused: set[tuple[str, str]] = set()
        self._rules: list[Layer] = []
        self._open: dict[tuple[str, str], tuple[asyncio.Task[Answer], list[None]]] = {}

    async def answer(self, question: Question, holding: Holding) -> Answer:
        """Give the user's answer; those who ask for the same meanwhile get the same. What was denied stays denied."""
        key = (question.right, question.target)
        if key in self._refused or any(one.allows(*key) for one in self._rules):
            return "no"
        if key not in self._open:
            self._open[key] = (asyncio.ensure_future(self._in_turn(question, holding.root)), [])
        task, waiting = self._open[key]
        waiting.append(None)
        try:
            answer = await asyncio.shield(task)
        finally:
            waiting.pop()
            if not waiting:
                task.cancel()  # nobody wants to know any more, or it is answered
                self._open.pop(key, None)
        if answer == "no":
            self._refused.add(key)
        else:
            (holding if answer == "once" else holding.root).hold(*key)
        return answer

    def refuse(self, rules: Iterable[str]) -> None:
        """Remember that all of these, in their normal form, were denied."""
        from llmspell.services.permission_layers import Layer  # noqa: PLC0415 - which imports this for types only

        self._rules.append(Layer(rules, cwd=os.sep))

    async def _in_turn(self, question: Question, run: Holding) -> Answer:
        async with self._turn:
            if run.holds(question.right, question.target):  # an answer before this one was wide enough
                return "run"
            return await self._ask(question)


class Holding:
    """Hold answers and labels of a run (`outer` is None) or of a call within it.

    `questions` is None where nobody can be asked, `notices` where labels are switched off.
    """

    __slots__ = ("_held", "labels", "notices", "outer", "questions")

    def __init__(
        self, questions: Questions | None = None, notices: Notices | None = None, outer: Holding | None = None
    ) -> None:
        self.questions = questions
        self.notices = notices
        self.outer = outer
        self.labels: dict[str, tuple[str, ...]] = {}
        self._held: dict[str, set[str]] | None = None

    @property
    def root(self) -> Holding:
        """Give the holding of the run."""
        return self if self.outer is None else self.outer.root

    def inner(self) -> Holding:
        """Give the holding of a call."""
        return Holding(self.questions, self.notices, self)

    # -- rights --------------------------------------------------------------------------------------------------------

    def hold(self, right: str, target: str) -> None:
        """Grant exactly this target (a folder with what is below it)."""
        self._held = self._held or {}
        self._held.setdefault(right, set()).add(target)

    def targets(self, right: str) -> set[str]:
        """Give all that was granted of a right."""
        own = set() if self._held is None else self._held.get(right, set())
        return own if self.outer is None else own | self.outer.targets(right)

    def holds(self, right: str, target: str) -> bool:
        """Tell whether an answer granted a target."""
        if self._held is not None and right in self._held and target != EVERYTHING:
            held = self._held[right]
            if target in held or any(_same(right, one, target) for one in held):
                return True
        return self.outer is not None and self.outer.holds(right, target)

    # -- labels --------------------------------------------------------------------------------------------------------

    def label(self, label: str, sources: Iterable[str]) -> None:
        """Say that data of this call, and so of the run, carry a label; `sources` tell where from."""
        known = self.labels.get(label, ())
        new = tuple(one for one in sources if one not in known)
        self.labels[label] = (*known, *new)[:SOURCES]
        if self.outer is not None:
            self.outer.label(label, new)


def _same(right: str, held: str, target: str) -> bool:
    if right in PATHS:
        return target.startswith(held if held.endswith(os.sep) else held + os.sep)
    if right in HOSTS:
        try:
            return split_host(held) == split_host(target)
        except ConfigError:
            return False
    return False
