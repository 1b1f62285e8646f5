"""Calls into a script: its main chunk, and the functions of it that somebody in the kernel holds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from llmspell.bridge.faults import from_wire, log
from llmspell.bridge.values import decode
from llmspell.errors import LlmspellError, ScriptResourceError, ScriptRuntimeError, ScriptTimeoutError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.bridge.session import SpellSession
    from llmspell.runtime.context import CallContext
    from llmspell.services.permissions import Grants
    from llmspell.spec.wire import Message

MAIN = 0
"""The function number of a spell's main chunk."""


class Invocations:
    """Call the functions of one session's script, at most `cap` of them at a time."""

    __slots__ = ("_answers", "_callers", "_cap", "_inputs", "_last", "_session")

    def __init__(self, session: SpellSession, cap: int) -> None:
        self._session = session
        self._cap = cap
        self._answers: dict[int, asyncio.Future[object]] = {}
        self._last = -1
        self._callers: dict[int, CallContext] = {}
        self._inputs: set[int] = set()

    def caller(self, invocation: int) -> CallContext | None:
        """Give the context on whose behalf a function was called."""
        return self._callers.get(invocation)

    async def call(
        self, number: int, arguments: list[object], timeout: float | None, ctx: CallContext | None
    ) -> object:
        """Call a function of the script, on behalf of `ctx`, and return its value; see `Callback` for the errors."""
        message: Message = {"t": "invoke", "fn": number, "args": [self._session.out(one) for one in arguments]}
        return await self._ask(message, timeout, ctx)

    async def evaluate(self, source: str, name: str) -> Mapping[str, object]:
        """Run one input of a read-eval loop."""
        self._inputs.add(number := self._last + 1)
        try:
            value = await self._ask({"t": "eval", "source": source, "name": name}, None, None)
        finally:
            self._inputs.discard(number)
        return value if isinstance(value, dict) else {}

    def cancel_inputs(self) -> None:
        """End the inputs that wait."""
        for number in self._inputs:
            self._tell({"t": "cancel", "id": number})

    async def _ask(self, message: Message, timeout: float | None, ctx: CallContext | None) -> object:
        """Send what the engine answers with `return`, and wait for that."""
        if len(self._answers) > self._cap:  # the main chunk is one more
            text = f"{self._cap} calls into the script are outstanding, which is the limit"
            raise ScriptResourceError(text)
        self._last += 1
        invocation = self._last
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self._answers[invocation] = answer
        if ctx is not None:
            self._callers[invocation] = self._bounded(ctx)
        is_function = message["t"] == "invoke" and message["fn"] != MAIN
        try:
            await self._session.sender.send({**message, "id": invocation})
            if is_function and self._session.hear(answer):
                return answer.result()
            return await in_time(answer, timeout)
        finally:
            self._answers.pop(invocation, None)
            if ctx is not None and ctx.scope.grants is self._session.ctx.scope.grants:
                del self._callers[invocation]  # others stay: what the function left running may still call
            unanswered = answer.cancelled() or not answer.done()
            if unanswered and message.get("fn") != MAIN and not self._session.ended:
                self._tell({"t": "cancel", "id": invocation})  # at once: before whatever the caller asks for next

    def _tell(self, message: Message) -> None:
        """Send what needs no answer, to an engine that may be gone."""
        try:
            self._session.sender.write([message])
        except Exception as error:  # noqa: BLE001 - its reader is told, too
            log.debug("the engine was not told of %s: %s", message["t"], error)

    def _bounded(self, ctx: CallContext) -> CallContext:
        """Give the context of who calls a function of the script, with no more rights than the script itself has."""
        own = cast("Grants", self._session.ctx.scope.grants)
        if own is self._session.run.scope.grants or own is ctx.scope.grants:
            return ctx
        grants = own.intersect(cast("Grants", ctx.scope.grants))
        return ctx.within(None, "call", scope=ctx.scope.child("call", "call", grants=grants))

    def returned(self, message: Message) -> None:
        """Take what a function gave or raised; what nobody waits for any more is dropped."""
        answer = self._answers.get(message["id"])
        if answer is None or answer.done():
            return
        try:
            if message.get("ok"):
                answer.set_result(decode(message.get("value"), self._session.crossing, "the returned value"))
            else:
                answer.set_exception(from_wire(message.get("error")))
        except LlmspellError as error:
            answer.set_exception(error)

    def fail(self, failure: LlmspellError) -> None:
        """Tell everybody who waits that there will be no answer."""
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(failure)
                answer.exception()  # not everybody waits any more


def ended() -> ScriptRuntimeError:
    """Give the error of whoever calls a script that is over."""
    return ScriptRuntimeError(
        "the spell has ended: its functions can no longer be called",
        suggestions=["keep the spell running for as long as its hooks, tools and handlers are needed"],
    )


async def in_time(answer: asyncio.Future[object], timeout: float | None) -> object:
    """Give what a function of the script answers; raises `ScriptTimeoutError` when it takes longer than `timeout`."""
    limit = asyncio.timeout(timeout)
    try:
        async with limit:
            return await answer
    except TimeoutError as error:
        if not limit.expired():
            raise
        text = f"a function of the script took longer than {timeout} s"
        raise ScriptTimeoutError(text, suggestions=["give the hook, tool or handler a longer `timeout`"]) from error
