"""The order of things in a durable spell: tasks that are counted, and where each call was made."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from llmspell_engine_python.durable.addresses import warnings
from llmspell_engine_python.durable.process import collect
from llmspell_engine_python.place import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from llmspell.spec.wire import Message
    from llmspell_engine_python.loop import SpellLoop
    from llmspell_engine_python.place import Place


OFTEN, PART = 100, 10
"""Messages after which garbage is looked for everywhere: so many, and in a long run this part of all there were."""


class Order:
    """Count tasks, futures and messages, and know the script's own files."""

    def __init__(self, files: Collection[str], name: str) -> None:
        self._files = files
        self._nowhere = f"{name}:0"
        self._counted = 0
        self._messages = 0
        self._collection = OFTEN

    def number(self) -> int:
        """Give the next number."""
        self._counted += 1
        return self._counted

    def mark(self, where: Place | None = None) -> str:
        """Give `file:line` of the script for what happens now; line 0 where no line of it led here.

        A task that no line of the script runs in is where the script began it.
        """
        if where is None or where.file not in self._files:
            where = nearest(self._files)
        if where is not None:
            return where.text()
        task = asyncio.current_task()
        return task.made if isinstance(task, CountedTask) else self._nowhere

    def rest(self, said: list[Message]) -> list[Message]:
        """Hear what was said to a message that has been dealt with; give it, and warnings of what will not repeat."""
        self._messages += 1
        everywhere = self._messages >= self._collection
        collect(everywhere=everywhere)
        if everywhere:
            self._collection += max(OFTEN, self._messages // PART)
        return [*warnings(said), *said]


class CountedTask(asyncio.Task[Any]):
    """A task with a number: sets of tasks have the same order in every process. `made` is where the script began it."""

    def __init__(self, coro: Any, order: Order, **options: Any) -> None:
        self._number = order.number()  # first: asyncio keeps new tasks in a set
        self.made = order.mark()
        super().__init__(coro, **options)

    def __hash__(self) -> int:
        return self._number


class CountedFuture(asyncio.Future[Any]):
    """A future with a number, likewise."""

    def __init__(self, order: Order, **options: Any) -> None:
        self._number = order.number()
        super().__init__(**options)

    def __hash__(self) -> int:
        return self._number


def put_order(order: Order, loop: SpellLoop) -> None:
    """Have the loop count, and asyncio begin what `as_completed` is given in the order in which it is given."""
    loop.make_task = lambda coro, **options: CountedTask(coro, order, **options)
    loop.make_future = lambda **options: CountedFuture(order, **options)
    loop.mark = order.mark
    asyncio.as_completed = asyncio.tasks.as_completed = _in_order(asyncio.as_completed)


def _in_order(real: Callable[..., Any]) -> Callable[..., Any]:
    """Give `as_completed` for a set of what has no number: coroutines, which the library puts into a set."""

    def as_completed(fs: Iterable[Any], *, timeout: float | None = None) -> Any:
        if asyncio.isfuture(fs) or asyncio.iscoroutine(fs):
            return real(fs, timeout=timeout)  # the library says what is wrong
        return real([asyncio.ensure_future(one) for one in dict.fromkeys(fs)], timeout=timeout)

    return as_completed
