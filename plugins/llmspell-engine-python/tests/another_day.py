"""The Python machine on a computer whose clocks are ahead and whose zone is another."""

from __future__ import annotations

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

from llmspell_engine_python.machine import PythonMachine  # noqa: E402 - it finds the clocks that are ahead

__all__ = ["PythonMachine"]
