"""The encryption of one store: values as they pass, and the keys as they change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.errors import EncryptionError, StorageConflictError
from llmspell.spec.encryptions import KEYS, OPEN_KEYS, Rewritten, is_listing
from llmspell.spec.storages import Operation
from llmspell_encryption.cipher import KEY
from llmspell_encryption.keyring import STORE, Key, Keyring, written
from llmspell_encryption.records import Records, key_of, mark_of
from llmspell_encryption.rewriting import BATCH, Rewriting

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.spec.encryptions import Listing
    from llmspell.spec.storages import Storage
    from llmspell_encryption.keyring import State, Wrapping
    from llmspell_encryption.wrappings import Wrappings


class OpenSeal:
    """Implement `llmspell.spec.encryptions.Seal` for one store whose header was read."""

    def __init__(self, store: Storage, header: bytes, wrappings: Wrappings) -> None:
        self._store = store
        self._wrappings = wrappings
        self.mark = mark_of
        self._take(header)

    def _take(self, header: bytes) -> None:
        self.header = header
        self.ring, self.wrapping = self._wrappings.read(header)
        self.records = Records(self.ring, self._wrappings.random)
        self.encode, self.decode = self.records.write, self.records.read

    async def refresh(self) -> bool:
        """Read the header again and tell whether it is another one."""
        header = await self._store.get(KEYS)
        if header == self.header:
            return False
        if header is None:
            raise EncryptionError(
                "the header of the encrypted store is gone, and with it all of its keys",
                suggestions=["restore a backup of the store"],
            )
        self._take(header)
        return True

    async def change(self, ring: Keyring, wrapping: Wrapping) -> None:
        """Write another header in the place of this one; raises `EncryptionError` when somebody else did."""
        header = written(ring, wrapping, self._wrappings.random)
        try:
            await self._store.transaction([Operation("check", KEYS, self.header), Operation("put", KEYS, header)])
        except StorageConflictError as error:
            message = "another process changed the keys of the store at the same time"
            raise EncryptionError(message, suggestions=["run this again"]) from error
        self._take(header)

    async def rotate(
        self, told: Callable[[int], None], now: float, *, reencrypt: bool, batch: int = BATCH
    ) -> Rewritten:
        """Begin a new key, wrapped with the configured one; with `reencrypt` bring all values under it.

        One that was interrupted goes on under the key that it began.
        """
        current = self._wrappings.current(self.wrapping)
        if not (reencrypt and self.ring.state == "reencrypting"):
            state: State = "reencrypting" if reencrypt else self.ring.state
            ring = self.ring._replace(state=state).with_key(self._wrappings.random(KEY), now)
            await self.change(ring, current)
        elif current.name != self.wrapping.name:
            await self.change(self.ring, current)
        return await self._reencrypt(told, batch) if reencrypt else Rewritten(0, self.ring.active)

    async def _reencrypt(self, told: Callable[[int], None], batch: int) -> Rewritten:
        """Write every value under the active key, and then forget the others."""
        active = self.ring.active

        def anew(key: str, data: bytes) -> bytes | None:
            return None if key_of(data) == active else self.records.anew(key, data)

        rewriting = Rewriting(self._store, self.header, anew, told, batch=batch)
        await rewriting.run()
        await self.change(self.ring.without_old(), self.wrapping)
        return Rewritten(rewriting.values, active)

    async def encrypt(self, told: Callable[[int], None], listing: Listing, *, batch: int = BATCH) -> Rewritten:
        """Encrypt what is not, list it, and refuse from then on what is not encrypted."""

        def anew(key: str, data: bytes) -> bytes | None:
            if key_of(data) is None:
                return self.encode(key, data)
            self.decode(key, data)  # what only looks encrypted must not stay
            return None

        rewriting = Rewriting(self._store, self.header, anew, told, batch=batch)
        await rewriting.run()
        await listing(self)
        await self.change(self.ring._replace(state="sealed"), self.wrapping)
        return Rewritten(rewriting.values, self.ring.active)

    def status(self) -> dict[str, Any]:
        """Tell of the keys, and of what is under way."""
        keys = [{"id": one.id, "made": one.made, "active": one.id == self.ring.active} for one in self.ring.keys]
        return {
            "state": self.ring.state,
            "wrapped_with": self.wrapping.name,
            "how": self.wrapping.recipe["how"],
            "configured": self._wrappings.current(self.wrapping).name,
            "keys": keys,
        }


async def begin(store: Storage, wrappings: Wrappings, now: float, state: State) -> bytes:
    """Give a store without a header its first key, and give the header that it has then."""
    random = wrappings.random
    ring = Keyring(random(STORE), (Key(1, random(KEY), now),), 1, state)
    header = written(ring, wrappings.new(), random)
    try:
        await store.transaction([Operation("absent", KEYS), Operation("put", KEYS, header)])
    except StorageConflictError:  # another process was faster
        header = await store.get(KEYS) or b""
    return header


async def holdings(store: Storage) -> tuple[int, int]:
    """Count the values of a store, and those of them that are encrypted."""
    values = encrypted = 0
    async for key, data in store.scan():
        if key not in OPEN_KEYS and not is_listing(key):
            values += 1
            encrypted += key_of(data) is not None
    return values, encrypted
