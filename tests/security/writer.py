"""Write files while being killed, and on disks that are full or fail.

`python -m tests.security.writer HOW FOLDER VERB N`, where HOW is

killed     N times, a process that writes without end is killed at some moment; what it leaves must be whole
full       the disk holds 1 MB
unsynced   the disk takes everything and fails when it is to be made durable
limited    the system allows no file above 64 KB
locked     the disk cannot be written to

Prints what went wrong, and nothing when all held.
"""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.errors import LlmspellError
from llmspell.services.files import FileService
from llmspell.services.permissions import Grants

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.spec.files import FileSystem

SIZE = 1 << 20
SMALL = 1 << 16
LATEST = 0.1
"""Seconds after which a writer is killed at the latest; it writes dozens of files in that time."""

LETTERS = "abcdefgh"


async def whole(fs: FileSystem, data: bytes) -> None:
    """Write in pieces what takes its place at the end."""
    async with fs.atomic("file") as file:
        for start in range(0, len(data), SMALL):
            await file.write(data[start : start + SMALL])


async def copied(fs: FileSystem, data: bytes) -> None:
    """Write another file and copy it."""
    await fs.write("other", data, atomic=False)
    await fs.copy("other", "file")


async def renamed(fs: FileSystem, data: bytes) -> None:
    """Write another file and give it the name."""
    await fs.write("other", data)
    await fs.rename("other", "file")


VERBS: dict[str, Callable[[FileSystem, bytes], Awaitable[None]]] = {
    "write": lambda fs, data: fs.write("file", data),
    "write whole": whole,
    "copy": copied,
    "rename": renamed,
    "append": lambda fs, data: fs.write("file", data, append=True),
}


def port(folder: Path) -> FileSystem:
    """Give the file port for a folder."""
    return FileService().port(Grants.parse(["fs.read=.", "fs.write=."], cwd=folder), folder, "probe")


def killed(folder: Path, verb: str, count: int) -> str | None:
    """Kill a writer again and again."""
    moments = random.Random(verb)
    (folder / "file").write_bytes(LETTERS[0].encode() * SIZE)
    changed = 0
    for number in range(count):
        before = (folder / "file").read_bytes()[:1]
        writer = os.fork()
        if writer == 0:
            asyncio.run(_write_forever(folder, verb))
        time.sleep(moments.random() * LATEST)
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        data = (folder / "file").read_bytes()
        if len(data) != SIZE or len(set(data)) != 1:
            return f"after kill {number} the file holds {len(data)} bytes of {len(set(data))} kinds"
        changed += data[:1] != before
        strange = [name.name for name in folder.iterdir() if not _expected(name.name)]
        if strange:
            return f"after kill {number} there is {strange}"
    return None if count < len(LETTERS) or changed else "nothing was ever written"


def _expected(name: str) -> bool:
    """Tell whether a name may be there: what is written is a hidden neighbour until it is whole."""
    return name in ("file", "other") or (name.startswith(".") and name.endswith(".tmp"))


async def _write_forever(folder: Path, verb: str) -> None:
    fs = port(folder)
    while True:
        for letter in LETTERS:
            await VERBS[verb](fs, letter.encode() * SIZE)


def failing(folder: Path, verb: str, before: bytes) -> str | None:
    """Write where it must fail: the error is one of ours, the old file stays, and nothing is left behind."""
    (folder / "file").write_bytes(before)
    os.sync()
    try:
        asyncio.run(_write_once(folder, verb))
    except LlmspellError as error:
        if verb != "append" and (folder / "file").read_bytes() != before:
            return f"the old file is gone: {error}"
    else:
        return "it was told to have worked"
    left = sorted(one.name for one in folder.iterdir() if one.name not in ("file", "other", "lost+found"))
    return f"it left {left}" if left else None


async def _write_once(folder: Path, verb: str) -> None:
    await VERBS[verb](port(folder), os.urandom(3 * SIZE))


def _mounted(how: str, folder: Path) -> Path:
    """Mount the disk that a case wants, and give where."""
    place = folder / "disk"
    place.mkdir()
    if how == "full":
        _run("mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place))
        return place
    _run("mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place))
    image, inner = place / "image", place / "inner"
    os.truncate(os.open(image, os.O_CREAT | os.O_RDWR), 8 * SIZE)  # larger than the memory it lies in
    _run("mkfs.ext4", "-q", "-O", "^has_journal", "-m", "0", str(image))
    inner.mkdir()
    _run("mount", "-o", "loop", str(image), str(inner))
    return inner


def _run(*argv: str) -> None:
    subprocess.run(argv, check=True, capture_output=True)


def main(how: str, folder: Path, verb: str, count: int) -> str | None:
    """Try one way of failing."""
    if how == "killed":
        return killed(folder, verb, count)
    if how == "limited":
        resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL, SMALL))
        return failing(folder, verb, b"old")
    place = _mounted(how, folder)
    if how == "locked":
        return _locked(place, verb)
    return failing(place, verb, b"old")


def _locked(place: Path, verb: str) -> str | None:
    (place / "file").write_bytes(b"old")
    _run("mount", "-o", "remount,ro", str(place))
    try:
        asyncio.run(_write_once(place, verb))
    except LlmspellError:
        return None if (place / "file").read_bytes() == b"old" else "the old file is gone"
    return "it was told to have worked"


if __name__ == "__main__":
    sys.stdout.write(main(sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])) or "")
