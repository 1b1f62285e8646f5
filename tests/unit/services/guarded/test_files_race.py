"""Another process swaps a folder for a link that leads out, 100 000 times a second: nothing outside is touched."""

# What the system does is asked for in the system's words.

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import PermissionDeniedError, ResourceUnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from llmspell.spec.files import FileSystem

    Granted = Callable[..., FileSystem]

# RENAME_EXCHANGE: at each moment there is either the folder or the link, never nothing.
SWAPPER = """
import ctypes, sys
swap, (one, other) = ctypes.CDLL(None).renameat2, [name.encode() for name in sys.argv[1:]]
assert swap(-100, one, -100, other, 2) == 0
print("swapping", flush=True)
while True:
    swap(-100, one, -100, other, 2)
"""

VERBS: dict[str, Callable[[FileSystem, int], Awaitable[object]]] = {
    "read": lambda fs, n: fs.read("in/d/e/secret"),
    "hash": lambda fs, n: fs.hash("in/d/secret"),
    "stat": lambda fs, n: fs.stat("in/d/e/secret"),
    "write": lambda fs, n: fs.write("in/d/e/new", b"x", atomic=False),
    "atomic write": lambda fs, n: fs.write("in/d/e/new", b"x") if n % 10 == 0 else fs.exists("in/d/e/new"),
    "append": lambda fs, n: fs.write("in/d/log", b"x", append=True, atomic=False),
    "mkdir": lambda fs, n: fs.mkdir(f"in/d/e/k{n % 50}"),
    "remove": lambda fs, n: fs.remove(f"in/d/e/k{n % 50}"),
    "rename": lambda fs, n: fs.rename("in/d/e/new", "in/d/renamed"),
}


@pytest.fixture
def swapped(tmp_path: Path) -> Iterator[None]:
    """Keep swapping `in/d` for a link to `out`."""
    if sys.platform != "linux":
        pytest.skip("only Linux exchanges two names in one step from here")
    for name in ("in/d/e/secret", "in/d/secret", "out/e/secret", "out/secret"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("fine" if name.startswith("in") else "secret")
    os.symlink("../out", tmp_path / "in/link")
    names = [str(tmp_path / "in/d"), str(tmp_path / "in/link")]
    with subprocess.Popen([sys.executable, "-c", SWAPPER, *names], stdout=subprocess.PIPE, text=True) as swapper:
        assert swapper.stdout is not None
        started = swapper.stdout.readline()
        try:
            if not started:
                pytest.skip("this file system does not exchange names")
            yield
        finally:
            swapper.kill()


@pytest.mark.usefixtures("swapped")
@pytest.mark.timeout(300)
@pytest.mark.parametrize("rounds", [150, pytest.param(10_000, marks=pytest.mark.proof)])
async def test_nothing_outside_is_touched(tmp_path: Path, granted: Granted, rounds: int) -> None:
    fs = granted("fs.read=in", "fs.write=in")
    outside = look(tmp_path / "out")
    done = dict.fromkeys(VERBS, 0)
    for number in range(rounds):
        for verb, act in VERBS.items():
            try:
                assert await act(fs, number) != b"secret"
                done[verb] += 1
            except (PermissionDeniedError, ResourceUnavailableError):
                continue
    assert look(tmp_path / "out") == outside
    assert all(done.values()), f"some verb met the link every time: {done}"


def look(folder: Path) -> dict[str, str]:
    return {str(one): one.read_text() if one.is_file() else "" for one in sorted(folder.rglob("*"))}
