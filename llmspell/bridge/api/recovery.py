"""Recovery: follow a strategy after an error. The outcome is `{success, data, result, attempts, error}`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from llmspell.bridge.api.strategy import Strategy, read_strategy
from llmspell.errors import LlmspellError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.context import CallContext

Outcome = dict[str, Any]


class Recovery:
    """Recover from one error.

    operation  what failed, to be called again; None when the strategy has to bring it
    given      what it was given: an agent or tool that stands in gets the same
    subject    the agent that failed, by name
    """

    def __init__(
        self,
        session: SpellSession,
        ctx: CallContext,
        *,
        operation: Callable[[], Awaitable[object]] | None = None,
        given: object = None,
        subject: str | None = None,
    ) -> None:
        self.session = session
        self.ctx = ctx
        self.operation = operation
        self.given = given
        self.subject = subject

    async def follow(self, strategy: Strategy, error: LlmspellError) -> Outcome:  # noqa: PLR0911 - a table of cases
        """Follow a strategy; raises `ValidationError` and `ApiUnavailableError` for one that cannot be followed."""
        way = strategy.way()
        if strategy.only is not None and error.type not in [name.removesuffix("_error") for name in strategy.only]:
            return self.failed(error, 0)
        if way == "by_type":
            chosen = strategy.for_type(error.type)
            return self.failed(error, 0) if chosen is None else await self._next(chosen, error)
        if way == "cascade":
            return await self._cascade(strategy, error)
        if way == "retry":
            return await self._retry(strategy, error)
        if way in ("fallback", "handler"):
            return await self._attempt(lambda: self._instead(strategy, error), 1)
        if way == "fail_fast":
            return self.failed(error, 0)
        degraded = {**_worked(strategy.value, 0), "degraded": True, "error": self.session.told(error)}
        return degraded if way == "continue_degraded" else {**degraded, "skipped": True}

    async def _next(self, given: object, error: LlmspellError) -> Outcome:
        return await self.follow(read_strategy(self.session, given), error)

    async def _cascade(self, strategy: Strategy, error: LlmspellError) -> Outcome:
        """Try one after the other until one works."""
        outcome, attempts = self.failed(error, 0), 0
        for one in strategy.parts(self.subject):
            outcome = await self._next(one, error)
            attempts += outcome["attempts"]
            if outcome["success"]:
                break
        return {**outcome, "attempts": attempts}

    async def _retry(self, strategy: Strategy, error: LlmspellError) -> Outcome:
        operation = strategy.operation or self.operation
        if operation is None:
            raise ValidationError("a strategy of type 'retry' needs `operation`, the function to call again")
        delay, outcome = strategy.wait(), self.failed(error, 0)
        for attempt in range(1, strategy.tries() + 1):
            await self.ctx.sleep(min(max(delay, error.retry_after or 0.0), strategy.max_delay))
            outcome = await self._attempt(operation, attempt)
            if outcome["success"]:
                break
            delay *= strategy.factor()
        return outcome

    async def _instead(self, strategy: Strategy, error: LlmspellError) -> object:
        """Give the result that stands for the one that did not come."""
        from llmspell.bridge.api.agent import Agents  # noqa: PLC0415 - an agent holds strategies, too
        from llmspell.bridge.api.tools import Tools  # noqa: PLC0415

        given = self.given if strategy.input is None else strategy.input
        if strategy.handler is not None:
            return await strategy.handler(self.session.told(error))
        if strategy.agent is not None:
            agents = self.session.namespace(Agents)
            agent = agents.get(strategy.agent) if isinstance(strategy.agent, str) else strategy.agent
            if not isinstance(given, str):
                raise ValidationError("a fallback to an agent needs `input`, the text to say to it")
            return await agent.chat(given, self.ctx)
        if strategy.tool is not None:
            tools = self.session.namespace(Tools)
            tool = tools.get(strategy.tool) if isinstance(strategy.tool, str) else strategy.tool
            arguments = cast("dict[str, object]", given) if isinstance(given, dict) else {}
            return (await tool.execute(self.ctx, arguments))["result"]
        return strategy.value

    async def _attempt(self, operation: Callable[[], Awaitable[object]], attempt: int) -> Outcome:
        try:
            return _worked(await operation(), attempt)
        except LlmspellError as error:
            return self.failed(error, attempt)

    def failed(self, error: LlmspellError, attempts: int) -> Outcome:
        """Give the outcome of what did not work."""
        return {"success": False, "error": self.session.told(error), "attempts": attempts}


def _worked(value: object, attempts: int) -> Outcome:
    return {"success": True, "data": value, "result": value, "attempts": attempts}
