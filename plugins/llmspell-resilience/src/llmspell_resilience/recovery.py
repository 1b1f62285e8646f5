"""Recovery: what is done about an error when retries are over."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from llmspell.errors import LlmspellError, ValidationError
from llmspell.model.decision import Proceed as Go
from llmspell.model.llm import Completion, LlmRequest
from llmspell.spec import Hook, HookOptions, ToolOutput
from llmspell_resilience.caching import replayed, worth_keeping
from llmspell_resilience.chain import Watched, first_that_answers
from llmspell_resilience.part import OUTER, Part, Target, around, given
from llmspell_resilience.sections import FallbackSection, RecoverySection
from llmspell_resilience.shorter import shortened
from llmspell_resilience.store import Store, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.model.call import Call
    from llmspell.spec import Context
    from llmspell_resilience.fallback import Fallback
    from llmspell_resilience.part import Proceed
    from llmspell_resilience.resilience import Resilience

KINDS = {
    "on_context_length": frozenset({"context_length_exceeded"}),
    "on_rate_limit": frozenset({"rate_limit"}),
    "on_timeout": frozenset({"timeout", "provider_unreachable", "stream_interrupted"}),
    "on_provider_error": frozenset(
        {"overloaded", "provider", "provider_unreachable", "stream_interrupted", "circuit_open", "model_not_found"}
    ),
}
"""Which errors each key is for; the first key that is set counts."""

BACKOFF = {"attempts": 6, "base": 1.0, "cap": 60.0}
NEVER = frozenset(
    {"limit_reached", "refused", "permission_denied", "hook_failed", "hook_timeout", "hook", "validation"}
)
"""Errors of a tool call that are decisions, not failures: nothing is put in their place."""

STRATEGIES: Mapping[str, Mapping[str, str]] = {
    "fail_fast": {},
    "continue_degraded": {"on_tool_error": "skip_tool_and_continue", "on_provider_error": "fallback_to_cached"},
    "skip_failed_tools": {"on_tool_error": "skip_tool_and_continue"},
    "use_cached_results": {
        "on_tool_error": "fallback_to_cached",
        "on_provider_error": "fallback_to_cached",
        "on_rate_limit": "fallback_to_cached",
    },
    "exponential_backoff": {"on_rate_limit": "exponential_backoff"},
    "retry_with_shorter_context": {"on_context_length": "retry_with_shorter_context"},
    "switch_to_fallback_provider": {
        "on_provider_error": "switch_to_fallback_provider",
        "on_rate_limit": "switch_to_fallback_provider",
    },
}
"""Whole strategies by name, as agents may give them."""

CACHED = frozenset({"fallback_to_cached", "use_cached_results"})
ROOM = 16 << 20


class Recovery(Part[RecoverySection]):
    """Do what the section, or the agent's strategy, says about an error."""

    kind = RecoverySection
    option = "recovery"

    def __init__(self, whole: Resilience) -> None:
        super().__init__(whole)
        self.answers: Store[Completion] = Store(ROOM)
        self.results: Store[object] = Store(ROOM)
        self.used: dict[str, int] = {}

    def hooks(self) -> Iterable[Hook]:
        """Stand outside of all other parts."""
        return [
            Hook("before_llm_call", self.backoff, HookOptions(band="cache", name="recovery_backoff")),
            around("llm_call", "cache", self.model, "recovery", OUTER + 90),
            around("tool_execution", "cache", self.tool, "recovery_of_tools", OUTER + 90),
        ]

    def check(self, value: object, bare: str) -> object:
        """Check a strategy: its name, or a table of what to do about each kind of error."""
        if isinstance(value, str):
            if value not in STRATEGIES:
                message = f"there is no recovery {value!r}"
                raise ValidationError(message, suggestions=[f"use one of {', '.join(STRATEGIES)}"])
            return dict(STRATEGIES[value])
        return super().check(value, bare)

    def statistics(self) -> Mapping[str, object]:
        """Count what was done."""
        return dict(self.used)

    def backoff(self, call: Call) -> Go | None:
        """Let the owner of retries be patient with a service that asks to slow down."""
        settings = self.settings(call)
        if settings is None or settings.on_rate_limit != "exponential_backoff" or given(call, "retry") is not None:
            return None
        return Go(call.replace(metadata={**call.metadata, "retry": BACKOFF}))

    async def model(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Ask a model, and recover; once parts of an answer were shown, the error is what follows them."""
        settings = self.settings(call)
        if settings is None:
            return await proceed(call)
        watched = None if call.sink is None else Watched(call.sink)
        try:
            result = await proceed(call if watched is None else call.with_sink(watched))
        except LlmspellError as error:
            keys = [key for key, types in KINDS.items() if error.type in types]
            actions: list[str] = [action for key in keys if (action := getattr(settings, key)) is not None]
            if not actions or (watched is not None and watched.shown):
                raise
            return await self._recover(actions[0], error, call, proceed, ctx, settings=settings)
        self._keep(settings, call, result, ctx)
        return result

    async def tool(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Run a tool, and put something in the place of a failure."""
        settings = self.settings(call)
        action = None if settings is None else settings.on_tool_error
        if settings is None or action is None or action == "fail_fast":
            return await proceed(call)
        key = key_of(call, ctx) if action in CACHED and call.effect != "once" else None
        try:
            result = await proceed(call)
        except LlmspellError as error:
            return await self._instead(error, action, call, ctx, key=key, settings=settings)
        if key is not None and isinstance(result, ToolOutput):
            self.results.put(key, result.result, ctx.clock.monotonic())
        return result

    # -- inside --------------------------------------------------------------------------------------------------------

    async def _recover(
        self,
        action: str,
        error: LlmspellError,
        call: Call,
        proceed: Proceed,
        ctx: Context,
        *,
        settings: RecoverySection,
    ) -> object:
        if action == "retry_with_shorter_context":
            return await self._shorter(error, call, proceed, ctx)
        if action == "switch_to_fallback_provider":
            others = [Target.read(one) for one in settings.fallback_providers]
            others = others or cast("Fallback", self.whole.part("fallback")).others(call)
            own = Target.of(call)
            targets = [one for one in others if one != own]
            if targets:
                await self._tell(action, error, call, ctx)
                return await first_that_answers(targets, call, proceed, ctx, FallbackSection())
        if action in CACHED:
            key = key_of(call, ctx)
            kept = None if key is None else self.answers.get(key, ctx.clock.monotonic(), settings.cache_timeout)
            if kept is not None:
                await self._tell(action, error, call, ctx)
                return await replayed(kept, call)
        raise error

    async def _shorter(self, error: LlmspellError, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Leave out older turns until the request fits, or none is left to leave out."""
        request: LlmRequest | None = cast("LlmRequest", call.input)
        while request is not None and (request := shortened(request)) is not None:
            await self._tell("retry_with_shorter_context", error, call, ctx)
            try:
                return await proceed(call.replace(input=request))
            except LlmspellError as again:
                if again.type != error.type:
                    raise
                error = again
        raise error

    async def _instead(
        self,
        error: LlmspellError,
        action: str,
        call: Call,
        ctx: Context,
        *,
        key: bytes | None,
        settings: RecoverySection,
    ) -> object:
        if error.type in NEVER:
            raise error
        if action in CACHED:
            kept = None if key is None else self.results.get(key, ctx.clock.monotonic(), settings.cache_timeout)
            if kept is None:
                raise error
            await self._tell(action, error, call, ctx)
            return ToolOutput(kept, metadata={"cached": True})
        await self._tell(action, error, call, ctx)
        return ToolOutput({"skipped": True, "tool": call.subject, "error": error.message, "error_type": error.type})

    def _keep(self, settings: RecoverySection, call: Call, result: object, ctx: Context) -> None:
        """Keep an answer for a strategy that may want it later."""
        wanted = any(getattr(settings, key) in CACHED for key in KINDS)
        if wanted and isinstance(result, Completion) and worth_keeping(result):
            key = key_of(call, ctx)
            if key is not None:
                self.answers.put(key, result, ctx.clock.monotonic())

    async def _tell(self, action: str, error: LlmspellError, call: Call, ctx: Context) -> None:
        self.used[action] = self.used.get(action, 0) + 1
        data = {"action": action, "operation": call.operation, "subject": call.subject, "error": error.to_dict()}
        await ctx.events.emit("recovery_used", data)
