"""Wait in the thread of a prompt for what another thread does, and let Ctrl-C end that and nothing else."""

from __future__ import annotations

import asyncio
import signal
import threading
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
    interrupt: Callable[[int], object],
    meanwhile: Callable[[], object] | None = None,
) -> tuple[Future[T], bool]:
    """Run work in the loop of another thread, and give its future when it is done, and whether Ctrl-C was pressed.

    Ctrl-C only sets a flag meanwhile: an exception could come anywhere, also too early. `interrupt` is told of it, with
    1, 2, ... until the work ends. `meanwhile` is done now and then in this thread, which has the terminal; there Ctrl-C
    raises `KeyboardInterrupt`, which ends the work, too.
    """
    asked = threading.Event()
    before = signal.signal(signal.SIGINT, lambda _number, _frame: asked.set())
    try:
        future = asyncio.run_coroutine_threadsafe(work, loop)
        tries = 0
        while not wait((future,), AGAIN).done:
            if meanwhile is not None:
                _do(meanwhile, asked, before)
            if asked.is_set():
                tries += 1
                interrupt(tries)
    finally:
        signal.signal(signal.SIGINT, before)
    return future, asked.is_set()


def _do(meanwhile: Callable[[], object], asked: threading.Event, handler: Any) -> None:
    ours = signal.signal(signal.SIGINT, handler)
    try:
        meanwhile()
    except KeyboardInterrupt:
        asked.set()
    finally:
        signal.signal(signal.SIGINT, ours)
