"""Coroutines that are begun by hand: most of what a script asks for is over before it would have waited."""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator
    from contextvars import Context


class Begun:
    """A coroutine that was advanced to its first suspension, in a context of its own like that of a task.

    `over` tells that it has ended, with `value`; what it raises comes out of the constructor. Else await the rest, in
    the task that began it: what it has entered (a timeout, a group) belongs to that task.
    """

    __slots__ = ("_context", "_coroutine", "_waited", "over", "value")

    def __init__(self, coroutine: Coroutine[Any, Any, object]) -> None:
        self._coroutine = coroutine
        self._context: Context = copy_context()
        self.value: object = None
        self.over = False
        try:
            self._waited = self._context.run(coroutine.send, None)
        except StopIteration as done:
            self.value, self.over = done.value, True

    def __await__(self) -> Generator[object, Any, object]:
        """Go on until it ends (PEP 342, PEP 492)."""
        if self.over:
            return self.value
        enter, waited = self._context.run, self._waited
        try:
            while True:
                try:
                    sent = yield waited
                except GeneratorExit:
                    enter(self._coroutine.close)
                    raise
                except BaseException as error:  # noqa: BLE001 - it belongs to the coroutine, cancellation too
                    waited = enter(self._coroutine.throw, error)
                else:
                    waited = enter(self._coroutine.send, sent)
        except StopIteration as done:
            return done.value
