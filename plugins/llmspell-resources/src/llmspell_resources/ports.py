"""The ports of a component with its budgets around them: connections, processes, bytes written."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from llmspell_resources.accounts import held, spend

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from llmspell.spec import FileSystem, Http, Processes
    from llmspell.spec.files import OpenFile
    from llmspell.spec.http import Response, StreamResponse
    from llmspell.spec.process import Completed
    from llmspell_resources.accounts import Account


class MeteredHttp:
    """HTTP of which so many requests are under way at once."""

    __slots__ = ("_accounts", "_port")

    def __init__(self, port: Http, accounts: Sequence[Account]) -> None:
        self._port = port
        self._accounts = accounts

    async def request(self, method: str, url: str, **more: Any) -> Response:
        """Wait for a place, then ask."""
        async with held(self._accounts, "max_network_connections"):
            return await self._port.request(method, url, **more)

    @asynccontextmanager
    async def stream(self, method: str, url: str, **more: Any) -> AsyncIterator[StreamResponse]:
        """Hold a place for as long as the answer is open."""
        async with held(self._accounts, "max_network_connections"), self._port.stream(method, url, **more) as response:
            yield response

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


class MeteredProcesses:
    """Programs of which so many run at once."""

    __slots__ = ("_accounts", "_port")

    def __init__(self, port: Processes, accounts: Sequence[Account]) -> None:
        self._port = port
        self._accounts = accounts

    async def run(self, argv: Sequence[str], **more: Any) -> Completed:
        """Wait for a place, then run."""
        async with held(self._accounts, "max_processes"):
            return await self._port.run(argv, **more)

    async def pipe(self, commands: Sequence[Sequence[str]], **more: Any) -> Completed:
        """Wait for one place, then run; pipelines that took a place for each program could wait for one another."""
        async with held(self._accounts, "max_processes"):
            return await self._port.pipe(commands, **more)


class MeteredFiles:
    """Files to which so many bytes may be written; what is removed again has been written all the same."""

    __slots__ = ("_accounts", "_port")

    def __init__(self, port: FileSystem, accounts: Sequence[Account]) -> None:
        self._port = port
        self._accounts = accounts

    async def write(self, path: str, data: bytes, **more: Any) -> None:
        """Count the bytes, then write them."""
        spend(self._accounts, "max_disk_usage", len(data))
        await self._port.write(path, data, **more)

    @asynccontextmanager
    async def open(self, path: str, mode: Any = "r") -> AsyncIterator[Any]:
        """Open a file whose writes are counted."""
        async with self._port.open(path, mode) as file:
            yield file if mode == "r" else MeteredFile(file, self._accounts)

    @asynccontextmanager
    async def atomic(self, path: str, **more: Any) -> AsyncIterator[Any]:
        """Open a new file whose writes are counted."""
        async with self._port.atomic(path, **more) as file:
            yield MeteredFile(file, self._accounts)

    async def copy(self, source: str, target: str, **more: Any) -> None:
        """Count the bytes of the source, then copy them."""
        spend(self._accounts, "max_disk_usage", (await self._port.stat(source)).size)
        await self._port.copy(source, target, **more)

    def within(self, path: str) -> MeteredFiles:
        """Give the files below a folder, with the same budgets."""
        return MeteredFiles(self._port.within(path), self._accounts)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._port, name)


class MeteredFile:
    """An open file whose writes are counted."""

    __slots__ = ("_accounts", "_file")

    def __init__(self, file: OpenFile, accounts: Sequence[Account]) -> None:
        self._file = file
        self._accounts = accounts

    async def write(self, data: bytes) -> int:
        """Count the bytes, then write them."""
        spend(self._accounts, "max_disk_usage", len(data))
        return await self._file.write(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
