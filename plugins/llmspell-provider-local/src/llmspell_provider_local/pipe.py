"""Requests to a process that runs a model, and their answers: many at a time over one pair of pipes."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from llmspell.errors import BadRequestError
from llmspell_provider_local.child import RECORD
from llmspell_provider_local.faults import complaints, died, load_error, silent

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

LINE_BYTES = 64 << 20
"""The longest line of an answer: the vectors of many texts."""

TAIL = 4000
"""How many bytes of what the process complained about are kept."""

Json = dict[str, Any]


class Running:
    """A process with a model in it; `users` counts who talks to it."""

    def __init__(self, process: asyncio.subprocess.Process, name: str, timeout: float) -> None:
        self.users = 0
        self.name = name
        self._process = process
        self._in = cast("asyncio.StreamWriter", process.stdin)  # started with three pipes
        self._out = cast("asyncio.StreamReader", process.stdout)
        self._err = cast("asyncio.StreamReader", process.stderr)
        self._timeout = timeout
        self._next = 0
        self._heard = 0
        self._waiting: dict[int, asyncio.Queue[Json | None]] = {}
        self._first: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._said = b""
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._listen())]

    @property
    def alive(self) -> bool:
        """Tell whether it can be asked."""
        return self._process.returncode is None and not self._tasks[0].done()

    async def load(self, wanted: Json) -> None:
        """Have the model loaded. Raises `ProviderError` with the library's complaints when it cannot be."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._send(wanted)
                told = await asyncio.shield(self._first)
        except BaseException as error:
            await self.stop()
            if isinstance(error, TimeoutError):
                raise silent(self.name, "to load", self._timeout) from error
            raise
        if "ready" not in told:
            await self._gone()  # not killed: what it still has to say is why
            await self.stop()
            raise load_error(self.name, told, complaints(self._said), self._process.returncode)

    async def ask(self, verb: str, body: Json) -> AsyncGenerator[Json, None]:
        """Yield the pieces of an answer; leaving early takes the request back."""
        self._next += 1
        number, begun, ended = self._next, False, False
        queue = self._waiting[number] = asyncio.Queue()
        try:
            await self._begin({"id": number, "verb": verb, "body": body})
            while not ended:
                told = await self._piece(queue, begun=begun)
                begun, ended = True, "end" in told
                if "data" in told:
                    yield told["data"]
        finally:
            del self._waiting[number]
            if not ended and self.alive:
                self._write({"cancel": number})  # who leaves does not wait

    async def stop(self) -> None:
        """End the process, whatever it does: it holds nothing that must be kept."""
        if self._tasks[0].done():
            await self._gone()  # it ends by itself; how, would be lost if it were killed in that moment
        self._kill()
        await self._process.wait()
        await asyncio.wait(self._tasks)  # unlike gather, it does not cancel them when it is cancelled

    async def _gone(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timeout):
                await self._process.wait()

    def _kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()

    async def _begin(self, message: Json) -> None:
        try:
            async with asyncio.timeout(self._timeout):
                await self._send(message)
        except TimeoutError as error:
            await self.stop()
            raise silent(self.name, "to take a request", self._timeout) from error

    async def _piece(self, queue: asyncio.Queue[Json | None], *, begun: bool) -> Json:
        """Wait for a piece as long as the process says anything: it may be busy with others first."""
        told: Json | None = None
        while self.alive or not queue.empty():
            heard = self._heard
            try:
                async with asyncio.timeout(self._timeout):
                    told = await queue.get()
                break
            except TimeoutError as error:
                if heard == self._heard:
                    await self.stop()
                    raise silent(self.name, "to answer", self._timeout, begun=begun) from error
        if told is None:
            await self.stop()
            raise died(self.name, complaints(self._said), self._process.returncode)
        return told

    async def _send(self, message: Json) -> None:
        with suppress(ConnectionError):  # it is gone; who waits for the answer is told
            self._write(message)
            await self._in.drain()

    def _write(self, message: Json) -> None:
        try:
            line = json.dumps(message, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise BadRequestError(
                f"the request to {self.name} holds something that has no form in JSON: {error}",
                suggestions=["put only numbers, texts, lists and tables into extra and schemas"],
            ) from error
        self._in.write(line.encode() + b"\n")

    async def _read(self) -> None:
        try:
            while line := await self._out.readline():
                _, mark, told = line.rpartition(RECORD)
                if mark:
                    self._take(json.loads(told))
        except ValueError as error:  # no JSON, or a line beyond the limit: where the next answer begins is lost
            self._said += f"\nits answer cannot be read: {error}".encode()
            self._kill()
        finally:
            if not self._first.done():
                self._first.set_result({})
            for queue in self._waiting.values():
                queue.put_nowait(None)

    def _take(self, told: Json) -> None:
        self._heard += 1
        if "id" in told:
            queue = self._waiting.get(told["id"])
            if queue is not None:  # else it was taken back
                queue.put_nowait(told)
        elif not self._first.done():
            self._first.set_result(told)

    async def _listen(self) -> None:
        while said := await self._err.read(TAIL):
            self._said = (self._said + said)[-TAIL:]
