"""Recovery: what is done about an error when retries are over."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from llmspell.errors import LlmspellError, ValidationError
from llmspell.model.decision import Proceed as Go
from llmspell.model.llm import Completion, LlmRequest, Reset
from llmspell.spec import Hook, HookOptions, ToolOutput
from llmspell.spec.recovered import Watched, noted
from llmspell.spec.recovery import ANY, FINAL, keys_for, note
from llmspell_resilience.caching import replayed, worth_keeping
from llmspell_resilience.chain import first_that_answers
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

BACKOFF = {"attempts": 6, "base": 1.0, "cap": 60.0}
NEVER = FINAL | {"validation"}
"""Errors of a tool call that say nothing of the tool: nothing is put in their place."""

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

NO_OTHERS = "name the models that `switch_to_fallback_provider` asks: `fallback_providers`, or the option `fallback`"
CACHED = frozenset({"fallback_to_cached", "use_cached_data", "use_cached_results"})
SKIP = frozenset({"skip_tool_and_continue", "skip_failed_tools"})
MODELS = CACHED | {"fail_fast", "exponential_backoff", "retry_with_shorter_context", "switch_to_fallback_provider"}
TOOLS = CACHED | SKIP | {"fail_fast"}
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
        if settings is None or given(call, "retry") is not None:
            return None
        if "exponential_backoff" not in settings.actions(MODELS, "rate_limit"):
            return None
        return Go(call.replace(metadata={**call.metadata, "retry": BACKOFF}))

    async def model(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Ask a model, and recover; once parts of an answer were shown, the error is what follows them."""
        settings = self.settings(call)
        if settings is None:
            return await proceed(call)
        asked = call if call.sink is None else call.with_sink(Watched(call.sink))
        try:
            result = await proceed(asked)
        except LlmspellError as error:
            actions = settings.actions(MODELS, *keys_for(error.type))
            return await self._one_after_the_other(actions, error, asked, proceed, ctx, settings=settings)
        self._keep(settings, call, result, ctx)
        return result

    async def tool(self, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Run a tool, and put something in the place of a failure."""
        settings = self.settings(call)
        if settings is None:
            return await proceed(call)
        wanted = call.effect != "once" and settings.names(CACHED, ("on_tool_error",))
        key = key_of(call, ctx) if wanted else None
        try:
            result = await proceed(call)
        except LlmspellError as error:
            found = await self._instead(error, call, ctx, key=key, settings=settings)
            if found is None:
                raise
            return found
        if key is not None and isinstance(result, ToolOutput):
            self.results.put(key, result.result, ctx.clock.monotonic())
        return result

    # -- inside --------------------------------------------------------------------------------------------------------

    async def _one_after_the_other(
        self,
        actions: Iterable[str],
        error: LlmspellError,
        call: Call,
        proceed: Proceed,
        ctx: Context,
        *,
        settings: RecoverySection,
    ) -> object:
        """Try the actions in their order until one gives an answer; raises the last error when none does."""
        last = error
        for action in actions:
            shown = isinstance(call.sink, Watched) and call.sink.shown
            if action == "fail_fast" or last.type in FINAL or (shown and not settings.after_parts):
                break
            try:
                answer = await self._recover(action, last, call, proceed, ctx, settings=settings)
            except LlmspellError as again:
                last = again
                continue
            if answer is not None:
                return answer
        raise last

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
        """Do one thing about an error; None when it cannot be done here."""
        if action == "retry_with_shorter_context":
            return await self._shorter(error, call, proceed, ctx)
        if action == "switch_to_fallback_provider":
            others = [Target.read(one) for one in settings.fallback_providers]
            others = others or cast("Fallback", self.whole.part("fallback")).others(call)
            own = Target.of(call)
            targets = [one for one in others if one != own]
            if targets:
                await self._tell(action, error, call, ctx)
                rule = FallbackSection(after_parts=settings.after_parts)
                return await first_that_answers(targets, call, proceed, ctx, rule, action=action, after=error)
            if NO_OTHERS not in error.suggestions:
                error.suggestions = (*error.suggestions, NO_OTHERS)
        if action in CACHED:
            key = key_of(call, ctx)
            kept = None if key is None else self.answers.get(key, ctx.clock.monotonic(), settings.cache_timeout)
            if kept is not None:
                await self._tell(action, error, call, ctx)
                if isinstance(call.sink, Watched) and call.sink.shown:
                    await call.sink(Reset(2))
                return (await replayed(kept, call)).noted(note(action, call, error))
        return None

    async def _shorter(self, error: LlmspellError, call: Call, proceed: Proceed, ctx: Context) -> object:
        """Leave out older turns until the request fits; None when none is left to leave out."""
        action, first = "retry_with_shorter_context", error
        request: LlmRequest | None = cast("LlmRequest", call.input)
        while request is not None and (request := shortened(request)) is not None:
            await self._tell(action, error, call, ctx)
            try:
                result = await proceed(call.replace(input=request))
                return noted(result, note(action, call, first, messages=len(request.messages)))
            except LlmspellError as again:
                if again.type != error.type:
                    raise
                error = again
        return None

    async def _instead(
        self,
        error: LlmspellError,
        call: Call,
        ctx: Context,
        *,
        key: bytes | None,
        settings: RecoverySection,
    ) -> object:
        """Give what stands for the result of a tool; None when nothing does."""
        if error.type in NEVER:
            return None
        exact = (error.type,) if error.type in settings.on else ()
        for action in settings.actions(TOOLS, *exact, "tool", ANY):
            if action == "fail_fast":
                return None
            if action in SKIP:
                await self._tell(action, error, call, ctx)
                told = {"skipped": True, "tool": call.subject, "error": error.message, "error_type": error.type}
                return noted(ToolOutput(told), note(action, call, error))
            if action in CACHED and key is not None:
                kept = self.results.get(key, ctx.clock.monotonic(), settings.cache_timeout)
                if kept is not None:
                    await self._tell(action, error, call, ctx)
                    return noted(ToolOutput(kept, metadata={"cached": True}), note(action, call, error))
        return None

    def _keep(self, settings: RecoverySection, call: Call, result: object, ctx: Context) -> None:
        """Keep an answer for a strategy that may want it later."""
        wanted = settings.names(CACHED, ("on_timeout", "on_rate_limit", "on_provider_error", "on_context_length"))
        if wanted and isinstance(result, Completion) and worth_keeping(result):
            key = key_of(call, ctx)
            if key is not None:
                self.answers.put(key, result, ctx.clock.monotonic())

    async def _tell(self, action: str, error: LlmspellError, call: Call, ctx: Context) -> None:
        self.used[action] = self.used.get(action, 0) + 1
        data = {"action": action, "operation": call.operation, "subject": call.subject, "error": error.to_dict()}
        await ctx.events.emit("recovery_used", data)
