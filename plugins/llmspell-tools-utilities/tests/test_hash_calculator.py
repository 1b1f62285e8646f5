from __future__ import annotations

import base64
import hashlib
import hmac
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import PermissionDeniedError, ResourceUnavailableError, ValidationError
from llmspell_tools_utilities.digests import ALGORITHMS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Call = Callable[..., Awaitable[Any]]

DATA = b"The quick brown fox"


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        *(
            (name, hashlib.new(name.replace("sha3-", "sha3_"), DATA).hexdigest())
            for name in ALGORITHMS
            if name.startswith(("md5", "sha1", "sha2", "sha3", "sha5"))
        ),
        ("SHA_256", hashlib.sha256(DATA).hexdigest()),
        ("blake2s", hashlib.blake2s(DATA).hexdigest()),
        ("blake2b", hashlib.blake2b(DATA).hexdigest()),
        ("shake128", hashlib.shake_128(DATA).hexdigest(32)),
        ("shake256", hashlib.shake_256(DATA).hexdigest(64)),
        ("crc32", f"{zlib.crc32(DATA):08x}"),
        ("adler32", f"{zlib.adler32(DATA):08x}"),
    ],
)
async def test_algorithms(call: Call, algorithm: str, expected: str) -> None:
    by_text = await call("hash_calculator", text=DATA.decode(), algorithm=algorithm)
    by_data = await call("hash_calculator", data=base64.b64encode(DATA).decode(), algorithm=algorithm)
    assert by_text["digest"] == by_data["digest"] == expected
    assert by_text["size"] == len(DATA)


async def test_blake3(call: Call) -> None:
    pytest.importorskip("blake3")
    assert (await call("hash_calculator", text="", algorithm="blake3"))["digest"].startswith(
        "af1349b9f5f9a1a6a0404dea36dcc949"
    )
    assert len((await call("hash_calculator", text="x", algorithm="blake3", size=100))["digest"]) == 200
    assert (await call("hash_calculator", text="x", algorithm="blake3", key="k" * 32))["keyed"]


async def test_keys(call: Call) -> None:
    made = await call("hash_calculator", text="x", key="k", algorithm="sha3-256")
    assert made["digest"] == hmac.new(b"k", b"x", "sha3_256").hexdigest()
    made = await call("hash_calculator", text="x", key="k", algorithm="blake2b", size=20, encoding="base64url")
    assert made["digest"] == base64.urlsafe_b64encode(
        hashlib.blake2b(b"x", key=b"k", digest_size=20).digest()
    ).decode().rstrip("=")


async def test_verification(call: Call) -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    assert (await call("hash_calculator", text="x", expected=digest.upper()))["matches"] is True
    assert (await call("hash_calculator", text="x", expected=digest[:-1] + "0"))["matches"] is False
    assert "matches" not in await call("hash_calculator", text="x")


async def test_files_are_hashed_in_chunks_with_the_right_to_read(call: Call, tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    (tmp_path / "big.bin").write_bytes(content)
    made = await call("hash_calculator", grants=["fs.read=."], path="big.bin")
    assert (made["digest"], made["size"]) == (hashlib.sha256(content).hexdigest(), len(content))
    with pytest.raises(PermissionDeniedError):
        await call("hash_calculator", path="big.bin")
    with pytest.raises(ResourceUnavailableError):
        await call("hash_calculator", grants=["fs.read=."], path="none.bin")


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({}, "one of text"),
        ({"text": "a", "path": "b"}, "one of text"),
        ({"text": "a", "algorithm": "sha257"}, "sha257"),
        ({"text": "a", "size": 3}, "fixed size"),
        ({"text": "a", "algorithm": "blake2s", "size": 33}, "at most 32"),
        ({"text": "a", "algorithm": "blake2s", "key": "k" * 33}, "at most 32"),
        ({"text": "a", "algorithm": "crc32", "key": "k"}, "no key"),
        ({"text": "a", "algorithm": "shake128", "key": "k"}, "no key"),
        ({"data": "??"}, "base64"),
    ],
)
async def test_wrong_requests(call: Call, arguments: dict[str, Any], word: str) -> None:
    with pytest.raises(ValidationError, match=word):
        await call("hash_calculator", **arguments)


@pytest.mark.parametrize(
    ("algorithm", "secure"), [("md5", False), ("sha1", False), ("crc32", False), ("sha512", True), ("blake2b", True)]
)
async def test_weak_algorithms_say_so(call: Call, algorithm: str, secure: bool) -> None:
    assert (await call("hash_calculator", text="x", algorithm=algorithm))["secure"] is secure
