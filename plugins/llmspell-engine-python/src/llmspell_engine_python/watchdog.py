"""Stop a script in the host's own process when it has used its CPU time.

A thread looks every 50 ms and has the interpreter raise in the script's thread. That ends Python code; it does not end
a step of native code, nor code that catches everything for ever. In a process of its own a script is killed instead.
"""

from __future__ import annotations

import ctypes
import threading
import time
from typing import TYPE_CHECKING

from llmspell_engine_python.bridge import StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable

PERIOD = 0.05
_TELLS = hasattr(time, "pthread_getcpuclockid")  # whether one thread can know what another has used; else time counts
_own_time = time.thread_time if _TELLS else time.monotonic


class Watchdog:
    """Count the CPU time between `enter` and `leave`; call `passed` and raise `StoppedError` when it is too much."""

    def __init__(self, seconds: float, passed: Callable[[], None]) -> None:
        self.seconds = seconds
        self._passed = passed
        self._lock = threading.Lock()
        self._end = threading.Event()
        self._thread: threading.Thread | None = None
        self._owner = 0
        self._used = 0.0
        self._since = 0.0
        self._inside = False
        self._raised = False

    def enter(self) -> None:
        """Begin to count."""
        self._owner = threading.get_ident()
        self._since = _own_time()
        self._inside = True
        if self._thread is None:
            self._thread = threading.Thread(target=self._look, name="limit of a spell", daemon=True)
            self._thread.start()

    def leave(self) -> None:
        """Count no more. What was raised and has not arrived is taken back."""
        while True:
            try:
                with self._lock:
                    self._inside = False
                    self._used += _own_time() - self._since
                    self._since = _own_time()
                    if self._raised:
                        raise_in(self._owner, None)
                return
            except StoppedError:  # it arrived here: go through once more
                continue

    def stop(self) -> None:
        """Look no more."""
        self._end.set()

    def _look(self) -> None:
        clock = time.pthread_getcpuclockid(self._owner) if _TELLS else time.CLOCK_MONOTONIC
        while not self._end.wait(PERIOD):
            with self._lock:
                if self._inside and self._used + time.clock_gettime(clock) - self._since > self.seconds:
                    if not self._raised:
                        self._raised = True
                        self._passed()
                    raise_in(self._owner, StoppedError)


def raise_in(thread: int, kind: type[BaseException] | None) -> None:
    """Have the interpreter raise in a thread at its next step; None takes back what has not arrived."""
    word = None if kind is None else ctypes.py_object(kind)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), word)
