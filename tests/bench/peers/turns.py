"""The other end of `tests.bench.contestants`: name the versions, then take a turn whenever one is asked for.

One JSON value per line: first the versions, then a number for each name of a measure read from standard input.
Whatever a framework prints goes to standard error.
"""

from __future__ import annotations

import gc
import json
import os
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping


async def serve(measures: Mapping[str, Callable[[], Awaitable[float]]], distributions: Iterable[str]) -> None:
    """Take turns until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    answers.write(json.dumps({name: version(name) for name in distributions}) + "\n")
    answers.flush()
    while line := sys.stdin.readline():
        gc.collect()
        answers.write(json.dumps(await measures[line.strip()]()) + "\n")
        answers.flush()
    answers.close()
