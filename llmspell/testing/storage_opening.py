"""How the contract of a storage back end comes by a store."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from llmspell.testing.contract import Contract

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from llmspell.spec.storages import Storage


class StorageOpening(Contract):
    """Open stores for tests; whose they are is said by a subclass."""

    async def open_storage(self, folder: Path) -> Storage:
        """Give an open, empty store whose files lie in a folder, or the one that is there already."""
        raise NotImplementedError(f"{type(self).__name__} must say how to open its storage")

    async def open_limited(self, folder: Path, size: int) -> Storage:
        """Give an open, empty store that may take so many bytes; asked of those with the capability `size_limit`."""
        raise NotImplementedError(f"{type(self).__name__} must say how to limit the size of its storage")

    @contextlib.asynccontextmanager
    async def opened(self, folder: Path) -> AsyncIterator[Storage]:
        """Open a store for a block."""
        store = await self.open_storage(folder)
        try:
            yield store
        finally:
            await store.aclose()
