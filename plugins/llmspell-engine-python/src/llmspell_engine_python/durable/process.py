"""What a durable spell sees of its process: nothing that another process of the same run would not show."""

from __future__ import annotations

import gc
import os
import sys
import threading
from typing import NoReturn

from llmspell_engine_python.errors import SpellSecurityError

YOUNG = 10_000
"""New objects within one message after which garbage is looked for among them."""


def put_process() -> None:
    """Hide numbers and names of the process, refuse threads, and collect garbage at moments that repeat."""
    os.chdir("/")  # the folder it started in has a name of its own
    del sys.argv[1:], sys.orig_argv[1:]
    os.getpid = os.getppid = _one
    threading.Thread.start = _refuse  # type: ignore[method-assign]
    gc.collect()
    gc.set_threshold(YOUNG, 10, 10)


def collect(*, everywhere: bool) -> None:
    """Collect garbage, among new objects or everywhere, and count new ones from none again."""
    gc.collect(2 if everywhere else 0)


def _one() -> int:
    return 1


def _refuse(*_args: object, **_options: object) -> NoReturn:
    raise SpellSecurityError(
        "a durable spell cannot start threads: the order in which they run would not repeat",
        suggestions=["use asyncio: asyncio.to_thread calls the function at once"],
    )
