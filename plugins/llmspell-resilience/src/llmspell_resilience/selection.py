"""Selection: the model `auto` is whichever candidate can do the work and costs or takes least right now."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

from llmspell.errors import ModelNotFoundError
from llmspell.model.llm import LlmRequest, Media, Usage
from llmspell.model.tokens import estimate_request
from llmspell_resilience.chain import first_that_answers
from llmspell_resilience.part import OUTER, Part, Target, around, given
from llmspell_resilience.prices import known
from llmspell_resilience.sections import FallbackSection, SelectionSection

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.call import Call
    from llmspell.spec import Context, Hook
    from llmspell_resilience.breaking import Breaking
    from llmspell_resilience.part import Proceed
    from llmspell_resilience.pricing import Pricing
    from llmspell_resilience.rate import RateLimit
    from llmspell_resilience.resilience import Resilience

AUTO = "auto"
ANSWER = 500
"""Tokens of an answer of unknown length, when prices are compared."""

NEWEST = 0.3
"""Weight of the newest answer in the mean time of a model."""


class Candidate(NamedTuple):
    """A model that can do the work: place in the list, dollars (None: unknown), seconds, seconds until it may go."""

    target: Target
    place: int
    cost: float | None
    latency: float
    wait: float


class Selection(Part[SelectionSection]):
    """Choose a model for each call of `auto`, and the next best one when it fails."""

    kind = SelectionSection
    option = "selection"

    def __init__(self, whole: Resilience) -> None:
        super().__init__(whole)
        self._seconds: dict[Target, float] = {}
        self._chosen: dict[str, int] = {}
        self._candidates_seen: set[Target] = set()

    def hooks(self) -> Iterable[Hook]:
        """Choose outside of all else, and time each attempt."""
        return [
            around("llm_call", "cache", self.choose, "selection", OUTER + 50, when=self.wanted),
            around("llm_call", "timeout", self.timed, "selection_timing", OUTER + 50, when=self.timing),
        ]

    async def choose(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Ask the candidates from the best to the worst. Raises `ModelNotFoundError` when none can do the work."""
        settings = self.settings(call)
        if settings is None or not settings.candidates:
            return await proceed(call)
        request = cast("LlmRequest", call.input)
        able, unable = self._candidates(settings, request, ctx.clock.monotonic())
        if not able:
            message = f"no candidate can do this: {'; '.join(unable)}"
            raise ModelNotFoundError(message, suggestions=["add a model to candidates of [resilience.selection]"])
        targets = [one.target for one in ranked(able, settings.strategy)]
        self._candidates_seen.update(targets)
        name = str(targets[0])
        self._chosen[name] = self._chosen.get(name, 0) + 1
        return await first_that_answers(targets, call, proceed, ctx, FallbackSection())

    def wanted(self, call: Call) -> bool:
        """Tell whether a model is to be chosen for a call."""
        return Target.of(call).model == AUTO or given(call, self.option) is not None

    def timing(self, call: Call) -> bool:
        """Tell whether a call is of interest: to a model that may be chosen."""
        return bool(self._candidates_seen) and Target.of(call) in self._candidates_seen

    async def timed(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Time an attempt that succeeds."""
        start = ctx.clock.monotonic()
        result = await proceed(call)
        taken, target = ctx.clock.monotonic() - start, Target.of(call)
        before = self._seconds.get(target, taken)
        self._seconds[target] = before + NEWEST * (taken - before)
        return result

    def statistics(self) -> Mapping[str, object]:
        """Count choices, and give the mean seconds of each model."""
        return {"chosen": dict(self._chosen), "seconds": {str(t): s for t, s in self._seconds.items()}}

    def _candidates(
        self, settings: SelectionSection, request: LlmRequest, now: float
    ) -> tuple[list[Candidate], list[str]]:
        tokens = estimate_request(request)
        usage = Usage(input_tokens=tokens, output_tokens=request.max_tokens or ANSWER)
        pricing = cast("Pricing", self.whole.part("prices"))
        able: list[Candidate] = []
        unable: list[str] = []
        for place, name in enumerate(settings.candidates):
            target = Target.read(name)
            missing = _missing(known(target, pricing.section), request, tokens)
            if missing:
                unable.append(f"{name} {missing}")
                continue
            found = pricing.tariff(target)
            cost = None if found is None else found.cost(usage)
            able.append(Candidate(target, place, cost, self._seconds.get(target, 0.0), self._wait(target, now)))
        return able, unable

    def _wait(self, target: Target, now: float) -> float:
        """Give the seconds until limits and circuit let a request to a model go."""
        parts = self.whole.parts
        limits, breaker = (
            cast("RateLimit | None", parts.get("rate_limit")),
            cast("Breaking | None", parts.get("breaker")),
        )
        return max(
            0.0 if limits is None else limits.soon(target, now), 0.0 if breaker is None else breaker.wait(target, now)
        )


def ranked(candidates: list[Candidate], strategy: str) -> list[Candidate]:
    """Sort from the best to the worst; who must wait comes after who need not, and an unknown price after all known."""
    costs = [one.cost for one in candidates if one.cost is not None]
    dearest, slowest = max(costs, default=0.0), max(one.latency for one in candidates)

    def cost(one: Candidate) -> float:
        return 2.0 if one.cost is None else one.cost / dearest if dearest else 0.0

    def latency(one: Candidate) -> float:
        return one.latency / slowest if slowest else 0.0

    def key(one: Candidate) -> tuple[float, ...]:
        if strategy == "order":
            return (float(one.wait > 0), one.place)
        if strategy == "balanced":
            return (one.wait, cost(one) + latency(one), one.place)
        both = (cost(one), latency(one)) if strategy == "cost" else (latency(one), cost(one))
        return (one.wait, *both, one.place)

    return sorted(candidates, key=key)


def _missing(about: Mapping[str, object] | None, request: LlmRequest, tokens: int) -> str:
    """Say what a model lacks; of a model that the table does not know, nothing is assumed."""
    if about is None:
        return ""
    can = cast("list[str]", about.get("can", []))
    images = any(isinstance(p, Media) and p.kind == "image" for m in request.messages for p in m.parts)
    wants = {"tools": bool(request.tools), "images": images, "json_schema": request.response_schema is not None}
    lacking = [name for name, wanted in wants.items() if wanted and name not in can]
    if lacking:
        return f"has no {', '.join(lacking)}"
    window = cast("int | None", about.get("window"))
    return f"takes {window} tokens, not {tokens}" if window is not None and tokens > window else ""
