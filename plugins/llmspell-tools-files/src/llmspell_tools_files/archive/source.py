"""An open file of the file port as the blocking file that archive readers need, for a worker thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from llmspell_tools_files.archive.faults import broken

if TYPE_CHECKING:
    from llmspell.spec.files import OpenFile

_BLOCK = 1 << 16
"""Bytes fetched at once: so much the file port reads where it is, without a second thread to wait for."""


class Source:
    """Read and seek from a worker thread, while the loop does the work.

    After `close` a fetch fails: a thread that was left behind by a cancelled call must not read from a descriptor that
    by now is another file's.
    """

    def __init__(self, file: OpenFile, size: int, largest: int) -> None:
        self._file = file
        self._loop = asyncio.get_running_loop()
        self._largest = largest
        self._position = 0
        self._start = 0
        self._held = b""
        self._closed = False
        self.size = size

    def read(self, size: int = -1) -> bytes:
        """Read `size` bytes, fewer only at the end; more than the largest allowed at once is a fault of the archive."""
        wanted = self.size - self._position if size < 0 else size
        if wanted > self._largest:
            raise broken("its table of contents is larger than the number of entries allowed here can need")
        parts: list[bytes] = []
        while wanted > 0:
            part = self._some()[:wanted]
            if not part:
                break
            parts.append(part)
            wanted -= len(part)
            self._position += len(part)
        return b"".join(parts)

    def _some(self) -> bytes:
        """Give what is held of the file from the position on, fetching a block when it is nothing."""
        offset = self._position - self._start
        if not 0 <= offset < len(self._held):
            self._held = asyncio.run_coroutine_threadsafe(self._fetch(self._position), self._loop).result()
            self._start, offset = self._position, 0
        return self._held[offset:] if offset else self._held

    async def _fetch(self, position: int) -> bytes:
        if self._closed:
            message = "the archive is closed"
            raise ValueError(message)
        await self._file.seek(position)
        return await self._file.read(_BLOCK)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to an offset counted from the start (0), from here (1) or from the end (2)."""
        start = (0, self._position, self.size)[whence]
        if start + offset < 0:
            message = "a seek before the start"
            raise OSError(message)
        self._position = start + offset
        return self._position

    def tell(self) -> int:
        """Tell the position."""
        return self._position

    def seekable(self) -> bool:
        """Say that `seek` works."""
        return True

    def close(self) -> None:
        """Fetch nothing more."""
        self._closed = True
