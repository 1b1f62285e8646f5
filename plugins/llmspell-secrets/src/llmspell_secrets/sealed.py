"""The format of the encrypted file: bytes to a document and back, nothing of files or of who asks for a password.

A file is one JSON document in one spelling (sorted keys, two spaces, a line feed at its end); whatever else is damage:

    format, version  `llmspell-secrets`, 1
    store            a random id of the file
    kdf              `argon2id` (RFC 9106) with its salt (16 random bytes), memory in KiB, passes and lanes
    key              id, nonce and bytes of the file's key (32 random bytes), encrypted with the password's
    secrets          by name: hosts, nonce and bytes of the value, encrypted with the file's key
    seal             nonce and tag over all of the above, made with the file's key

Encryption is AES-256-GCM with random nonces of 96 bits. Additional data bind the key to format, id and `kdf`, and a
value to file, key, name and hosts: nothing can be moved, swapped or taken from an older file unseen. Values are filled
up to a multiple of 64 bytes. Names and hosts can be read by whoever reads the file; changes of them are seen when it is
opened.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from attrs import evolve, frozen
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from llmspell.errors import SecretPasswordError, SecretStoreError
from llmspell.spec.secret_stores import NAME, SecretValue

FORMAT: Final = "llmspell-secrets"
VERSION: Final = 1
LANES: Final = 4
MAX_FILE: Final = 4 << 20
MAX_VALUE: Final = 64 << 10
_BLOCK: Final = 64
_LENGTH: Final = 4
_TAG: Final = 16
_KEYS: Final = {"format", "version", "store", "kdf", "key", "secrets", "seal"}

Chance = Callable[[int], bytes]
"""Gives so many random bytes."""


@frozen(kw_only=True)
class Cost:
    """What a guess of the password costs: bytes of memory, and how often it is gone through."""

    memory: int
    passes: int


@frozen
class Sealed:
    """A file that was read and is still locked."""

    data: Mapping[str, Any]

    def names(self) -> dict[str, tuple[str, ...]]:
        """Give the names with their hosts, as the file says; nothing has been verified."""
        return {name: tuple(entry["hosts"]) for name, entry in self.data["secrets"].items()}

    def unlock(self, password: str, what: str) -> Unlocked:
        """Open the file, called `what`, and verify all of it.

        Raises `SecretPasswordError` when the password does not fit or the part it opens was changed, and
        `SecretStoreError` when anything else was.
        """
        wrapped = self.data["key"]
        try:
            key = _crypt(_derived(password, self.data["kdf"])).decrypt(
                _bytes(wrapped["nonce"]), _bytes(wrapped["wrapped"]), _about_key(self.data)
            )
        except InvalidTag as error:
            raise SecretPasswordError(
                f"the password of {what} is wrong, or the file was changed",
                suggestions=["Try again.", "Bring the file back from a copy, if the password is right."],
            ) from error
        opened = Unlocked(self.data, key)
        opened.verify(what)
        return opened


@frozen(repr=False)
class Unlocked:
    """An open file: its document and its key."""

    data: Mapping[str, Any]
    key: bytes

    def verify(self, what: str) -> None:
        """Compare the seal, and open every value; raises `SecretStoreError` when anything was changed."""
        seal = self.data["seal"]
        try:
            _crypt(self.key).decrypt(_bytes(seal["nonce"]), _bytes(seal["tag"]), _about_all(self.data))
            for name in self.data["secrets"]:
                self.get(name)
        except (InvalidTag, SecretStoreError) as error:
            raise damaged(what, "somebody changed it, or it was written in part") from error

    def get(self, name: str) -> SecretValue | None:
        """Give a value."""
        entry = self.data["secrets"].get(name)
        if entry is None:
            return None
        about = _about_entry(self.data, name, entry["hosts"])
        plain = _crypt(self.key).decrypt(_bytes(entry["nonce"]), _bytes(entry["sealed"]), about)
        size = int.from_bytes(plain[:_LENGTH], "big")
        return SecretValue(plain[_LENGTH : _LENGTH + size].decode(), tuple(entry["hosts"]))

    def put(self, name: str, value: SecretValue, chance: Chance) -> Unlocked:
        """Give the file with one more value, or another one of this name."""
        text = value.text.encode()
        plain = len(text).to_bytes(_LENGTH, "big") + text
        plain += bytes(-len(plain) % _BLOCK)
        hosts, nonce = list(value.hosts), chance(12)
        sealed = _crypt(self.key).encrypt(nonce, plain, _about_entry(self.data, name, hosts))
        entry = {"hosts": hosts, "nonce": _text(nonce), "sealed": _text(sealed)}
        return self._with({**self.data["secrets"], name: entry}, chance)

    def without(self, name: str, chance: Chance) -> Unlocked:
        """Give the file without one of its values."""
        return self._with({one: entry for one, entry in self.data["secrets"].items() if one != name}, chance)

    def rotated(self, password: str, cost: Cost, chance: Chance) -> Unlocked:
        """Give a file with the same values under another password, salt and key."""
        made = create(password, cost, chance)
        for name in self.data["secrets"]:
            value = self.get(name)
            if value is not None:
                made = made.put(name, value, chance)
        return made

    def dump(self) -> bytes:
        """Give the file."""
        return dump(self.data)

    def _with(self, secrets: Mapping[str, Any], chance: Chance) -> Unlocked:
        data = {**self.data, "secrets": secrets}
        nonce = chance(12)
        tag = _crypt(self.key).encrypt(nonce, b"", _about_all(data))
        return evolve(self, data={**data, "seal": {"nonce": _text(nonce), "tag": _text(tag)}})

    def __repr__(self) -> str:
        return f"<open file of {len(self.data['secrets'])} secrets>"


def create(password: str, cost: Cost, chance: Chance) -> Unlocked:
    """Make a file without secrets."""
    kdf = {
        "name": "argon2id",
        "salt": _text(chance(16)),
        "memory": cost.memory >> 10,
        "passes": cost.passes,
        "lanes": LANES,
    }
    data: dict[str, Any] = {"format": FORMAT, "version": VERSION, "store": _text(chance(12)), "kdf": kdf, "secrets": {}}
    key, nonce = chance(32), chance(12)
    data["key"] = {"id": _text(chance(6)), "nonce": _text(nonce)}
    data["key"]["wrapped"] = _text(_crypt(_derived(password, kdf)).encrypt(nonce, key, _about_key(data)))
    return Unlocked(data, key)._with({}, chance)  # noqa: SLF001 - one of its own kind


def read(content: bytes, what: str) -> Sealed:
    """Read a file, called `what`; raises `SecretStoreError` for anything that was not written like this."""
    try:
        data = json.loads(content)
        if dump(data) != content:
            raise damaged(what, "it is not in the spelling in which it is written")
        _check(data, what)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise damaged(what, "it is not a file of secrets") from error
    return Sealed(data)


def _check(data: Any, what: str) -> None:
    """Compare the document with its form; raises what reading something of another form raises."""
    if data["format"] != FORMAT or set(data) != _KEYS:
        raise ValueError
    if data["version"] != VERSION:
        raise damaged(what, f"it has version {data['version']!r}, and this llmspell knows {VERSION}")
    kdf = data["kdf"]
    memory, passes, lanes = kdf["memory"], kdf["passes"], kdf["lanes"]
    wrong = [one for one in (memory, passes, lanes) if type(one) is not int]
    if kdf["name"] != "argon2id" or wrong or not (8192 <= memory <= 1 << 20 and 1 <= passes <= 16 and lanes == LANES):  # noqa: PLR2004 - as in the section
        raise damaged(what, "it asks for work that no file of ours asks for")
    sized = [(data["store"], 12), (kdf["salt"], 16), (data["key"]["id"], 6), (data["key"]["wrapped"], 48)]
    sized += [(data["key"]["nonce"], 12), (data["seal"]["nonce"], 12), (data["seal"]["tag"], 16)]
    for name, entry in data["secrets"].items():
        if not NAME.fullmatch(name) or not all(isinstance(host, str) for host in entry["hosts"]):
            raise ValueError
        sized.append((entry["nonce"], 12))
        if (len(_bytes(entry["sealed"])) - _TAG) % _BLOCK:
            raise ValueError
    if any(len(_bytes(text)) != size for text, size in sized):
        raise ValueError


def damaged(what: str, why: str) -> SecretStoreError:
    """Say that a file cannot be what we wrote."""
    return SecretStoreError(
        f"{what} is damaged: {why}",
        suggestions=["Bring it back from a copy, or move it away and set the secrets anew."],
        context={"path": what},
    )


def dump(data: Mapping[str, Any]) -> bytes:
    """Give a document in the one spelling of files."""
    return json.dumps(data, sort_keys=True, indent=2).encode() + b"\n"


def _derived(password: str, kdf: Mapping[str, Any]) -> bytes:
    maker = Argon2id(
        salt=_bytes(kdf["salt"]), length=32, iterations=kdf["passes"], lanes=kdf["lanes"], memory_cost=kdf["memory"]
    )
    return maker.derive(password.encode("utf-8", "surrogateescape"))


def _about_key(data: Mapping[str, Any]) -> bytes:
    return _joined("key", data["format"], data["version"], data["store"], data["kdf"], data["key"]["id"])


def _about_entry(data: Mapping[str, Any], name: str, hosts: list[str]) -> bytes:
    return _joined("secret", data["version"], data["store"], data["key"]["id"], name, hosts)


def _about_all(data: Mapping[str, Any]) -> bytes:
    return _joined("seal", {key: value for key, value in data.items() if key != "seal"})


def _joined(*parts: object) -> bytes:
    return json.dumps(parts, sort_keys=True, separators=(",", ":")).encode()


def _crypt(key: bytes) -> AESGCM:
    return AESGCM(key)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError from error
    if _text(data) != text:  # bits that do not count would be another spelling
        raise ValueError
    return data
