"""Try paths in a process of their own: where the kernel has no `openat2`, or where file systems may be mounted.

`python -m tests.security.elsewhere walking|mounted` reads a case a line from standard input and answers each with its
fault, or null.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import errno
import json
import os
import platform
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.security.house import House, verbs_of
from tests.security.race import race

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.security.probe import Case, Stage

ROOT = Path(__file__).parents[2]
ENTER = {
    "walking": (sys.executable,),
    "mounted": (shutil.which("unshare") or "unshare", "--mount", "--propagation", "private", sys.executable),
}
LONGEST = 1 << 20

# linux/prctl.h, linux/seccomp.h, linux/filter.h and linux/audit.h
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2
_MACHINES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_LOAD, _EQUAL, _RETURN, _ALLOW, _ERRNO = 0x20, 0x15, 0x06, 0x7FFF0000, 0x00050000
_OPENAT2 = 437


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def refuse_openat2() -> None:
    """Have the kernel say from now on that it has no `openat2`."""
    steps = (
        (_LOAD, 0, 0, 0),
        (_EQUAL, 0, 1, _OPENAT2),
        (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
        (_RETURN, 0, 0, _ALLOW),
    )
    text = b"".join(struct.pack("=HBBI", *step) for step in steps)
    packed = _Program(len(steps), ctypes.cast(ctypes.c_char_p(text), ctypes.c_char_p))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(_SECCOMP, _FILTER, ctypes.byref(packed)):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def why_not_walking() -> str | None:
    """Tell why `openat2` cannot be taken away here."""
    fits = sys.platform == "linux" and platform.machine() in _MACHINES
    return None if fits else "takes openat2 away with a filter of Linux"


def why_not_mounted() -> str | None:
    """Tell why nothing can be mounted here."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "mounts file systems and makes devices, which takes root on Linux"
    tried = subprocess.run([*ENTER["mounted"][:-1], "true"], capture_output=True, check=False)
    return None if tried.returncode == 0 else "cannot have mounts of its own here"


class Elsewhere:
    """A process that tries cases one after another."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, stage: Stage, how: str) -> Elsewhere:
        """Start one that ends with the stage."""
        process = await asyncio.create_subprocess_exec(
            *ENTER[how], "-m", "tests.security.elsewhere", how,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT, limit=LONGEST,
        )  # fmt: skip
        started = cls(process)
        stage.stack.push_async_callback(started.aclose)
        return started

    async def attempt(self, case: Case, stage: Stage) -> str | None:
        """Try every verb of a case over there."""
        verbs = verbs_of(case.data)
        stage.tries += len(verbs) - 1
        folders = [str(stage.fresh()) for _ in verbs]
        return await self._ask({"data": case.data, "verbs": verbs, "folders": folders})

    async def race(self, case: Case, stage: Stage, count: int) -> str | None:
        """Race a case over there."""
        return await self._ask({"data": case.data, "folder": str(stage.fresh()), "count": count})

    async def _ask(self, what: Mapping[str, Any]) -> str | None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(what).encode() + b"\n")
        await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        answer: str | None = json.loads(line) if line else "the process has ended"
        return answer

    async def aclose(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


async def _try(
    data: Mapping[str, Any], verbs: Sequence[str] = (), folders: Sequence[str] = (), folder: str = "", count: int = 0
) -> str | None:
    if folder:
        return await race(Path(folder), data, count)
    faults = []
    for verb, place in zip(verbs, folders, strict=True):
        fault = await House(Path(place), data).attempt(verb)
        if fault is not None:
            faults.append(f"{verb}: {fault}")
    return "; ".join(faults) or None


def serve(how: str) -> None:
    """Try what standard input asks for, until it ends."""
    if how == "walking":
        refuse_openat2()
    for line in sys.stdin:
        try:
            answer = asyncio.run(_try(**json.loads(line)))
        except Exception as error:  # noqa: BLE001 - a probe that breaks has shown nothing, and says so
            answer = f"the probe raised {type(error).__name__}: {error}"
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    serve(sys.argv[1])
