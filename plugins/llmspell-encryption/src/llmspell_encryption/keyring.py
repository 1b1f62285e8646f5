"""The header of an encrypted store: its keys, wrapped with one that does not lie in it, signed with that one, too.

It is one line of JSON and the HMAC-SHA256 of that line in hexadecimal. The salt of a password lies in it: it is no
secret, and without it nobody could make the key again.
"""

from __future__ import annotations

import hmac
import json
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from llmspell.errors import EncryptionError, EncryptionKeyError
from llmspell_encryption.cipher import Sealer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Random = Callable[[int], bytes]

FORMAT: Final = 1
STORE: Final = 16
"""Bytes of the random name of a store, which all that is encrypted in it is bound to."""

_MOST: Final = {"iterations": 64, "lanes": 64, "memory_cost": 1 << 21}
"""The highest costs that are paid: they are read from a header of which nobody can make sure before that."""

State = Literal["sealed", "encrypting", "reencrypting"]


class Wrapping(NamedTuple):
    """The key that others are wrapped with: 32 bytes, and how they are made again.

    `recipe` has `how`, and for a password the salt and the costs of Argon2id.
    """

    secret: bytes
    recipe: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Give a name that tells it from others and nothing about it."""
        return hmac.digest(self.secret, b"llmspell: the name of a wrapping key", "sha256").hex()[:8]

    @property
    def signing(self) -> bytes:
        """Give the key that headers are signed with."""
        return hmac.digest(self.secret, b"llmspell: the signature of a header", "sha256")


class Key(NamedTuple):
    """A key of the store; `made` is seconds since the epoch."""

    id: int
    secret: bytes
    made: float


class Keyring(NamedTuple):
    """What the header says: the store's name, its keys, the one that values are written under, what is under way."""

    store: bytes
    keys: tuple[Key, ...]
    active: int
    state: State

    def with_key(self, secret: bytes, made: float) -> Keyring:
        """Give the same with a new key, under which values are written from now on."""
        new = max(one.id for one in self.keys) + 1
        return self._replace(keys=(*self.keys, Key(new, secret, made)), active=new)

    def without_old(self) -> Keyring:
        """Give the same with the active key alone."""
        return self._replace(keys=tuple(one for one in self.keys if one.id == self.active), state="sealed")


def written(ring: Keyring, wrapping: Wrapping, random: Random) -> bytes:
    """Give the header."""
    sealer = Sealer(wrapping.secret, random)
    keys = [
        {"id": one.id, "made": one.made, "wrapped": _text(sealer.seal(one.secret, _about(ring.store, one.id)))}
        for one in ring.keys
    ]
    data = {
        "format": FORMAT,
        "store": ring.store.hex(),
        "wrapping": {"name": wrapping.name, **wrapping.recipe},
        "state": ring.state,
        "active": ring.active,
        "keys": keys,
    }
    line = json.dumps(data, separators=(",", ":")).encode()
    return line + b"\n" + hmac.digest(wrapping.signing, line, "sha256").hex().encode()


def recipe_of(header: bytes) -> dict[str, Any]:
    """Give what the header says of its wrapping key, which nobody has made sure of yet.

    Raises `EncryptionError` for what is no header, or one of a newer format.
    """
    try:
        data = json.loads(header.partition(b"\n")[0])
        number, recipe = data["format"], data["wrapping"]
        if number == FORMAT and isinstance(recipe["name"], str):
            return dict(recipe)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise _damaged() from None
    message = f"the store is encrypted in a newer way ({number!r}), this llmspell knows {FORMAT}"
    raise EncryptionError(message, suggestions=["upgrade llmspell-encryption; nothing was changed"])


def read(header: bytes, wrapping: Wrapping) -> Keyring:
    """Give what a header says.

    Raises `EncryptionKeyError` for one of another wrapping key, `EncryptionError` for one that was changed.
    """
    wanted = recipe_of(header)["name"]
    line, _, signature = header.partition(b"\n")
    if not hmac.compare_digest(hmac.digest(wrapping.signing, line, "sha256").hex().encode(), signature):
        raise _damaged() if wanted == wrapping.name else another_key(wanted, [wrapping.name])
    data = json.loads(line)
    store = bytes.fromhex(data["store"])
    sealer = Sealer(wrapping.secret, lambda count: b"\0" * count)  # it seals nothing here
    keys = []
    for one in data["keys"]:
        secret = sealer.unseal(b64decode(one["wrapped"]), _about(store, one["id"]))
        if secret is None:
            raise _damaged()
        keys.append(Key(one["id"], secret, one["made"]))
    return Keyring(store, tuple(keys), data["active"], data["state"])


def another_key(wanted: str, given: list[str]) -> EncryptionKeyError:
    """Give the error for a key that is not the one a store is under."""
    return EncryptionKeyError(
        f"the store is encrypted under the key {wanted}, and the configuration gives {' and '.join(given)}",
        suggestions=[
            f"set the key {wanted} in `[storage.encryption]`",
            "to change keys, set the old one in `previous_...` beside the new one and run `llmspell storage rotate`",
            "without that key nobody can read the store: restore a backup that is under another one",
        ],
        context={"wanted": wanted, "given": ", ".join(given)},
    )


def _damaged() -> EncryptionError:
    return EncryptionError(
        "the header of the encrypted store is damaged: what it says of its keys is not what was signed",
        suggestions=["restore a backup of the store"],
    )


def _about(store: bytes, number: int) -> bytes:
    return b"llmspell key 1" + store + number.to_bytes(4)


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def password_key(password: bytes, recipe: Mapping[str, Any]) -> bytes:
    """Make a key of a password by Argon2id (RFC 9106); some tenths of a second."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id  # noqa: PLC0415 - paid by who has a password

    try:
        costs = {name: recipe[name] for name in _MOST}
        if any(type(cost) is not int or not 0 < cost <= _MOST[name] for name, cost in costs.items()):
            raise _damaged()
        return Argon2id(salt=b64decode(recipe["salt"]), length=32, **costs).derive(password)
    except (KeyError, ValueError, TypeError):
        raise _damaged() from None


def new_recipe(random: Random) -> dict[str, Any]:
    """Give how a key is made of a password from now on: a new salt, and the second costs that RFC 9106 recommends."""
    return {"how": "argon2id", "salt": _text(random(16)), "iterations": 3, "lanes": 4, "memory_cost": 1 << 16}
