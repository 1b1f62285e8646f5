"""Executors: where concurrent work runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from llmspell.spec.descriptor import Component
from llmspell.spec.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

T = TypeVar("T")


class Executor(Protocol):
    """Run jobs side by side and keep the order of their results."""

    async def run_all(self, jobs: Sequence[Callable[[], Awaitable[T]]], *, limit: int | None = None) -> list[T]:
        """Run all jobs, at most `limit` at once; the first error cancels the others and propagates."""
        ...


def executor(name: str, target: str, summary: str, **more: Any) -> Component:
    """Describe an executor."""
    return Component("executor", name, target, summary, category="executor", **more)


@hookspec
def llmspell_executors() -> list[Component]:
    """Return the executors of this plugin, made with `executor()`. Called once, when one is first asked for."""
    return []
