"""Fallback: other models answer when one cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell_resilience.chain import first_that_answers
from llmspell_resilience.part import OUTER, Part, Target, around
from llmspell_resilience.sections import FallbackSection

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmspell.model.call import Call
    from llmspell.spec import Context, Hook
    from llmspell_resilience.part import Proceed


class Fallback(Part[FallbackSection]):
    """Go through a chain of models; each has cache, budget, limits, circuit and retries of its own."""

    kind = FallbackSection
    option = "fallback"

    def hooks(self) -> Iterable[Hook]:
        """Stand at the outer edge of the band `cache`."""
        return [around("llm_call", "cache", self.through, "fallback", OUTER)]

    def check(self, value: object, bare: str) -> object:
        """Check a list of models, or a table."""
        return super().check({"chain": list(value)} if isinstance(value, (list, tuple)) else value, bare)

    async def through(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Ask the model of the call, then the others of the chain."""
        settings = self.settings(call)
        if settings is None or not settings.chain:
            return await proceed(call)
        own = Target.of(call)
        targets = [own, *(one for one in self.others(call) if one != own)]
        return await first_that_answers(targets, call, proceed, ctx, settings)

    def others(self, call: Call) -> list[Target]:
        """Give the chain that holds for a call."""
        settings = self.settings(call)
        return [] if settings is None else [Target.read(one) for one in settings.chain]
