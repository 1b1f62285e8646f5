"""Wait in the thread of a prompt for what another thread does, and let Ctrl-C end that and nothing else."""

from __future__ import annotations

import asyncio
import signal
from concurrent.futures import wait
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

T = TypeVar("T")

AGAIN = 0.1
"""Seconds after which what goes on is interrupted again."""


def waited(
    work: Coroutine[Any, Any, T],
    loop: asyncio.AbstractEventLoop,
    interrupt: Callable[[int, int], object],
    meanwhile: Callable[[], object] | None = None,
) -> tuple[Future[T], bool]:
    """Run work in the loop of another thread, and give its future when it is done, and whether Ctrl-C was pressed.

    Ctrl-C is only counted meanwhile: an exception could come anywhere, also too early. `interrupt` is told of it every
    tenth of a second until the work ends, with how often it was told before and how often Ctrl-C was pressed.
    `meanwhile` is done now and then in this thread, which has the terminal; there Ctrl-C raises `KeyboardInterrupt`,
    which counts, too.
    """
    presses: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: presses.append(number))
    try:
        future = asyncio.run_coroutine_threadsafe(work, loop)
        told = 0
        while not wait((future,), AGAIN).done:
            if meanwhile is not None:
                _do(meanwhile, presses, before)
            if presses:
                interrupt(told, len(presses))
                told += 1
    finally:
        signal.signal(signal.SIGINT, before)
    return future, bool(presses)


def _do(meanwhile: Callable[[], object], presses: list[int], handler: Any) -> None:
    ours = signal.signal(signal.SIGINT, handler)
    try:
        meanwhile()
    except KeyboardInterrupt:
        presses.append(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, ours)
