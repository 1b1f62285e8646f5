"""Run one program in its own group: bytes in, capped bytes out, and nothing left behind."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, cast

from llmspell.errors import ToolTimeoutError
from llmspell.spec.process import Completed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


PATIENCE = 6.0
"""Seconds for a program that was asked to end what it started."""


async def run_child(
    argv: Sequence[str],
    *,
    input: bytes,  # noqa: A002 - the name `subprocess` uses
    cwd: str,
    env: Mapping[str, str],
    timeout: float,
    limit: int,
    name: str = "",
    keep: int | None = None,
) -> Completed:
    """Run a program to its end; `status` is negative when a signal ended it.

    Its whole group is killed when it ends, when `timeout` seconds have passed (`ToolTimeoutError`, in which it has
    `name`) and when the caller is cancelled. `keep` is a descriptor for a program that is given some time to end what
    it started. Raises `OSError` when it cannot be started.
    """
    loop = asyncio.get_running_loop()
    _, child = await loop.subprocess_exec(
        lambda: _Child(loop, limit, patience=0 if keep is None else PATIENCE),
        *argv,
        cwd=cwd,
        env=dict(env),
        start_new_session=True,
        pass_fds=() if keep is None else (keep,),
    )
    try:
        child.feed(input)
        async with asyncio.timeout(timeout):
            await asyncio.shield(child.over)
    except TimeoutError as error:
        # A program that has ended, while something that fled its group holds its pipes, is done all the same.
        if child.status is None:
            raise ToolTimeoutError(
                f"{name or argv[0]} did not end within {timeout:g} seconds and was stopped",
                suggestions=["Give it more time, or less to do."],
                context={"command": name or argv[0], "timeout": timeout},
            ) from error
    finally:
        await child.stop()
    return child.completed()


class _Child(asyncio.SubprocessProtocol):
    """Collect what a program says, up to a limit for both streams together; the rest is read and dropped.

    A protocol rather than `asyncio.create_subprocess_exec`, whose `wait` goes on until all pipes are closed: whatever
    the program left running would hold them.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: int, *, patience: float = 0) -> None:
        self.over: asyncio.Future[None] = loop.create_future()
        self._loop = loop
        self._patience = patience
        self._timer: asyncio.TimerHandle | None = None
        self.status: int | None = None
        self._left = limit
        self._truncated = False
        self._said = {1: bytearray(), 2: bytearray()}
        self._transport: asyncio.SubprocessTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        self._said[fd] += data[: self._left]
        self._truncated = self._truncated or len(data) > self._left
        self._left -= min(len(data), self._left)

    def process_exited(self) -> None:
        if self._transport is not None:
            self.status = self._transport.get_returncode()
        self._kill_group()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's
        if not self.over.done():
            self.over.set_result(None)

    def feed(self, data: bytes) -> None:
        """Send all of the input and end it; a program need not read it."""
        pipe = None if self._transport is None else self._transport.get_pipe_transport(0)
        if isinstance(pipe, asyncio.WriteTransport):
            pipe.write(data)
            pipe.close()

    def completed(self) -> Completed:
        """Give how it ended; asked when it has."""
        return Completed(self.status or 0, bytes(self._said[1]), bytes(self._said[2]), self._truncated)

    async def stop(self) -> None:
        """Kill what runs, close the pipes and collect the program, however often the caller is cancelled meanwhile."""
        if self._transport is None:
            return
        if self.status is None:
            self._end()
        else:
            self._transport.close()
        while not self.over.done():
            try:
                await asyncio.shield(self.over)
            except asyncio.CancelledError:
                continue
        if self._timer is not None:
            self._timer.cancel()
        self._transport.close()

    def _end(self) -> None:
        """Ask for the end where that is worth the wait, and see to it."""
        if self._transport is None:
            return
        if self._patience:
            self._transport.terminate()
            self._timer = self._loop.call_later(self._patience, self._close)
        else:
            self._close()

    def _close(self) -> None:
        if self._transport is not None and not self.over.done():
            self._kill_group()
            self._transport.close()

    def _kill_group(self) -> None:
        if self._transport is None:
            return
        try:
            if hasattr(os, "killpg"):
                os.killpg(self._transport.get_pid(), signal.SIGKILL)
            else:
                self._transport.kill()
        except (ProcessLookupError, PermissionError):
            return  # nobody is left; macOS says EPERM of a group of zombies
