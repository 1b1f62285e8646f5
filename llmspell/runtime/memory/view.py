"""What one run of an agent tells its model: the conversation within its bounds, its older part as a summary."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from llmspell.errors import ContextLengthError
from llmspell.model.llm import Usage
from llmspell.model.tokens import MESSAGE, estimate_parts, estimate_request
from llmspell.runtime.memory.digest import Asker, NoDigestError, as_message, digest
from llmspell.runtime.memory.windows import Bounds, Conversation, Marks
from llmspell.runtime.ops import describe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.model.llm import LlmRequest, Message
    from llmspell.model.memory import Compaction, MemoryOptions
    from llmspell.runtime.loop import Loop

Whole = tuple["Message", ...]


NOTHING = Usage()
"""What is taken when no summary is asked for."""


class Spent(NamedTuple):
    """What a summary took: the tokens of its model, notes on one that failed."""

    usage: Usage = NOTHING
    notes: tuple[Mapping[str, object], ...] = ()


class Told(NamedTuple):
    """What a model is told, and what finding that out took."""

    messages: tuple[Message, ...]
    usage: Usage = NOTHING
    notes: tuple[Mapping[str, object], ...] = ()


class View:
    """Keep what is known of the conversation of one run.

    options   the agent's
    data      JSON data that goes along with the run, also into another process: `summary`, the text that stands for
              what came before and for the first `covered` messages, and how many `summaries` were asked for
    """

    __slots__ = ("_costs", "_data", "_marks", "options")

    def __init__(self, options: MemoryOptions, data: dict[str, object]) -> None:
        self.options = options
        self._data = data
        self._costs: list[int] = []
        self._marks = Marks()

    @property
    def summary(self) -> str | None:
        """Give the text that stands for the older part, None when all is told in full."""
        return cast("str | None", self._data.get("summary"))

    @property
    def covered(self) -> int:
        """Count the messages of this run's conversation that the summary stands for."""
        return cast("int", self._data.get("covered", 0))

    async def within(self, loop: Loop, request: LlmRequest) -> LlmRequest:
        """Give the request of a run with what of its conversation is told; what that took is counted in the run."""
        state = loop.state
        asker = Asker(loop.ctx, loop.choice, loop.settings, loop.spending)
        told = await self.fit(asker, request, len(state.input.history))
        if told.usage is not NOTHING:
            loop.spending.charge(told.usage)
        for note in told.notes:
            state.recoveries.append(note)
            await loop.ctx.events.emit("recovery_used", note)
        return request.replace(messages=told.messages)

    async def fit(self, asker: Asker, request: LlmRequest, current: int) -> Told:
        """Give the messages of a request that are told.

        `request` has the whole conversation of the run, which only grows; `current` is the index of the message that
        is being answered. A summariser that fails is noted, and the conversation is cut instead. Raises
        `ContextLengthError` when the newest exchange alone takes more tokens than there are.
        """
        if not self.options.bounded:
            return Told(request.messages)
        whole = request.messages
        bounds = self._bounds(request)
        found = self._conversation(whole, current)
        settings = self.options.compaction
        spent = Spent()
        if settings is not None and found.share(bounds) >= settings.at and self._asked < settings.times:
            spent = await self._compact(asker, settings, found, len(whole))
            found = self._conversation(whole, current)
        cut = found.cut(bounds)
        if cut is None:
            raise self._too_long(found, bounds)
        return Told(tuple(found.messages[index] for index in found.kept(cut)), *spent)

    def rest(self, whole: Sequence[Message], current: int) -> tuple[Message, ...]:
        """Give what of a conversation the summary does not stand for."""
        covered = self.covered
        early = (one for at, one in enumerate(whole[:covered]) if at == current or one.role == "system")
        return (*early, *whole[covered:])

    @property
    def _asked(self) -> int:
        return cast("int", self._data.get("summaries", 0))

    def _bounds(self, request: LlmRequest) -> Bounds:
        tokens = self.options.tokens
        if tokens is not None:
            tokens = max(tokens - estimate_request(request.replace(messages=())), 0)
        return Bounds(self.options.window, self.options.messages, tokens)

    def _conversation(self, whole: Whole, current: int) -> _Told:
        """Look at what is told without bounds: pinned messages, the summary, what it does not stand for."""
        if self.options.tokens is not None:
            self._costs += [MESSAGE + estimate_parts(one.parts) for one in whole[len(self._costs) :]]
        costs = self._costs
        summary, covered = self.summary, self.covered
        if summary is None:
            return _Told(whole, costs[: len(whole)], current, marks=self._marks.look(whole))
        system = [index for index in range(covered) if whole[index].role == "system"]
        early = [current] if current < covered else []
        first = as_message(summary)
        messages = (*(whole[i] for i in system), first, *(whole[i] for i in early), *whole[covered:])
        told: list[int] = []
        if costs:
            cost = MESSAGE + estimate_parts(first.parts)
            told = [*(costs[i] for i in system), cost, *(costs[i] for i in early), *costs[covered : len(whole)]]
        place = len(system) + 1 + (0 if early else current - covered)
        return _Told(messages, told, place, len(system))

    async def _compact(self, asker: Asker, settings: Compaction, found: _Told, length: int) -> Spent:
        """Have the older part summarised, unless there is nothing to gain; give what that took."""
        cut = found.older(settings.keep)
        older = found.given_up(cut)
        if len(older) < 2:  # noqa: PLR2004 - one message, or one and an older summary, is as short as its summary
            return Spent()
        self._data["summaries"] = self._asked + 1
        try:
            made, usage = await digest(asker, settings, older)
        except NoDigestError as failed:
            self._data["summaries"] = settings.times  # not asked again in this run
            told = describe(failed.error)
            note = {"action": "left_out", "operation": "llm_call", "subject": "compaction", "error": told}
            return Spent(failed.usage, (note,))
        self._data["summary"] = made
        self._data["covered"] = length - (len(found.messages) - cut)
        return Spent(usage)

    def _too_long(self, found: _Told, bounds: Bounds) -> ContextLengthError:
        least = found.tokens(max(found.exchanges()[-1], found.current))
        return ContextLengthError(
            f"the newest messages take about {least} tokens, and memory.tokens leaves {bounds.tokens} for them",
            suggestions=["raise memory.tokens", "say less at once, or have tools return less"],
            context={"tokens": least, "limit": self.options.tokens},
        )


class _Told(Conversation):
    """A conversation with a summary in it."""

    __slots__ = ()

    def given_up(self, cut: int) -> list[Message]:
        """Give what would be summarised: the summary before, and what is neither kept nor pinned."""
        gone = [
            one
            for index, one in enumerate(self.messages[:cut])
            if one.role != "system" and index not in (self.current, self.summary)
        ]
        return gone if self.summary is None or not gone else [self.messages[self.summary], *gone]
