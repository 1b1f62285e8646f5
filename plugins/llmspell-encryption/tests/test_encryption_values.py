"""Values as they are stored: what cannot be read back, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmspell.builtin.memory import MemoryStorage
from llmspell.errors import EncryptionError, EncryptionKeyError
from llmspell.spec.encryptions import KEYS
from llmspell_encryption.cipher import OVERHEAD, Sealer
from llmspell_encryption.records import key_of

from .stores import OTHER, filled, over, wrappings

VECTORS = [
    (b"\x01" * 32, b"", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"),
    (b"\x03" * 32, b"c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"),
]
"""Those of https://c2sp.org/XAES-256-GCM: the mask of the first key needs no reduction, that of the second one does."""
NONCE = b"ABCDEFGHIJKLMNOPQRSTUVWX"


@pytest.mark.parametrize(("key", "about", "sealed"), VECTORS)
def test_the_cipher_is_xaes(key: bytes, about: bytes, sealed: str) -> None:
    sealer = Sealer(key, lambda _: NONCE)
    assert sealer.seal(b"XAES-256-GCM", about) == NONCE + bytes.fromhex(sealed)
    assert sealer.unseal(NONCE + bytes.fromhex(sealed), about) == b"XAES-256-GCM"
    assert sealer.unseal(NONCE + bytes.fromhex(sealed), about + b"!") is None


@given(data=st.binary(max_size=200), about=st.binary(max_size=20), at=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(deadline=None)
def test_a_flipped_bit_is_refused(data: bytes, about: bytes, at: int, bit: int) -> None:
    sealer = Sealer(b"k" * 32, lambda count: b"n" * count)
    sealed = bytearray(sealer.seal(data, about))
    assert len(sealed) == len(data) + OVERHEAD
    sealed[at % len(sealed)] ^= 1 << bit
    assert sealer.unseal(bytes(sealed), about) is None


async def test_nothing_of_a_value_is_stored_and_its_name_is() -> None:
    inner, store = await filled(0)
    await store.put("public name", b"private value")
    await store.put("again", b"private value")
    stored = {key: data async for key, data in inner.scan()}
    assert b"private" not in b"".join(stored.values())
    assert "public name" in stored
    assert stored["again"] != stored["public name"]


async def test_every_flip_and_every_cut_is_refused() -> None:
    inner, store = await filled(1)
    data = await inner.get("k000")
    assert data is not None
    for at in range(len(data)):
        await inner.put("k000", data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(EncryptionError):
            await store.get("k000")
        await inner.put("k000", data[:at])
        with pytest.raises(EncryptionError):
            await store.get("k000")
    await inner.put("k000", data + b"\0")
    with pytest.raises(EncryptionError):
        await store.get("k000")
    await inner.put("k000", data)
    assert await store.get("k000") == b"value 0"


async def test_a_value_of_another_key_or_another_store_is_refused() -> None:
    inner, store = await filled(2)
    other, _ = await filled(2)
    mine, foreign = await inner.get("k001") or b"", await other.get("k001") or b""
    for moved, key in ((mine, "k000"), (foreign, "k001")):
        await inner.put(key, moved)
        with pytest.raises(EncryptionError, match="not the one that was written last"):
            await store.get(key)
        with pytest.raises(EncryptionError, match="moved here"):
            store._seal.decode(key, moved)


@pytest.mark.parametrize("forged", [b"plain", b"", b"\x00llrplain", b"\x00llx", b"\x00llx\x01\0\0\0\x01", b"\x00llz"])
async def test_what_is_not_encrypted_is_refused(forged: bytes) -> None:
    inner, store = await filled(1)
    await inner.put("k000", forged)
    with pytest.raises(EncryptionError):
        await store.get("k000")
    with pytest.raises(EncryptionError):
        [pair async for pair in store.scan()]
    with pytest.raises(EncryptionError):
        await store.verify()
    assert await store.delete("k000")
    assert await store.get("k000") is None


async def test_every_flip_of_the_header_is_refused() -> None:
    inner, _ = await filled(1)
    header = await inner.get(KEYS)
    assert header is not None
    for at in range(len(header)):
        await inner.put(KEYS, header[:at] + bytes([header[at] ^ 1]) + header[at + 1 :])
        with pytest.raises(EncryptionError):
            await over(inner)
    for at in (0, 1, len(header) // 2, len(header) - 1):
        await inner.put(KEYS, header[:at])
        with pytest.raises(EncryptionError):
            await over(inner)


async def test_a_removed_header_is_told_and_not_replaced() -> None:
    inner, store = await filled(1)
    await inner.delete(KEYS)
    with pytest.raises(EncryptionError, match="header with their keys is gone"):
        await over(inner)
    with pytest.raises(EncryptionError):
        await store.put("new", b"1")
    assert await inner.get("new") is None


async def test_the_mark_of_coded_values_is_put_back() -> None:
    inner, _ = await filled(1)
    await inner.delete("\x1fcodecs")
    store = await over(inner)
    assert await store.get("k000") == b"value 0"
    assert await inner.get("\x1fcodecs") is not None


async def test_another_key_is_told_by_name() -> None:
    inner, _ = await filled(1)
    with pytest.raises(EncryptionKeyError) as told:
        await over(inner, wrappings(OTHER))
    assert set(told.value.context) == {"wanted", "given"}
    assert all(len(str(name)) == 8 for name in told.value.context.values())
    assert OTHER not in str(told.value)


async def test_the_number_of_a_key_is_read_off_a_value() -> None:
    inner, _ = await filled(1)
    assert key_of(await inner.get("k000") or b"") == 1
    assert key_of(b"plain") is None
    assert await MemoryStorage().get("k000") is None
