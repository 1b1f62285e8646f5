"""What models cost, and money that adds up."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from llmspell.model.llm import Usage

MILLION = 1_000_000
PICO = 10**12
"""Picodollars in a dollar: sums are made of whole ones, so that they do not depend on their order."""


class Tariff(NamedTuple):
    """US dollars for a million tokens; the prices of `above` hold for requests of more than `above_tokens` of input."""

    input: float
    output: float
    cached: float | None = None
    cache_write: float | None = None
    above_tokens: int | None = None
    above: tuple[float, float, float | None] | None = None

    def cost(self, usage: Usage) -> float:
        """Give the dollars of an answer."""
        price_in, price_out, price_cached = self.input, self.output, self.cached
        if self.above is not None and usage.input_tokens > (self.above_tokens or 0):
            price_in, price_out, price_cached = self.above
        write = self.cache_write if self.cache_write is not None else price_in
        cached = price_cached if price_cached is not None else price_in
        plain = max(0, usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens)
        total = plain * price_in + usage.cached_tokens * cached + usage.cache_write_tokens * write
        return (total + usage.output_tokens * price_out) / MILLION


def added(one: float, other: float) -> float:
    """Add dollars, to the picodollar."""
    return (round(one * PICO) + round(other * PICO)) / PICO


def money(dollars: float | None) -> str | None:
    """Write dollars as a decimal number without an exponent, None for an unknown price."""
    if dollars is None:
        return None
    return format(Decimal(round(dollars * PICO)).scaleb(-12).normalize(), "f")
