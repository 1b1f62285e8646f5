"""The process of an engine: started clean, waiting for the run that takes it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import sys
from typing import TYPE_CHECKING

from llmspell.runtime.host.folder import make_folder, remove_folder
from llmspell.runtime.host.watch import RESIDENT_BASE
from llmspell.spec import engine_child
from llmspell.spec.wire import HEADER

if TYPE_CHECKING:
    from llmspell.runtime.host.limits import Limits
    from llmspell.spec.descriptor import Component

_BUFFER = 256 * 1024  # bytes the kernel holds for a child nobody reads; a longer frame is still read whole
_MEMORY_SLACK = 64 * 1024 * 1024  # above the engine's own limit, whose error is the better one


class EngineProcess:
    """A child that has loaded its engine, or is about to: `bound` it once, then it is one run's.

    process   the child; its standard error is a pipe
    folder    the empty folder it starts in, which goes with it
    """

    __slots__ = ("engine", "folder", "process", "reader", "writer")

    def __init__(self, engine: Component, process: asyncio.subprocess.Process, folder: str) -> None:
        self.engine = engine
        self.process = process
        self.folder = folder
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    @classmethod
    async def start(cls, engine: Component) -> EngineProcess:
        """Start the child and connect to it; it need not be ready."""
        ours, theirs = socket.socketpair()
        folder = make_folder()
        try:
            with theirs:
                process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    *engine_child.OPTIONS,
                    _settings(engine, theirs.fileno()),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.PIPE,
                    cwd=folder,
                    env=engine_child.ENVIRONMENT,
                    pass_fds=(theirs.fileno(),),
                    start_new_session=True,
                )
        except BaseException:
            ours.close()
            remove_folder(folder)
            raise
        made = cls(engine, process, folder)
        ours.setblocking(False)  # noqa: FBT003 - the socket's own API
        made.reader, made.writer = await asyncio.open_connection(sock=ours, limit=_BUFFER)
        return made

    @property
    def alive(self) -> bool:
        """Tell whether it waits; one that died while nobody looked is of no use."""
        return self.process.returncode is None and not self.reader.at_eof()

    @property
    def resident_base(self) -> int:
        """Give the bytes that it holds before any script."""
        return _extra_size(self.engine, "resident_base") or RESIDENT_BASE

    def bound(self, limits: Limits) -> None:
        """Tell it what the run that takes it may use: it puts up the walls, and serves that run."""
        memory = max(limits.memory + _MEMORY_SLACK, _extra_size(self.engine, "data_floor"))
        body = json.dumps({"memory": memory, "cpu": limits.cpu}).encode()
        self.writer.write(len(body).to_bytes(HEADER, "big") + body)

    def interrupt(self) -> None:
        """Send it SIGINT."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, 2)

    def kill(self) -> None:
        """Send SIGKILL to its whole process group."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, 9)

    async def aclose(self) -> None:
        """Kill it, reap it and remove its folder."""
        self.kill()
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()
        await self.process.wait()
        remove_folder(self.folder)


def _extra_size(engine: Component, name: str) -> int:
    """Give a number of bytes that the engine's description names, 0 when it does not."""
    size = engine.extra.get(name)
    return size if isinstance(size, int) else 0


def _settings(engine: Component, fd: int) -> str:
    path = [entry for entry in sys.path if entry]
    return json.dumps({"target": engine.target, "fd": fd, "parent": os.getpid(), "path": path})
