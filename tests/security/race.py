"""A process that swaps two names without end, while the file port is asked for what lies behind them."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from llmspell.errors import LlmspellError
from llmspell.services.files import FileService
from llmspell.services.permissions import Grants
from tests.security.house import GRANTS, SECRET, VERBS, House

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from llmspell.spec.files import FileSystem

# RENAME_EXCHANGE: at each moment either the one or the other has the name, never nothing.
SWAPPER = """
import ctypes, sys
swap, (one, other) = ctypes.CDLL(None).renameat2, [name.encode() for name in sys.argv[1:]]
assert swap(-100, one, -100, other, 2) == 0
print("swapping", flush=True)
while True:
    swap(-100, one, -100, other, 2)
"""
LOOKS = 500
"""Tries between two looks at what lies outside."""

HANGS = 10.0
"""Seconds after which a try counts as one that hangs."""


async def race(folder: Path, data: Mapping[str, Any], count: int) -> str | None:
    """Try the verbs of a case `count` times in all while two names are swapped; None when nothing got through."""
    house = House(folder, data)
    fs = FileService().port(Grants.parse(data.get("grants", GRANTS), cwd=folder), folder, "probe")
    ended = {"done": 0, "refused": 0}
    with swapping(*(folder / name for name in data["swaps"])):
        for number in range(count):
            verb = data["verbs"][number % len(data["verbs"])]
            result = await _try(fs, verb, data["path"].format(number))
            ended["refused" if isinstance(result, LlmspellError) else "done"] += 1
            if SECRET in f"{result!r} {result}":
                return f"{verb} shows the secret at try {number}"
            if isinstance(result, TimeoutError):
                return f"{verb} hangs at try {number}"
            if number % LOOKS == 0 and house.changed():
                return f"something outside has changed by try {number}"
    if house.changed():
        return "something outside has changed"
    return None if count < LOOKS or all(ended.values()) else f"the race was not met: {ended}"


async def _try(fs: FileSystem, verb: str, path: str) -> object:
    try:
        async with asyncio.timeout(HANGS):
            return await VERBS[verb](fs, path, "")
    except (LlmspellError, TimeoutError) as error:
        return error


@contextmanager
def swapping(one: Path, other: Path) -> Iterator[None]:
    """Have another process swap two names."""
    with subprocess.Popen(
        [sys.executable, "-I", "-c", SWAPPER, str(one), str(other)], stdout=subprocess.PIPE, text=True
    ) as swapper:
        assert swapper.stdout is not None
        try:
            if not swapper.stdout.readline():
                raise OSError("this file system does not exchange names")
            yield
        finally:
            swapper.kill()
