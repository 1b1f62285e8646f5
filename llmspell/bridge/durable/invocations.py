"""Calls into a script in a durable run: one that was made before is not made again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from llmspell.bridge.invocations import MAIN, Invocations, in_time
from llmspell.errors import ScriptResourceError, UsageError
from llmspell.runtime.context import CallContext
from llmspell.runtime.journal.port import BEHIND, ISSUER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell.bridge.durable.boundary import Boundary
    from llmspell.bridge.session import SpellSession
    from llmspell.spec.wire import Message


class DurableInvocations(Invocations):
    """Call the functions of one session's script through its boundary.

    A call is known by the place in the run of whoever makes it, and by how many that one made before.
    """

    __slots__ = ("_behind", "_boundary", "_counts", "_early", "_unheard")

    def __init__(self, session: SpellSession, cap: int, boundary: Boundary) -> None:
        super().__init__(session, cap)
        self._boundary = boundary
        self._counts: dict[tuple[str, int], int] = {}
        self._early: dict[int, Message | None] = {}
        """What recorded calls gave that nobody has made yet."""
        self._behind: dict[int, tuple[str, ...]] = {}
        """The operations that led to calls, by their numbers."""
        self._unheard: set[int] = set()
        """Those of which whoever made them had given up waiting, and has not done so anew yet."""

    async def call(
        self, number: int, arguments: list[object], timeout: float | None, ctx: CallContext | None
    ) -> object:
        """Call a function of the script, on behalf of `ctx`, and return its value; see `Callback` for the errors."""
        if len(self._answers) > self._cap:
            text = f"{self._cap} calls into the script are outstanding, which is the limit"
            raise ScriptResourceError(text)
        answer: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        given: list[int] = []
        behind = () if number == MAIN else (*BEHIND.get(), ISSUER.get())
        cut_off = False

        def make(recorded: Message | None) -> Message:
            nonlocal cut_off
            values = [self._session.out(one) for one in arguments]
            invocation = self._last + 1 if recorded is None else recorded["id"]
            self._last = max(self._last, invocation)
            given.append(invocation)
            self._behind[invocation] = behind
            cut_off = recorded is not None and timeout is None and invocation in self._boundary.cancelled
            if not cut_off:
                self._answers[invocation] = answer
            if ctx is not None:
                self._callers[invocation] = self._bounded(ctx)
            if (early := self._early.pop(invocation, None)) is not None:
                self.returned(early)
            return {"t": "invoke", "fn": number, "args": values, "id": invocation}

        key = ("invoke", self._key(number))
        about = {} if ctx is None else {"p": ctx.path}
        try:
            await self._boundary.offer(key, make, **about)
            if cut_off:  # its caller was ended, and did not see what the function made of that
                await self._boundary.journal.block("" if ctx is None else ctx.path)
            return await in_time(answer, timeout)
        finally:
            self._boundary.withdraw(key)
            for invocation in given:
                self._over(invocation, number, answer, ctx)

    def _over(self, invocation: int, number: int, answer: asyncio.Future[object], ctx: CallContext | None) -> None:
        """Forget a call; one that nobody waits for any more is cancelled."""
        self._answers.pop(invocation, None)
        self._behind.pop(invocation, None)
        if ctx is not None and ctx.scope.grants is self._session.ctx.scope.grants:
            self._callers.pop(invocation, None)
        unanswered = answer.cancelled() or not answer.done()
        if unanswered and number != MAIN and not self._session.ended:
            self._boundary.offer(("cancel", invocation), lambda _: cast("Message", {"t": "cancel", "id": invocation}))

    def _key(self, number: int) -> str:
        issuer = "" if number == MAIN else ISSUER.get()
        count = self._counts[issuer, number] = self._counts.get((issuer, number), 0) + 1
        return f"{issuer}|{number}|{count}"

    def behind(self, invocation: int) -> tuple[str, ...]:
        """Give the operations that led to a call of a function."""
        return self._behind.get(invocation, ())

    def stand_in(self, message: Message, path: str | None, issuer: str) -> None:
        """Prepare for a recorded call that nobody has made: it may come later, or what it is part of is answered."""
        self._early[message["id"]] = None
        self._behind[message["id"]] = (issuer,)
        self._last = max(self._last, message["id"])
        if path is not None:
            own = self._session.ctx
            self._callers[message["id"]] = CallContext(own.run, own.scope, path=path, spending=own.spending)

    def given_up(self, invocation: int) -> None:
        """Hear that a recorded call was cancelled: what its function gave after that was nobody's, and is not now."""
        self._unheard.add(invocation)

    def returned(self, message: Message) -> None:
        """Take what a function gave or raised, also for who has not called it yet."""
        if message["id"] in self._unheard:
            self._unheard.discard(message["id"])
        elif message["id"] in self._early:
            self._early[message["id"]] = message
        else:
            super().returned(message)

    async def evaluate(self, source: str, name: str) -> Mapping[str, object]:  # noqa: ARG002 - as in a plain session
        """Refuse: what is typed at a prompt is not kept."""
        raise UsageError("a prompt cannot be durable", suggestions=["put the spell into a file"])
