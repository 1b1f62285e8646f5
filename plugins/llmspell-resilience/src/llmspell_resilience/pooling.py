"""The pool: so many requests at once to each provider, the others wait by priority."""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

from llmspell.errors import ValidationError
from llmspell_resilience.lanes import WEIGHTS, Lanes, Ticket
from llmspell_resilience.part import INNER, Part, Target, around, given
from llmspell_resilience.place import place
from llmspell_resilience.sections import PoolSection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.call import Call
    from llmspell.spec import Context, Hook
    from llmspell_resilience.part import Proceed
    from llmspell_resilience.resilience import Resilience

_NONE: Mapping[str, Ticket] = {}
_HELD: ContextVar[Mapping[str, Ticket]] = ContextVar("llmspell_resilience_places", default=_NONE)
"""The places, by provider, that calls around this one hold: a guard may ask a model about what a model is asked."""


class Pooling(Part[PoolSection]):
    """Bound what is under way to each provider; a place is held by an attempt, not by the pauses between two."""

    kind = PoolSection
    option = "priority"

    def __init__(self, whole: Resilience) -> None:
        super().__init__(whole)
        self._lanes: dict[str, Lanes] = {}

    def hooks(self) -> Iterable[Hook]:
        """Stand closest to the service."""
        return [around("llm_call", "timeout", self.attempt, "pool", INNER)]

    def check(self, value: object, bare: str) -> object:  # noqa: ARG002 - a priority is no duration
        """Check the class of an agent's calls."""
        if value not in WEIGHTS:
            message = f"the priority {value!r} is none of {', '.join(WEIGHTS)}"
            raise ValidationError(message, suggestions=['write priority = "high"'])
        return value

    async def attempt(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Make an attempt when there is a place for it."""
        section = self.section
        if section is None:  # an agent has a priority, but nobody has to wait
            return await proceed(call)
        provider = Target.of(call).provider
        lanes = self._lanes.get(provider)
        if lanes is None:
            limit = section.per.get(provider, section.max_concurrent)
            lanes = self._lanes[provider] = Lanes(limit, section.queue_limit, f"provider {provider}")
        held = _HELD.get()
        mine = held.get(provider)
        if mine is not None and mine.inside:  # who holds a place and waits for a second one might wait for ever
            return await proceed(call)
        ticket: Ticket | None = None
        try:
            async with place(lanes, given(call, self.option) or section.priority, ctx.scope.run_id) as ticket:
                token = _HELD.set({**held, provider: ticket})
                try:
                    return await proceed(call)
                finally:
                    _HELD.reset(token)
        except BaseException:
            if ticket is None:
                self.whole.unsent.add(id(ctx))
            raise

    def statistics(self) -> Mapping[str, object]:
        """Count by provider."""
        return {provider: lanes.statistics() for provider, lanes in self._lanes.items()}
