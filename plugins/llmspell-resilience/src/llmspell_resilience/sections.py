"""The keys of `[resilience.*]`; an agent's option of the same part takes the same keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from attrs import field, frozen, validators

from llmspell.spec import Doc

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable

Priority = Literal["critical", "high", "normal", "low", "background"]
Strategy = Literal["cost", "latency", "balanced", "order"]
ModelAction = Literal[
    "fail_fast",
    "exponential_backoff",
    "retry_with_shorter_context",
    "switch_to_fallback_provider",
    "fallback_to_cached",
    "use_cached_data",
    "use_cached_results",
]
ToolAction = Literal[
    "fail_fast",
    "skip_tool_and_continue",
    "skip_failed_tools",
    "fallback_to_cached",
    "use_cached_data",
    "use_cached_results",
]
SINGLE = {
    "timeout": "on_timeout",
    "rate_limit": "on_rate_limit",
    "provider": "on_provider_error",
    "context_length": "on_context_length",
    "tool": "on_tool_error",
}
"""What an error is called by `keys_for` -> the key of `[resilience.recovery]` for it."""

HELPS = (
    "rate_limit",
    "overloaded",
    "provider_unreachable",
    "stream_interrupted",
    "circuit_open",
    "model_not_found",
    "provider",
)
"""Errors after which another model may answer: those of the service, not of the request."""

_one_or_more = validators.optional(validators.ge(1))
_not_negative = validators.optional(validators.ge(0))


def _places(_section: object, _key: object, value: dict[str, int]) -> None:
    wrong = [name for name, places in value.items() if places < 1]
    if wrong:
        raise ValueError(f"leaves {', '.join(wrong)} no place: nothing of that would ever run")


def _targets(_section: object, _key: object, value: tuple[str, ...]) -> None:
    wrong = [one for one in value if not all(one.partition("/")[::2])]
    if wrong:
        raise ValueError(f"holds {', '.join(map(repr, wrong))}: write a model as provider/model")


@frozen(kw_only=True)
class RetryRule:
    """How calls are repeated after errors of one type."""

    MILLISECONDS: ClassVar = ("delay", "max_delay")

    attempts: int | None = field(default=None, validator=_not_negative)
    delay: float | None = field(default=None, validator=_not_negative)
    max_delay: float | None = field(default=None, validator=_not_negative)
    multiplier: float | None = field(default=None, validator=_one_or_more)


@frozen(kw_only=True)
class RetrySection:
    """How failed calls are repeated, by their one owner: the hook of the band `retry`."""

    MILLISECONDS: ClassVar = ("delay", "max_delay", "longest_wait", "within")
    RULES: ClassVar = {"per": RetryRule}

    attempts: Annotated[int, Doc("Repetitions after the first failure; 0 never repeats.", minimum=0)] = 3
    delay: Annotated[float, Doc("Upper bound of the first wait; it grows each time.", minimum=0)] = 0.5
    multiplier: Annotated[float, Doc("By how much it grows.", minimum=1)] = 2.0
    max_delay: Annotated[float, Doc("Upper bound of every wait that the server does not ask for.", minimum=0)] = 30.0
    longest_wait: Annotated[float, Doc("A server that asks for more is not waited for.", minimum=0)] = 120.0
    within: Annotated[float | None, Doc("Time after the first failure in which repetitions may begin.", minimum=0)] = (
        None
    )
    on: Annotated[tuple[str, ...], Doc("Error types to repeat besides those that call themselves retryable.")] = ()
    never: Annotated[tuple[str, ...], Doc("Error types not to repeat.")] = ()
    per: Annotated[
        dict[str, RetryRule], Doc("Error type or family -> other attempts and waits, in seconds or such as `500ms`.")
    ] = field(factory=dict)
    tools: Annotated[bool, Doc("Whether this holds for pure and idempotent tools, too.")] = True


@frozen(kw_only=True)
class RateRule:
    """Limits of one provider or model."""

    requests_per_minute: float | None = field(default=None, validator=_one_or_more)
    tokens_per_minute: float | None = field(default=None, validator=_one_or_more)
    burst: int | None = field(default=None, validator=_one_or_more)


@frozen(kw_only=True)
class RateLimitSection:
    """How many requests and tokens a minute each model of each provider is asked for."""

    MILLISECONDS: ClassVar = ("max_wait",)
    RULES: ClassVar = {"per": RateRule}

    requests_per_minute: Annotated[float | None, Doc("Requests in any minute; without it no limit.", minimum=1)] = None
    tokens_per_minute: Annotated[float | None, Doc("Tokens, in and out, in any minute.", minimum=1)] = None
    burst: Annotated[int | None, Doc("Requests that may come at once; a tenth of the limit.", minimum=1)] = None
    max_wait: Annotated[float, Doc("Longest wait for a turn; then `rate_limit`.", minimum=0)] = 60.0
    adapt: Annotated[bool, Doc("Slow down after a 429, and keep to what the service says is left.")] = True
    per: Annotated[dict[str, RateRule], Doc('Limits of "provider" or "provider/model" instead.')] = field(factory=dict)


@frozen(kw_only=True)
class BreakerSection:
    """When a failing model is left alone; one circuit for each model of each provider."""

    MILLISECONDS: ClassVar = ("reset_timeout",)

    failure_threshold: Annotated[int, Doc("Failures in a row that open the circuit.", minimum=1)] = 5
    reset_timeout: Annotated[float, Doc("How long it stays open before a trial.", minimum=0.001)] = 60.0
    half_open_requests: Annotated[int, Doc("Trials at a time.", minimum=1)] = 1
    success_threshold: Annotated[int, Doc("Trials that must succeed to close it.", minimum=1)] = 1
    count_rate_limits: Annotated[bool, Doc("Whether a 429 counts as a failure.")] = False


@frozen(kw_only=True)
class PoolSection:
    """How many requests a provider answers at once; who waits is served by priority, and fairly among runs."""

    max_concurrent: Annotated[int, Doc("Requests at once, of each provider.", minimum=1)] = 8
    queue_limit: Annotated[int, Doc("Requests that may wait; one more is `resource_exhausted`.", minimum=0)] = 1000
    priority: Annotated[Priority, Doc("Class of requests whose agent names none.")] = "normal"
    per: Annotated[dict[str, int], Doc("Requests at once of single providers.")] = field(
        factory=dict, validator=_places
    )


@frozen(kw_only=True)
class BudgetSection:
    """How many tokens and US dollars may be spent. A model without a known price is refused under a cap of money."""

    call_cost: Annotated[float | None, Doc("Dollars of one call.", minimum=0)] = None
    call_tokens: Annotated[int | None, Doc("Tokens of one call.", minimum=0)] = None
    agent_cost: Annotated[float | None, Doc("Dollars of one agent.", minimum=0)] = None
    agent_tokens: Annotated[int | None, Doc("Tokens of one agent.", minimum=0)] = None
    session_cost: Annotated[float | None, Doc("Dollars of one session, over all its runs.", minimum=0)] = None
    session_tokens: Annotated[int | None, Doc("Tokens of one session, over all its runs.", minimum=0)] = None
    run_cost: Annotated[float | None, Doc("Dollars of one run.", minimum=0)] = None
    run_tokens: Annotated[int | None, Doc("Tokens of one run.", minimum=0)] = None
    total_cost: Annotated[float | None, Doc("Dollars of the whole process.", minimum=0)] = None
    total_tokens: Annotated[int | None, Doc("Tokens of the whole process.", minimum=0)] = None


@frozen(kw_only=True)
class AgentBudget:
    """What one agent may spend."""

    cost: Annotated[float | None, Doc("Dollars, over its life.", minimum=0)] = None
    tokens: Annotated[int | None, Doc("Tokens, over its life.", minimum=0)] = None
    call_cost: Annotated[float | None, Doc("Dollars of one call.", minimum=0)] = None
    call_tokens: Annotated[int | None, Doc("Tokens of one call.", minimum=0)] = None


@frozen(kw_only=True)
class Price:
    """US dollars for a million tokens."""

    input: float = field(validator=validators.ge(0))
    output: float = field(validator=validators.ge(0))
    cached: float | None = field(default=None, validator=_not_negative)
    cache_write: float | None = field(default=None, validator=_not_negative)


@frozen(kw_only=True)
class PricesSection:
    """What models cost, besides the table that ships, in dollars for a million tokens."""

    models: Annotated[dict[str, Price], Doc('Prices of "provider/model", or of all models of "provider".')] = field(
        factory=dict
    )
    vendor: Annotated[dict[str, str], Doc("Whose prices hold for a provider, such as groq for openai.")] = field(
        factory=dict
    )


@frozen(kw_only=True)
class CacheSection:
    """Which answers are kept, in memory, and given again to the same request of the same user."""

    MILLISECONDS: ClassVar = ("ttl",)
    SIZES: ClassVar = ("max_size",)

    ttl: Annotated[float, Doc("How long an answer is good.", minimum=0)] = 3600.0
    max_size: Annotated[int, Doc("Memory for all answers; the least recently used go first.", minimum=1)] = 64 << 20
    max_temperature: Annotated[float | None, Doc("Requests with a higher temperature are not kept.", minimum=0)] = None


@frozen(kw_only=True)
class FallbackSection:
    """Which models are asked when one fails."""

    chain: Annotated[tuple[str, ...], Doc("Models, as provider/model, in the order in which they are asked.")] = field(
        default=(), validator=_targets
    )
    on: Annotated[tuple[str, ...], Doc("Error types after which the next one is asked.")] = HELPS
    after_parts: Annotated[bool, Doc("Whether to begin anew when parts of an answer were shown.")] = False


@frozen(kw_only=True)
class SelectionSection:
    """Among which models the model `auto` chooses. The others are asked in turn when the best one fails."""

    candidates: Annotated[tuple[str, ...], Doc("Models, as provider/model.")] = field(default=(), validator=_targets)
    strategy: Annotated[Strategy, Doc("What counts: `balanced` is cost and latency; `order` is as written.")] = (
        "balanced"
    )


@frozen(kw_only=True)
class ToolsSection:
    """How many tools run at once; a tool that calls another one holds its place and takes no second one for all."""

    MILLISECONDS: ClassVar = ("timeout",)

    max_concurrent: Annotated[int, Doc("Tools at once.", minimum=1)] = 16
    max_per_tool: Annotated[int, Doc("Calls of one tool at once.", minimum=1)] = 4
    queue_limit: Annotated[int, Doc("Calls that may wait; one more is `resource_exhausted`.", minimum=0)] = 1000
    timeout: Annotated[float | None, Doc("How long one call may run, waiting aside.", minimum=0.001)] = None
    per: Annotated[dict[str, int], Doc("Calls at once of single tools.")] = field(factory=dict, validator=_places)
    priority: Annotated[Priority, Doc("Class of calls of tools that have none.")] = "normal"
    priorities: Annotated[dict[str, Priority], Doc("Classes of single tools.")] = field(factory=dict)


@frozen(kw_only=True)
class RecoverySection:
    """What is done about each kind of error, when retries are over."""

    MILLISECONDS: ClassVar = ("cache_timeout",)

    on_timeout: Annotated[ModelAction | None, Doc("After a model that does not answer, or stops in the middle.")] = None
    on_rate_limit: Annotated[ModelAction | None, Doc("After a service that asks to slow down.")] = None
    on_provider_error: Annotated[ModelAction | None, Doc("After any other failure of a service.")] = None
    on_context_length: Annotated[ModelAction | None, Doc("After a request that is too long for the model.")] = None
    on_tool_error: Annotated[ToolAction | None, Doc("After a tool that failed.")] = None
    on: Annotated[
        dict[str, tuple[ModelAction | ToolAction, ...]],
        Doc("Error type, or `timeout`, `provider`, `context_length`, `tool`, `error`: what is tried, in order."),
    ] = field(factory=dict)
    fallback_providers: Annotated[
        tuple[str, ...], Doc("Models for `switch_to_fallback_provider`, as provider/model; else those of `fallback`.")
    ] = field(default=(), validator=_targets)
    cache_timeout: Annotated[float, Doc("How old a result of `fallback_to_cached` may be.", minimum=0)] = 3600.0
    after_parts: Annotated[bool, Doc("Whether to begin anew when parts of an answer were shown.")] = False

    def actions(self, kinds: Container[str], *keys: str) -> tuple[str, ...]:
        """Give those of `kinds` that are done about an error which these keys speak of; the first that names one."""
        for key in keys:
            single = getattr(self, SINGLE.get(key, ""), None)
            named = self.on.get(key, () if single is None else (single,))
            found = tuple(one for one in named if one in kinds)
            if found:
                return found
        return ()

    def names(self, actions: Collection[str], singles: Iterable[str]) -> bool:
        """Tell whether one of the actions is asked for, in `on` or below one of these keys."""
        named = {getattr(self, key) for key in singles}.union(*self.on.values())
        return not named.isdisjoint(actions)
