"""A way to a server that breaks at the n-th piece: what a store on a server does when it is lost at any one moment."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from llmspell.errors import StorageConflictError, StorageError
from llmspell.spec.storages import Operation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from llmspell.spec.storages import Storage

PIECE = 1 << 16
Value = bytes | None


class CuttingWay:
    """Pass on what clients and a server on this machine say, from `port`; break the connection of the n-th piece.

    `seen` counts the pieces of both directions, over all connections, since `cut_at`. Half of the piece still arrives
    when `half` is set.
    """

    def __init__(self, server: int) -> None:
        self._to = server
        self._at = 0
        self._half = False
        self._listening: asyncio.Server | None = None
        self._open: dict[asyncio.Task[None], list[asyncio.StreamWriter]] = {}
        self.port = self.seen = 0

    async def __aenter__(self) -> Self:
        self._listening = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._listening.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._listening is not None
        self._listening.close()
        for writers in self._open.values():
            _break(writers)
        await asyncio.gather(*self._open)

    def cut_at(self, number: int, *, half: bool = False) -> None:
        """Break at the n-th piece from now on, 0 for never."""
        self.seen, self._at, self._half = 0, number, half

    async def _connected(self, asking: asyncio.StreamReader, answering: asyncio.StreamWriter) -> None:
        own = asyncio.current_task()
        assert own is not None
        there, back = await asyncio.open_connection("127.0.0.1", self._to)
        self._open[own] = [back, answering]
        ways = [asyncio.create_task(way) for way in (self._pass(asking, back), self._pass(there, answering))]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        _break(self._open.pop(own))
        await asyncio.wait(ways)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):  # the other way was broken
            while data := await reader.read(PIECE):
                self.seen += 1
                if self.seen == self._at:
                    if self._half:
                        writer.write(data[: len(data) // 2])
                        await writer.drain()
                    return
                writer.write(data)
                await writer.drain()


def _break(writers: Iterable[asyncio.StreamWriter]) -> None:
    for writer in writers:
        writer.transport.abort()


class Knowing:
    """Use a store that may fail, and know what each key may hold: one value, or two when an answer was lost."""

    def __init__(self, store: Storage, prefix: str) -> None:
        self._store = store
        self._prefix = prefix
        self.possible: dict[str, set[Value]] = {}
        self.failed = 0

    async def _try(
        self, work: Awaitable[object], keys: Iterable[str], change: Callable[[str, Value], Value]
    ) -> StorageError | None:
        new = {key: {change(key, old) for old in self.possible.get(key, {None})} for key in keys}
        try:
            await work
        except StorageError as error:
            self.failed += 1
            for key, values in new.items():
                self.possible[key] = self.possible.get(key, {None}) | values
            return error
        self.possible.update(new)
        return None

    async def write(self, pairs: dict[str, bytes]) -> None:
        """Write several values in one step."""
        steps = [Operation("put", self._prefix + key, value) for key, value in pairs.items()]
        await self._try(self._store.transaction(steps), pairs, lambda key, _: pairs[key])

    async def claim(self, key: str, value: bytes) -> None:
        """Write a value where there is none; who is told that there is one knows that an earlier write was made."""
        full = self._prefix + key
        error = await self._try(
            self._store.transaction([Operation("absent", full), Operation("put", full, value)]),
            [key],
            lambda _, old: value if old is None else old,
        )
        assert not isinstance(error, StorageConflictError)

    async def count(self, key: str) -> None:
        """Count up by one."""
        await self._try(self._store.increment(self._prefix + key), [key], lambda _, old: b"%d" % (int(old or 0) + 1))

    async def remove(self, key: str) -> None:
        """Remove a key."""
        await self._try(self._store.delete(self._prefix + key), [key], lambda _, __: None)

    async def look(self) -> None:
        """Read every key in every way: reading goes on after one loss, and gives what may be there."""
        for key, values in self.possible.items():
            found = await self._store.get(self._prefix + key)
            assert found in values, (key, found, values)
            self.possible[key] = {found}
        batch = await self._store.get_batch([self._prefix + key for key in self.possible])
        assert {key: {batch.get(self._prefix + key)} for key in self.possible} == self.possible


async def survive_a_cut(store: Storage, prefix: str) -> int:
    """Use a store whose connection may break once, and give the number of writes that failed.

    What was acknowledged is there, what was not may be, a step is made whole or not at all, and no step is made twice.
    """
    known = Knowing(store, prefix)
    await known.write({"a": b"1", "a/twin": b"1"})
    await known.count("n")
    await known.claim("mine", b"claimed")
    await known.look()
    await known.write({"a": b"2" * 3000, "a/twin": b"2" * 3000})
    await known.count("n")
    await known.remove("mine")
    await known.look()
    assert known.possible["a"] == known.possible["a/twin"]
    assert known.failed <= 1, "one loss is met by one call"
    return known.failed
