"""Pricing: what an answer cost, where the service does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from llmspell.model.llm import Completion
from llmspell_resilience.part import INNER, Part, Target, around
from llmspell_resilience.prices import tariff
from llmspell_resilience.sections import PricesSection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.call import Call
    from llmspell.model.price import Tariff
    from llmspell.spec import Hook
    from llmspell_resilience.part import Proceed
    from llmspell_resilience.resilience import Resilience


class Pricing(Part[PricesSection]):
    """Put the cost into every answer, in dollars; None stays None where nobody knows the price."""

    kind = PricesSection

    def __init__(self, whole: Resilience) -> None:
        super().__init__(whole)
        self._tariffs: dict[Target, Tariff | None] = {}
        self._unknown: set[str] = set()
        self._budget = False

    def hooks(self) -> Iterable[Hook]:
        """Look at every answer, inside whoever adds the costs up."""
        self._tariffs.clear()
        return [around("llm_call", "budget", self.priced_call, "prices", INNER, when=self.alone)]

    def alone(self, _call: Call) -> bool:
        """Tell whether nobody else looks prices up: a budget does so for each attempt."""
        return not self._budget

    async def priced_call(self, call: Call, proceed: Proceed) -> object:
        """Ask, and say what it cost."""
        result = await proceed(call)
        return self.priced(result, Target.of(call)) if isinstance(result, Completion) else result

    def leave_to_budget(self) -> None:
        """Leave the calls to a budget, which prices each attempt."""
        self._budget = True

    def tariff(self, target: Target) -> Tariff | None:
        """Give the prices of a model, None when nobody knows them."""
        if target not in self._tariffs:
            self._tariffs[target] = found = tariff(target, self.section)
            if found is None:
                self._unknown.add(str(target))
        return self._tariffs[target]

    def priced(self, completion: Completion, target: Target) -> Completion:
        """Give an answer with its cost."""
        if completion.usage.cost is not None:
            return completion
        found = self.tariff(target)
        if found is None:
            return completion
        return evolve(completion, usage=evolve(completion.usage, cost=found.cost(completion.usage)))

    def statistics(self) -> Mapping[str, object]:
        """Name the models that were asked and have no price."""
        return {"unknown": sorted(self._unknown)}
