"""The Python machine on another computer: clocks ahead, another zone, memory used and garbage collected otherwise."""

from __future__ import annotations

import gc
import os
import time

AHEAD = 400.5 * 86400  # seconds


def _put_ahead(name: str) -> None:
    real = getattr(time, name)
    setattr(time, name, lambda: real() + AHEAD)


for _name in ("time", "monotonic", "perf_counter"):
    _put_ahead(_name)
os.environ["TZ"] = "Asia/Tokyo"
time.tzset()
BALLAST = [bytearray(number * 7 % 3000) for number in range(20_000)]
del BALLAST[::3]
gc.set_threshold(333)

from llmspell_engine_python.machine import PythonMachine  # noqa: E402 - it finds the clocks that are ahead

__all__ = ["PythonMachine"]
