"""Circuit breakers: a call is refused in the band `breaker`, and each attempt inside the retry hook is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import CircuitOpenError, LlmspellError, RateLimitError
from llmspell_resilience.breaker import Circuit
from llmspell_resilience.part import OUTER, Part, Target, around, given
from llmspell_resilience.sections import BreakerSection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.call import Call
    from llmspell.spec import Context, Hook
    from llmspell_resilience.part import Proceed
    from llmspell_resilience.resilience import Resilience

FAILURES = frozenset({"overloaded", "provider_unreachable", "stream_interrupted", "provider"})
"""Errors that say that a service is not well; the others say something of the request."""


class Breaking(Part[BreakerSection]):
    """Leave a failing model alone for a while."""

    kind = BreakerSection
    option = "circuit_breaker"

    def __init__(self, whole: Resilience) -> None:
        super().__init__(whole)
        self._circuits: dict[tuple[Target, str], Circuit] = {}

    def hooks(self) -> Iterable[Hook]:
        """Refuse in the band `breaker`, and judge each attempt."""
        return [
            around("llm_call", "breaker", self.first, "circuit_breaker"),
            around("llm_call", "timeout", self.attempt, "circuit_breaker_attempt", OUTER),
        ]

    async def first(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Refuse a call while its circuit is open."""
        circuit = self._circuit(call)
        if circuit is not None and (wait := circuit.wait(ctx.clock.monotonic())) > 0:
            circuit.refused += 1
            raise _open(Target.of(call), wait)
        return await proceed(call)

    async def attempt(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Make one attempt and learn from it."""
        circuit = self._circuit(call)
        if circuit is None:
            return await proceed(call)
        entered = circuit.enter(ctx.clock.monotonic())
        if entered is None:
            raise _open(Target.of(call), circuit.wait(ctx.clock.monotonic()))
        try:
            result = await proceed(call)
        except LlmspellError as error:
            await self._failed(circuit, entered, error, call, ctx)
            raise
        except BaseException:
            circuit.left(entered)
            raise
        if circuit.succeeded(entered):
            await ctx.events.emit("circuit_breaker_closed", Target.of(call)._asdict())
        return result

    def wait(self, target: Target, now: float) -> float:
        """Give the seconds until a model may be asked again."""
        circuit = self._circuits.get((target, ""))
        return 0.0 if circuit is None else circuit.wait(now)

    def statistics(self) -> Mapping[str, object]:
        """Tell the state of each circuit."""
        return {f"{target} {own}".rstrip(): one.statistics() for (target, own), one in self._circuits.items()}

    async def _failed(self, circuit: Circuit, entered: int, error: LlmspellError, call: Call, ctx: Context) -> None:
        counted = error.type in FAILURES or (isinstance(error, RateLimitError) and circuit.settings.count_rate_limits)
        if not counted or error.context.get("own_limit"):
            circuit.left(entered)
        elif circuit.failed(entered, ctx.clock.monotonic()):
            about = {**Target.of(call)._asdict(), "error": error.to_dict(), "seconds": circuit.settings.reset_timeout}
            await ctx.events.emit("circuit_breaker_opened", about)

    def _circuit(self, call: Call) -> Circuit | None:
        settings = self.settings(call)
        if settings is None:
            return None
        own = given(call, self.option)
        key = (Target.of(call), "" if own is None else repr(sorted(own.items())))
        known = self._circuits.get(key)
        if known is None:
            known = self._circuits[key] = Circuit(settings)
        return known


def _open(target: Target, wait: float) -> CircuitOpenError:
    message = f"{target} has failed too often in a row and is left alone for {wait:.1f} s more"
    if wait <= 0:
        message = f"{target} has failed too often in a row and is being tried again by others"
    return CircuitOpenError(
        message,
        suggestions=["wait, or name other models in [resilience.fallback]"],
        context={"provider": target.provider, "model": target.model},
        retry_after=wait or None,
    )
