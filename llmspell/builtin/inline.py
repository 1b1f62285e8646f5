"""Run jobs side by side in this process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

T = TypeVar("T")


class InlineExecutor:
    """Run jobs as tasks of one group."""

    async def run_all(self, jobs: Sequence[Callable[[], Awaitable[T]]], *, limit: int | None = None) -> list[T]:
        """Run all jobs, at most `limit` at once, and keep their order.

        The first error cancels the others and propagates.
        """
        if len(jobs) == 1:
            return [await jobs[0]()]
        gate = None if limit is None or limit >= len(jobs) else asyncio.Semaphore(limit)

        async def one(job: Callable[[], Awaitable[T]]) -> T:
            if gate is None:
                return await job()
            async with gate:
                return await job()

        task = asyncio.current_task()
        cancelled = task.cancelling() if task is not None else 0
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(job)) for job in jobs]
        except BaseExceptionGroup as errors:
            if task is not None and task.cancelling() > cancelled:
                task.uncancel()  # Python 3.11 leaves its own request behind, and no timer around this would fire
            raise _first(errors) from None
        return [task.result() for task in tasks]


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """Give the first error of a group: callers handle the error of a job, not a group they did not make."""
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
