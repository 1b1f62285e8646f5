"""Money held back for requests under way, so that agents side by side do not spend the same money twice."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from llmspell.model.llm import Usage
from llmspell.model.tokens import estimate_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspell.model.llm import LlmRequest
    from llmspell.model.price import Tariff
    from llmspell.runtime.loop_limits import Bounds, Met
    from llmspell.runtime.spending import Spending


class Reserved:
    """Begin a request when there is money for it besides those under way; until then it waits for them.

    What a request may cost is estimated, where two are under way at once: its own tokens, and as many of an answer as
    it allows. One that is alone is begun as long as anything is left, so a limit is exceeded by one answer at most.
    """

    __slots__ = ("_amount", "_bounds", "_limited", "_request", "_tariff")

    def __init__(self, bounds: Bounds, request: LlmRequest, tariff: Tariff) -> None:
        self._bounds = bounds
        self._request = request
        self._tariff = tariff
        self._amount: float | None = None
        self._limited = [one for one in bounds.spending.chain() if one.agent.config.limits.cost is not None]

    @property
    def amount(self) -> float:
        """Give the dollars that are held back."""
        if self._amount is None:
            request = self._request
            usage = Usage(input_tokens=estimate_request(request), output_tokens=request.max_tokens or 0)
            self._amount = self._tariff.cost(usage)
        return self._amount

    async def __aenter__(self) -> None:
        """Wait for money; raises `LimitReachedError` when those under way have spent it."""
        await self._bounds.hold("reserved", self._afforded)
        for one in self._limited:
            one.under_way = (*one.under_way, self)

    async def _afforded(self) -> Met | None:
        """Wait for money, and tell which limit those under way have met meanwhile."""
        while (busy := next(self._busy(), None)) is not None:
            freed = busy.freed = busy.freed or asyncio.Event()
            await freed.wait()
            if (met := self._bounds.unaffordable()) is not None:
                return met
        return None

    async def __aexit__(self, *_: object) -> None:
        """Give back what was held: what the request took is counted now, or nothing was taken."""
        for one in self._limited:
            one.under_way = tuple(other for other in one.under_way if other is not self)
            freed, one.freed = one.freed, None
            if freed is not None:
                freed.set()

    def _busy(self) -> Iterator[Spending]:
        """Yield the runs whose money does not last for this request besides those under way."""
        for one in self._limited:
            if one.under_way:
                held = sum(other.amount for other in one.under_way) + self.amount
                if (one.total.cost or 0.0) + held > (one.agent.config.limits.cost or 0.0):
                    yield one
