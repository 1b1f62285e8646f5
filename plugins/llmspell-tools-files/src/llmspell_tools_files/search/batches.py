"""Go through files in order and search them, a batch at a time; with an index, most need not be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.errors import LlmspellError
from llmspell_tools_files.search.matching import Found, Request, Text, search_batch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell.spec.context import Context
    from llmspell.spec.files import FileInfo
    from llmspell_tools_files.search.index import Index, Record
    from llmspell_tools_files.search.required import Wanted

_BATCH_BYTES = 1 << 20
_BATCH_FILES = 64


class Search:
    """One search and what it has found so far.

    Batches are cut by what the folder says of the files, so a search with an index goes the same steps as one without.
    """

    def __init__(self, ctx: Context, request: Request, largest: int) -> None:
        self._ctx = ctx
        self._request = request
        self._largest = largest
        self._index: Index | None = None
        self._wanted: Wanted = ()
        self.stop_after: int | None = None
        self.searched = self.total = 0
        self.matches: list[dict[str, Any]] = []
        self.counts: dict[str, int] = {}
        self.skipped = {"binary": 0, "large": 0, "unreadable": 0}
        self.unreadable: list[dict[str, str]] = []

    def use(self, index: Index, wanted: Wanted) -> None:
        """Take an index to help, and what a text must hold to match."""
        self._index = index
        self._wanted = wanted

    async def run(self, files: AsyncIterator[FileInfo]) -> bool:
        """Search; tells whether all files were looked at."""
        async for batch in _batches(files):
            for found in await self._search(batch):
                self._count(found)
                if self.stop_after is not None and len(self.matches) > self.stop_after:
                    return False  # there is more than may be returned: the rest is not worth reading
            self._ctx.progress(self.searched, None, f"{self.total} matches")
        return True

    async def _search(self, batch: list[FileInfo]) -> list[Found]:
        """Give what each file of a batch holds, in order."""
        known = await self._known(batch)
        began = self._ctx.clock.now()
        read = [await self._begin(info, record) for info, record in zip(batch, known, strict=True)]
        texts = [one for one in read if isinstance(one, Text)]
        searched = iter(await self._ctx.blocking(search_batch, texts, self._request) if texts else ())
        found = [next(searched) if isinstance(one, Text) else one for one in read]
        if self._index is not None:
            fresh = [
                (info, one)
                for info, text, one in zip(batch, read, found, strict=True)
                if isinstance(text, Text) and text.filtered and len(text.data) == info.size
            ]
            await self._index.keep(fresh, began)
        return found

    async def _known(self, batch: list[FileInfo]) -> list[Record | None]:
        if self._index is None:
            return [None] * len(batch)
        return await self._index.known(batch)

    async def _begin(self, info: FileInfo, record: Record | None) -> Text | Found:
        """Give what can be told of a file without reading it, or its text."""
        if info.size > self._largest:
            return Found(info.path, skipped="large")
        if self._index is not None and record is not None and not record.may_match(self._wanted):
            self._index.skipped += 1
            return Found(info.path, skipped="binary" if record.binary else "")
        try:
            data = await self._ctx.fs.read(info.path, limit=self._largest)
        except LlmspellError as error:
            return Found(info.path, skipped="unreadable", reason=error.message)
        return Text(info.path, data, filtered=self._index is not None and record is None)

    def _count(self, found: Found) -> None:
        if found.skipped:
            self.skipped[found.skipped] += 1
            if found.skipped == "unreadable":
                self.unreadable.append({"path": found.path, "reason": found.reason})
            return
        self.searched += 1
        if found.total:
            self.total += found.total
            self.counts[found.path] = found.total
            self.matches += found.matches


async def _batches(files: AsyncIterator[FileInfo]) -> AsyncIterator[list[FileInfo]]:
    """Cut files into batches of about a megabyte: one trip to a thread for many small ones."""
    batch: list[FileInfo] = []
    held = 0
    async for info in files:
        batch.append(info)
        held += info.size
        if held >= _BATCH_BYTES or len(batch) >= _BATCH_FILES:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch
