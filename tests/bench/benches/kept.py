"""What is encrypted, and what is written down: puts and gets of 1 KB under encryption, an operation with an audit log.

The floor of the first two is the same store without encryption, that of the third the same operation without a log.
"""

from __future__ import annotations

import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.builtin.memory import MemoryStorage
from llmspell.model.call import Call
from llmspell.runtime.ops import perform
from llmspell.runtime.store_sealed import sealed
from llmspell.spec.storage_codecs import Layers
from llmspell.testing import open_context
from llmspell_storage_sqlite.store import SqliteStorage, store_file
from tests.bench.benches.storage import Ours
from tests.bench.budget import OURS
from tests.bench.samples import contest, repeated

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from llmspell.runtime.context import CallContext
    from llmspell.spec.encryptions import Encryption
    from llmspell.spec.storages import Storage
    from tests.bench.contestants import Peers
    from tests.bench.samples import Samples

TIMES = 500
KEY = {"storage.encryption.master_key": "5a" * 32}


async def core(_call: Call, _ctx: object) -> object:
    """Be the operation itself."""
    return None


async def measure(_peers: Peers) -> dict[str, Samples]:
    """Open stores and applications in one folder of the disk we work on and take turns."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=Path.cwd())))
        ctx = await stack.enter_async_context(open_context(config=KEY))
        encryption = await ctx.app.stores.encryption()
        if encryption is None:
            raise LookupError("llmspell-encryption is not installed")
        found: dict[str, Samples] = {}
        for name, stores in {"memory": _memory, "SQLite": _sqlite}.items():
            plain, secret = await stores(stack, folder, encryption)
            for verb in ("put", "get"):
                turns = {OURS: getattr(Ours(secret), verb), "plain": getattr(Ours(plain), verb)}
                found[f"encrypted {verb}, {name}"] = await contest(turns)
        places = {"audit.path": str(folder / "audit.jsonl"), "audit.anchor": str(folder / "audit.anchor")}
        logged = await stack.enter_async_context(open_context(config={"audit.enabled": True, **places}))
        turns = {OURS: repeated(_operation(logged), TIMES), "no log": repeated(_operation(ctx), TIMES)}
        return {**found, "operation, audit log": await contest(turns)}


async def _memory(_stack: AsyncExitStack, _folder: Path, encryption: Encryption) -> tuple[Storage, Storage]:
    return MemoryStorage(), await sealed(MemoryStorage(), Layers([]), encryption)


async def _sqlite(stack: AsyncExitStack, folder: Path, encryption: Encryption) -> tuple[Storage, Storage]:
    plain, inner = SqliteStorage(), SqliteStorage()
    for name, store in {"plain": plain, "secret": inner}.items():
        (folder / name).mkdir()
        await store.open_file(store_file(folder / name))
        stack.push_async_callback(store.aclose)
    return plain, await sealed(inner, Layers([]), encryption)


def _operation(ctx: CallContext) -> Callable[[], Awaitable[object]]:
    return lambda: perform(ctx, Call("handoff", "bench", {"text": "x" * 100}), core)
