"""What a durable spell sees of its process: nothing that another process of the same run would not show."""

from __future__ import annotations

import gc
import os
import sys
import threading
from typing import NoReturn

from llmspell_engine_python.errors import SpellSecurityError

GARBAGE = 200_000
"""Objects after which a script that does not wait has its garbage collected; else that happens between messages."""


def put_process() -> None:
    """Hide numbers and names of the process, refuse threads, and collect garbage at moments that repeat."""
    os.chdir("/")  # the folder it started in has a name of its own
    del sys.argv[1:], sys.orig_argv[1:]
    os.getpid = os.getppid = lambda: 1
    threading._start_new_thread = _refuse  # type: ignore[attr-defined]  # noqa: SLF001 - what every `Thread` begins with
    gc.collect()
    gc.set_threshold(GARBAGE, 10, 10)


def _refuse(*_args: object, **_options: object) -> NoReturn:
    raise SpellSecurityError(
        "a durable spell cannot start threads: the order in which they run would not repeat",
        suggestions=["use asyncio: asyncio.to_thread calls the function at once"],
    )
