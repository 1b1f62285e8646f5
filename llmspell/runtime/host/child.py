"""The machine in a child process: taken clean, watched from outside, killed when it passes a limit."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import TYPE_CHECKING

from llmspell.errors import ScriptError, ScriptResourceError, ScriptTimeoutError
from llmspell.runtime.host.death import explain
from llmspell.runtime.host.process import EngineProcess
from llmspell.runtime.host.watch import Watchdog
from llmspell.spec.wire import HEADER, WireError, decode_frame, encode_frame, frame_size
from llmspell.spec.wire_shapes import check_guest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llmspell.errors import LlmspellError
    from llmspell.runtime.host.limits import Limits
    from llmspell.runtime.host.spares import Spares
    from llmspell.spec.descriptor import Component
    from llmspell.spec.wire import Message

_CROWD = 64 * 1024  # bytes that wait for the pipe; asyncio's own bound, above which `drain` waits
_STDERR_CAP = 16 * 1024


class ChildChannel:
    """Speak frames over a socket pair with `llmspell.spec.engine_child`."""

    isolation = "process"

    def __init__(self, engine: EngineProcess, limits: Limits) -> None:
        self.limits = limits
        self.on_post: Callable[[Message], None] | None = None
        self._engine = engine
        self._process, self._reader, self._writer = engine.process, engine.reader, engine.writer
        self._cause: LlmspellError | None = None
        self._stderr = b""
        self._stderr_task = asyncio.create_task(self._drain_stderr())
        self._watchdog = Watchdog(engine.process.pid, limits, self.kill, engine.resident_base)
        self._owed = 0  # frames sent and not yet answered with `idle`
        self._size: int | None = None  # of the frame whose header was read
        self._printed = 0
        self._closed = False
        self._begun: Callable[[], None] | None = None

    @classmethod
    async def start(cls, engine: Component, limits: Limits, spares: Spares | None = None) -> ChildChannel:
        """Take a process that waits, or start one, and bind it to the run."""
        taken = None if spares is None else await spares.take(engine)
        process = taken or await EngineProcess.start(engine)
        process.bound(limits)
        channel = cls(process, limits)
        channel._begun = None if spares is None else partial(spares.follow, engine)
        channel._watchdog.start()
        return channel

    @property
    def pid(self) -> int:
        """Give the child's process id."""
        return self._process.pid

    @property
    def congested(self) -> bool:
        """Tell whether the pipe is full and this process holds what does not fit."""
        return self._writer.transport.get_write_buffer_size() > _CROWD

    @property
    def resting(self) -> bool:
        """Tell whether every frame was answered, or none will be any more."""
        return self._owed == 0 or self._cause is not None

    def write(self, messages: Sequence[Message]) -> None:
        """Write one frame; what the pipe does not hold waits in this process."""
        if self._cause is not None:
            raise self._cause
        try:
            frame = encode_frame(list(messages))
        except WireError as error:
            raise ScriptResourceError(str(error)) from error
        self._owed += 1
        self._watchdog.expect(owed=True)
        self._writer.write(frame)

    async def send(self, messages: Sequence[Message]) -> None:
        """Write one frame and wait while the pipe is full."""
        try:
            self.write(messages)
            await self._writer.drain()
        except (ConnectionError, RuntimeError):
            raise await self._died() from None

    async def receive(self) -> list[Message]:
        """Read frames until one has messages."""
        while True:
            if self._cause is not None:
                raise await self._died()
            try:
                messages = decode_frame(await self._read_frame())
                check_guest(messages)
            except (asyncio.IncompleteReadError, ConnectionError):
                raise await self._died() from None
            except WireError as error:
                self.kill(ScriptResourceError(f"the script engine sent what cannot be taken: {error}"))
                continue
            if messages and messages[-1]["t"] == "idle":
                messages.pop()
                self._owed -= 1
                self._watchdog.expect(owed=self._owed > 0)
            if self._begun is not None:
                self._begun()
                self._begun = None
            self._count_output(messages)
            if messages:
                return messages

    def heard(self) -> list[Message]:
        """Give nothing: the answer of another process does not come before the loop turns."""
        return []

    async def _read_frame(self) -> bytes:
        """Read the body of the next frame; a cancelled read is taken up again where it was."""
        if self._size is None:
            self._size = frame_size(await self._reader.readexactly(HEADER))
        body = await self._reader.readexactly(self._size)
        self._size = None
        return body

    def interrupt(self) -> None:
        """Send SIGINT to the child, whose engine ends what it runs."""
        self._engine.interrupt()

    def kill(self, cause: LlmspellError | None = None) -> None:
        """Send SIGKILL to the child's whole process group."""
        if self._cause is None:
            self._cause = cause or ScriptError("the spell was stopped")
        self._engine.kill()

    async def aclose(self) -> None:
        """Close the pipe, kill what is left and reap it."""
        if self._closed:
            return
        self._closed = True
        self._watchdog.stop()
        self.kill(ScriptError("the spell has ended"))
        await self._engine.aclose()
        await self._stderr_task

    def _count_output(self, messages: list[Message]) -> None:
        self._printed += sum(len(one["args"][0]) for one in messages if one.get("op") == "print" and one.get("args"))
        if self._printed > self.limits.output:
            self.kill(ScriptResourceError(f"the spell printed more than {self.limits.output} bytes"))

    async def _died(self) -> LlmspellError:
        """Wait for the process and give the one error that says why it is gone."""
        if self._cause is None and self._process.returncode is None:
            # The pipe is closed: nothing it does from here on can reach us.
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._process.wait(), 1.0)
            if self._process.returncode is None:
                hint = "run with --verbose to see what it wrote"
                self.kill(
                    ScriptTimeoutError("the script engine closed its pipe and went on running", suggestions=[hint])
                )
        await self._process.wait()
        await self._stderr_task
        if self._cause is None:
            self._cause = explain(self._process.returncode or 0, self._stderr.decode("utf-8", "replace"), self.limits)
        return self._cause

    async def _drain_stderr(self) -> None:
        """Keep the first part of what the child says on stderr, and read the rest away so that it never blocks."""
        stream = self._process.stderr
        while stream is not None and (data := await stream.read(4096)):
            if len(self._stderr) < _STDERR_CAP:
                self._stderr += data
