"""A store that is encrypted: nothing is read that was not, and nothing is written under keys that are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import EncryptionError, EncryptionKeyError, StorageConflictError
from llmspell.runtime.store_wrappers import LARGE, CodedStorage, is_coded, make_coded, say_coded
from llmspell.spec.encryptions import KEYS, OPEN_KEYS, TAG
from llmspell.spec.storage_codecs import MARK
from llmspell.spec.storages import Operation
from llmspell.spec.threads import in_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from llmspell.spec.encryptions import Encryption, Rewritten, Seal
    from llmspell.spec.storage_codecs import Layers
    from llmspell.spec.storages import Storage


async def sealed(inner: Storage, layers: Layers, encryption: Encryption) -> SealedStorage:
    """Give an encrypted store; raises what `Encryption.attach` raises."""
    before = await inner.get(KEYS) is not None
    seal = await encryption.attach(inner)
    if not before:
        await make_coded(inner)
    elif not await is_coded(inner):  # all that is there passed through a codec, whoever removed the key that says so
        await say_coded(inner)
    return SealedStorage(inner, layers, seal)


async def encrypted(inner: Storage, encryption: Encryption, told: Callable[[int], None]) -> Rewritten:
    """Encrypt what a store holds, once it says that values may be encoded; raises what `Encryption.encrypt` does."""
    if await inner.get(KEYS) is None:
        await _require_plain(inner)
        await make_coded(inner)
    return await encryption.encrypt(inner, told)


async def _require_plain(inner: Storage) -> None:
    """Refuse a store whose header is gone: its values must not be taken for such as only look encrypted."""
    async for key, data in inner.scan():
        if data.startswith(MARK + TAG):
            raise EncryptionError(
                f"the value at {key[:80]!r} looks encrypted, and the header with the keys of the store is not there",
                suggestions=["restore a backup of the store", "or remove that value, if it is none of an encryption"],
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

    def __init__(self, inner: Storage, layers: Layers, seal: Seal) -> None:
        super().__init__(inner, layers)
        self._seal = seal

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
