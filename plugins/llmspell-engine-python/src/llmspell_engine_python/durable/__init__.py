"""A spell whose run can be repeated: what it does depends on its messages alone.

Loaded in the child of such a run only. The process is the spell's by then and stays so: what is put in place here is
never taken back.
"""

from __future__ import annotations

import sys
from base64 import b64decode
from typing import TYPE_CHECKING

from llmspell_engine_python.durable.chance import Chance, put_chance
from llmspell_engine_python.durable.clock import Clock, put_clock
from llmspell_engine_python.durable.dates import put_dates
from llmspell_engine_python.durable.order import Order, put_order
from llmspell_engine_python.durable.process import put_process

if TYPE_CHECKING:
    from collections.abc import Collection

    from llmspell.spec.wire import Message
    from llmspell_engine_python.loop import SpellLoop

__all__ = ["Clock", "Order", "begin", "obstacle"]


def obstacle(*, alone: bool) -> str:
    """Say why a run could not be repeated in this process; nothing when it can."""
    if not alone:
        return "a durable Python spell needs a process of its own: inline it would share its clock with the kernel"
    if sys.flags.hash_randomization:
        return "a durable Python spell needs a process that was started with PYTHONHASHSEED=0"
    return ""


def begin(hello: Message, loop: SpellLoop, files: Collection[str]) -> tuple[Clock, Order]:
    """Put everything in place before any line of the spell is read; `files` are the names of its sources."""
    clock = Clock()
    clock.hear(hello)
    order = Order(files, hello["name"])
    put_process()
    put_clock(clock)
    put_dates(clock)
    put_chance(Chance(b64decode(hello.get("seed") or "")))
    put_order(order, loop)
    loop.read_clock = clock.seconds
    return clock, order
