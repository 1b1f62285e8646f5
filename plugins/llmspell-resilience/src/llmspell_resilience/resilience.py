"""The hook set: its parts, each imported when it is first on."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from llmspell_resilience.part import Target
from llmspell_resilience.plugin import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.price import Tariff
    from llmspell.spec import Context, Hook
    from llmspell_resilience.part import Part
    from llmspell_resilience.pricing import Pricing

HOMES = {
    "retry": "retry:Retry",
    "rate_limit": "rate:RateLimit",
    "breaker": "breaking:Breaking",
    "pool": "pooling:Pooling",
    "budget": "budgeting:Budgeting",
    "prices": "pricing:Pricing",
    "cache": "caching:Caching",
    "fallback": "fallback:Fallback",
    "selection": "selection:Selection",
    "tools": "toolpool:ToolPool",
    "recovery": "recovery:Recovery",
}


class Resilience:
    """Hold the parts of one application; they find each other here.

    `unsent` holds the ids of the contexts whose attempt ended while it waited for a place: nobody was asked. `ctx` is
    the set's own context, whatever the rights of the spell that makes a call.
    """

    ctx: Context

    def __init__(self) -> None:
        self.parts: dict[str, Part[Any]] = {}
        self.unsent: set[int] = set()

    async def open(self, ctx: Context) -> None:
        """Take the set's own context."""
        self.ctx = ctx

    def part(self, name: str) -> Part[Any]:
        """Give a part, made when it is first asked for."""
        if name not in self.parts:
            module, _, attribute = HOMES[name].partition(":")
            self.parts[name] = cast("type[Part[Any]]", getattr(import_module(f"{__package__}.{module}"), attribute))(
                self
            )
        return self.parts[name]

    def hooks(self, part: str, section: Any) -> Iterable[Hook]:
        """Give the hooks of one part, which then does what its section says."""
        made = self.part(part)
        made.section = section
        return made.hooks()

    def check(self, option: str, value: object, bare: str) -> object:
        """Check an agent's option; raises `ValidationError` with every fault."""
        return self.part(OPTIONS[option]).check(value, bare)

    def tariff(self, provider: str, model: str) -> Tariff | None:
        """Give what a model costs, None when nobody knows."""
        return cast("Pricing", self.part("prices")).tariff(Target(provider, model))

    def statistics(self) -> Mapping[str, object]:
        """Count what each part has done."""
        return {name: part.statistics() for name, part in self.parts.items()}
