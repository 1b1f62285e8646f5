"""The clock of a durable spell: the time that the kernel's last message names. Between two messages it stands still."""

from __future__ import annotations

import logging
import os
import queue  # noqa: F401 - it waits by the real clock, which it keeps from here on
import time
from functools import wraps
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

NANOSECONDS = 1_000_000_000
_CPU_CLOCKS = ("CLOCK_PROCESS_CPUTIME_ID", "CLOCK_THREAD_CPUTIME_ID")


class Clock:
    """Tell the time in seconds since 1970, in UTC. It never goes back."""

    def __init__(self) -> None:
        self._now = 0.0

    def hear(self, message: Mapping[str, Any]) -> None:
        """Take over the time of a message, if it names one."""
        now = message.get("now")
        if now is not None and now > self._now:
            self._now = float(now)

    def skip(self, seconds: float) -> None:
        """Go on by what the spell has slept without the kernel."""
        self._now += seconds

    def seconds(self) -> float:
        """Give the time."""
        return self._now

    def nanoseconds(self) -> int:
        """Give the time as a whole number."""
        return int(self._now * NANOSECONDS)


def put_clock(clock: Clock) -> None:
    """Have the module `time` tell the spell's time, in UTC; CPU time is not counted.

    What the engine needs of the real clock it has imported before, by name.
    """
    os.environ["TZ"] = "UTC"
    time.tzset()
    for name in ("time", "monotonic", "perf_counter"):
        _put(name, clock.seconds)
        _put(f"{name}_ns", clock.nanoseconds)
    for name in ("process_time", "thread_time"):
        _put(name, lambda: 0.0)
        _put(f"{name}_ns", lambda: 0)
    for name in ("localtime", "gmtime", "ctime"):
        _put(name, _with_time(getattr(time, name), clock))
    for name, position in (("asctime", 0), ("strftime", 1)):
        _put(name, _with_fields(getattr(time, name), position))
    _put_clocks(clock)
    _put_sleep(clock)
    logging._startTime = clock.seconds()  # type: ignore[attr-defined]  # noqa: SLF001 - what records count from


def _put(name: str, function: Callable[..., Any]) -> None:
    @wraps(getattr(time, name))
    def told(*args: Any) -> Any:
        return function(*args)

    setattr(time, name, told)


def _with_time(real: Callable[..., Any], clock: Clock) -> Callable[..., Any]:
    """Give a function of `time` whose argument is a moment, now when there is none."""

    def told(seconds: float | None = None, /) -> Any:
        return real(clock.seconds() if seconds is None else seconds)

    return told


def _with_fields(real: Callable[..., str], position: int) -> Callable[..., str]:
    """Give a function of `time` that takes the fields of a moment in this position; now, when they are not given."""

    def told(*args: Any) -> str:
        return real(*args, time.localtime()) if len(args) == position else real(*args)

    return told


def _put_clocks(clock: Clock) -> None:
    counted = {getattr(time, name) for name in _CPU_CLOCKS if hasattr(time, name)}
    check = time.clock_gettime

    def clock_gettime(number: int, /) -> float:
        check(number)  # one that does not exist is an error, as ever
        return 0.0 if number in counted else clock.seconds()

    def clock_gettime_ns(number: int, /) -> int:
        check(number)
        return 0 if number in counted else clock.nanoseconds()

    _put("clock_gettime", clock_gettime)
    _put("clock_gettime_ns", clock_gettime_ns)


def _put_sleep(clock: Clock) -> None:
    real = time.sleep

    def sleep(seconds: float, /) -> None:
        real(seconds)
        clock.skip(float(seconds))

    _put("sleep", sleep)
