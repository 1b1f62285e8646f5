"""The response cache: an answer that was given is given again, as parts where somebody listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from attrs import evolve

from llmspell.errors import ValidationError
from llmspell.model.llm import Completion, LlmRequest, Usage
from llmspell.model.unfold import unfold
from llmspell_resilience.part import Part, Target, around, given
from llmspell_resilience.sections import CacheSection
from llmspell_resilience.store import Store, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.call import Call
    from llmspell.spec import Context, Hook
    from llmspell_resilience.part import Proceed
    from llmspell_resilience.resilience import Resilience


class Caching(Part[CacheSection]):
    """Keep whole answers without tool calls; errors, cut answers and calls of tools are never kept."""

    kind = CacheSection
    option = "cache"

    def __init__(self, whole: Resilience) -> None:
        super().__init__(whole)
        self.store: Store[Completion] = Store(CacheSection().max_size)
        self.hits = self.misses = 0

    def hooks(self) -> Iterable[Hook]:
        """Answer in the band `cache`."""
        if self.section is not None:
            self.store.room = self.section.max_size
        return [around("llm_call", "cache", self.answer, "cache")]

    def check(self, value: object, bare: str) -> object:
        """Check `true`, `false` or a table; the room of the store is not an agent's to change."""
        if isinstance(value, bool):
            return value
        found = super().check(value, bare)
        if isinstance(found, dict) and "max_size" in found:
            message = "the option 'cache' of an agent has no max_size: all agents share one store"
            raise ValidationError(message, suggestions=["set max_size in [resilience.cache]"])
        return found

    def settings(self, call: Call) -> CacheSection | None:
        """Give what holds for a call; an agent may want no cache."""
        own = given(call, self.option)
        if isinstance(own, bool):
            return (self.section or CacheSection()) if own else None
        return super().settings(call)

    async def answer(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Give a kept answer, else ask and keep what comes."""
        settings = self.settings(call)
        key = None if settings is None or not _repeatable(call, settings) else key_of(call, ctx)
        if settings is None or key is None:
            return await proceed(call)
        found = self.store.get(key, ctx.clock.monotonic(), settings.ttl)
        if found is not None:
            self.hits += 1
            await ctx.events.emit("cache_hit", Target.of(call)._asdict())
            return await replayed(found, call)
        self.misses += 1
        result = await proceed(call)
        if isinstance(result, Completion) and worth_keeping(result):
            self.store.put(key, result, ctx.clock.monotonic())
        return result

    def statistics(self) -> Mapping[str, object]:
        """Count hits and misses, entries, bytes and what had to go."""
        about = {"entries": len(self.store), "bytes": self.store.size, "evicted": self.store.evicted}
        return {"hits": self.hits, "misses": self.misses, **about}


def _repeatable(call: Call, settings: CacheSection) -> bool:
    request = call.input
    if not isinstance(request, LlmRequest):
        return False
    most = settings.max_temperature
    return most is None or (request.temperature or 0.0) <= most


def worth_keeping(completion: Completion) -> bool:
    """Tell a whole answer from one that was cut, filtered, or asks for tools."""
    return completion.finish_reason == "stop" and not completion.message.tool_calls and not completion.cached


async def replayed(completion: Completion, call: Call) -> Completion:
    """Give a kept answer: its parts to who listens, marked and free of charge."""
    answer = evolve(completion, usage=Usage(cost=0.0), cached=True, limits=None, recoveries=())
    if call.sink is not None:
        for part in unfold(answer):
            await call.sink(part)
    return answer
