"""A store that is encrypted: nothing is read but what was written last, nothing written under keys that are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from llmspell.errors import EncryptionError, EncryptionKeyError, StorageConflictError
from llmspell.runtime.store_anchor import Remembered
from llmspell.runtime.store_list import listed, planted
from llmspell.runtime.store_listed import LONGEST_KEY, ListedStorage
from llmspell.runtime.store_wrappers import LARGE, CodedStorage, is_coded, make_coded, say_coded
from llmspell.spec.encryptions import KEYS, OPEN_KEYS, TAG, is_listing
from llmspell.spec.storage_codecs import MARK
from llmspell.spec.storages import Operation, StorageLimits, encoded
from llmspell.spec.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from llmspell.spec.encryptions import Encryption, Rewritten, Seal
    from llmspell.spec.storage_codecs import Layers
    from llmspell.spec.storages import Storage


async def sealed(inner: Storage, layers: Layers, encryption: Encryption, label: str | None = None) -> SealedStorage:
    """Give an encrypted store; raises what `Encryption.attach` and `ListedStorage.begin` raise.

    `label` names the store to what remembers it; without one, nothing does.
    """
    before = await inner.get(KEYS) is not None
    seal = await encryption.attach(inner)
    if not before:
        await make_coded(inner)
    elif not await is_coded(inner):  # all that is there passed through a codec, whoever removed the key that says so
        await say_coded(inner)
    store = ListedStorage(inner, seal, _remembered(encryption, seal, label))
    await store.begin()
    return SealedStorage(store, layers, seal)


def _remembered(encryption: Encryption, seal: Seal, label: str | None) -> Remembered:
    return Remembered(None if label is None else encryption.anchor(label), seal)


async def accepted(inner: Storage, encryption: Encryption, label: str | None, *, ahead: int = 0) -> None:
    """Take an encrypted store as it is for the latest: one that was restored, or put back by who may do so.

    `ahead` is what `changes_of` gave before. Raises what `sealed` raises, but for a store that is behind its anchor.
    """
    seal = await encryption.attach(inner)
    await ListedStorage(inner, seal, _remembered(encryption, seal, label)).accept(ahead)


async def changes_of(inner: Storage, encryption: Encryption) -> int:
    """Tell how often an encrypted store was changed; 0 for one of which that cannot be read."""
    if await inner.get(KEYS) is None:
        return 0
    try:
        seal = await encryption.attach(inner)
        store = ListedStorage(inner, seal, Remembered(None, seal))
        await store.begin()
    except EncryptionError:
        return 0
    return store.changes


async def encrypted(
    inner: Storage, encryption: Encryption, told: Callable[[int], None], label: str | None = None
) -> Rewritten:
    """Encrypt what a store holds, once it says that values may be encoded; raises what `Encryption.encrypt` does.

    What remembers a store of this label takes it for the latest from then on.
    """
    if await inner.get(KEYS) is None:
        await _require_plain(inner)
        await make_coded(inner)
    anew = False

    async def listing(seal: Seal) -> None:
        nonlocal anew
        anew = True
        await list_all(inner, seal)

    done = await encryption.encrypt(inner, told, listing)
    if anew:
        await accepted(inner, encryption, label)
    return done


async def list_all(inner: Storage, seal: Seal) -> None:
    """Give a store of which every value was encrypted its list, in the place of what an interrupted call has left."""
    marks = {}
    old = []
    async for key, data in inner.scan():
        if listed(key):
            marks[key] = seal.mark(data)
        elif is_listing(key):
            old.append(Operation("delete", key))
    await inner.transaction([*old, *planted(seal, marks).steps])


async def _require_plain(inner: Storage) -> None:
    """Refuse a store whose header is gone: its values must not be taken for such as only look encrypted.

    A key that is too long for an encrypted store is a `StorageLimitError`.
    """
    limits = StorageLimits(key=LONGEST_KEY)
    async for key, data in inner.scan():
        encoded(key, limits)
        if data.startswith(MARK + TAG):
            raise EncryptionError(
                f"the value at {key[:80]!r} looks encrypted, and the header with the keys of the store is not there",
                suggestions=["restore a backup of the store", "remove that value, if it is none of an encryption"],
                context={"key": key[:80]},
            )


async def require_open(inner: Storage) -> None:
    """Refuse a store that is encrypted where no encryption is configured; raises `EncryptionKeyError`."""
    if await inner.get(KEYS) is not None:
        raise EncryptionKeyError(
            "the store is encrypted, and the configuration does not say with which key",
            suggestions=["set `[storage.encryption]` as it was when the store was encrypted"],
            context={"wanted": "", "given": ""},
        )


class SealedStorage(CodedStorage):
    """Implement `llmspell.spec.storages.Storage` over a store that an encryption was attached to."""

    def __init__(self, inner: ListedStorage, layers: Layers, seal: Seal) -> None:
        super().__init__(cast("Storage", inner), layers)  # what codecs count and merge, they read and write
        self._seal = seal
        self.closed = inner.closed

    async def _encode(self, key: str, value: bytes) -> bytes:
        data = await super()._encode(key, value)
        if len(data) < LARGE:
            return self._seal.encode(key, data)
        return await in_thread(self._seal.encode, key, data)

    async def _decode(self, key: str, data: bytes | None) -> bytes | None:
        if data is None or key in OPEN_KEYS:
            return data
        try:
            return await self._opened(key, data)
        except EncryptionError:
            if not await self._seal.refresh():
                raise
        return await self._opened(key, data)

    async def _opened(self, key: str, data: bytes) -> bytes | None:
        opened = self._seal.decode(key, data) if len(data) < LARGE else await in_thread(self._seal.decode, key, data)
        return await super()._decode(key, opened)

    async def put(self, key: str, value: bytes) -> None:
        """Write a value."""
        await self.transaction([Operation("put", key, value)])

    async def delete(self, key: str) -> bool:
        """Remove a key, also one whose value cannot be read any more, and tell whether it was there."""
        try:
            return await super().delete(key)
        except EncryptionError:
            return await self._inner.delete(key)

    async def _apply(self, make: Callable[[], Awaitable[list[Operation]]]) -> None:
        """Write what was encrypted under the keys that the store has, again when others changed them meanwhile.

        Without that, a value could be written under a key that a rotation has just forgotten.
        """
        while True:
            header = self._seal.header
            steps = await make()
            try:
                return await self._inner.transaction([Operation("check", KEYS, header), *steps])
            except StorageConflictError as error:
                if error.context.get("key") != KEYS:
                    raise
                if self._seal.header == header and not await self._seal.refresh():
                    raise

    async def restore(self, source: Path) -> None:
        """Replace what is stored by a backup; what is read from then on is what the backup holds, under its keys."""
        await self._inner.restore(source)
        if await self._inner.get(KEYS) is None:
            raise EncryptionError(
                f"{source} was restored, and what it holds is not encrypted",
                suggestions=["encrypt it: llmspell storage encrypt"],
            )
        await self._seal.refresh()
