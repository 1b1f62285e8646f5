"""Files at a terminal: what is denied is asked for, and done again when the user grants it.

Every verb of the port checks all its rights before it changes anything, so a denied one has done nothing yet.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, TypeVar, cast

from llmspell.errors import PermissionDeniedError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from llmspell.services.permissions import Grants
    from llmspell.spec.files import FileSystem

T = TypeVar("T")
TRIES = 16
"""Rights that one verb may be asked for: a chain of links has a target each."""

_BLOCKS = frozenset({"open", "atomic"})
_STREAMS = frozenset({"walk", "watch"})


def asking(files: FileSystem, grants: Grants) -> FileSystem:
    """Give the same files, which ask."""
    return cast("FileSystem", _Asking(files, grants))


class _Asking:
    """Stand before a file port; `within` confines it and goes on asking."""

    __slots__ = ("_files", "_grants")

    def __init__(self, files: FileSystem, grants: Grants) -> None:
        self._files = files
        self._grants = grants

    def __getattr__(self, name: str) -> Any:
        verb = getattr(self._files, name)
        if name in _BLOCKS:
            return partial(self._block, verb)
        if name in _STREAMS:
            return partial(self._stream, verb)
        return partial(self._again, verb) if iscoroutinefunction(verb) else verb

    def within(self, path: str) -> FileSystem:
        """Give the same files confined to a folder, which ask, too."""
        return asking(self._files.within(path), self._grants)

    async def _again(self, verb: Callable[..., Awaitable[T]], *args: Any, **options: Any) -> T:
        for _ in range(TRIES):
            try:
                return await verb(*args, **options)
            except PermissionDeniedError as error:
                if not await self._grants.asked(error):
                    raise
        return await verb(*args, **options)

    @asynccontextmanager
    async def _block(
        self, verb: Callable[..., AbstractAsyncContextManager[T]], *args: Any, **options: Any
    ) -> AsyncIterator[T]:
        async def enter() -> tuple[AbstractAsyncContextManager[T], T]:
            block = verb(*args, **options)
            return block, await block.__aenter__()

        block, file = await self._again(enter)
        try:
            yield file
        except BaseException as error:
            if not await block.__aexit__(type(error), error, error.__traceback__):
                raise
        else:
            await block.__aexit__(None, None, None)

    async def _stream(self, verb: Callable[..., AsyncGenerator[T]], *args: Any, **options: Any) -> AsyncGenerator[T]:
        async def begin() -> tuple[AsyncGenerator[T], list[T]]:
            items = verb(*args, **options)
            return items, [item async for item in _first(items)]

        items, first = await self._again(begin)
        try:
            for item in first:
                yield item
            if first:
                async for item in items:
                    yield item
        finally:
            await items.aclose()


async def _first(items: AsyncGenerator[T]) -> AsyncGenerator[T]:
    """Take one item, if there is one, and leave the rest where it is."""
    try:
        yield await anext(items)
    except StopAsyncIteration:
        return
