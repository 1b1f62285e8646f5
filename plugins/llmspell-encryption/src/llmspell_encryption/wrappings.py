"""The keys that the configuration names, and the one of them that a header is under."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any

from llmspell.errors import ConfigError, EncryptionError
from llmspell_encryption.cipher import KEY
from llmspell_encryption.keyring import Wrapping, another_key, new_recipe, password_key, read, recipe_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmspell_encryption.keyring import Keyring

SHORTEST = 8
"""Characters of a password below which no costs help."""


class Source:
    """One configured key: how it is made, and a function that gives its text when it is needed.

    `new` tells the function that it may make the key, as a file of a new store is made.
    """

    def __init__(self, where: str, how: str, text: Callable[[bool], str]) -> None:
        self.where = where
        self._how = how
        self._text = text

    def again(self, recipe: Mapping[str, Any]) -> Wrapping | None:
        """Give the key as a header says that it is made; None when this key is made in another way."""
        return self._made(recipe, new=False) if recipe.get("how") == self._how else None

    def new(self, random: Callable[[int], bytes]) -> Wrapping:
        """Give the key for a header that is to be written, with a salt of its own."""
        return self._made(new_recipe(random) if self._how == "argon2id" else {"how": self._how}, new=True)

    def _made(self, recipe: Mapping[str, Any], *, new: bool) -> Wrapping:
        kept = {name: value for name, value in recipe.items() if name != "name"}
        text = self._text(new)
        if self._how != "argon2id":
            return Wrapping(key_bytes(text, self.where), kept)
        if len(text) < SHORTEST:
            message = f"{self.where} has {len(text)} characters: {SHORTEST} are needed"
            raise ConfigError(message, suggestions=["take a phrase of several words"])
        return Wrapping(password_key(text.encode(), recipe), kept)


class Wrappings:
    """The configured key and, while it is being changed, the one before it."""

    def __init__(self, sources: list[Source], random: Callable[[int], bytes]) -> None:
        self._sources = sources
        self.random = random

    def read(self, header: bytes) -> tuple[Keyring, Wrapping]:
        """Read a header with the key that it is under; raises `EncryptionKeyError` when none of these is it."""
        recipe = recipe_of(header)
        given = []
        for source in self._sources:
            made = source.again(recipe)
            if made is not None and made.name == recipe["name"]:
                return read(header, made), made
            given.append(made.name if made is not None else f"{source.where}, which is of another kind")
        raise another_key(recipe["name"], given)

    def current(self, known: Wrapping) -> Wrapping:
        """Give the configured key: the one that is known, when it is the same, since a new salt makes another name."""
        again = self._sources[0].again({**known.recipe, "name": known.name})
        return known if again is not None and again.name == known.name else self.new()

    def new(self) -> Wrapping:
        """Give the configured key for a new header."""
        return self._sources[0].new(self.random)


def key_bytes(text: str, where: str) -> bytes:
    """Read 32 bytes written as base64 or in hexadecimal; raises `ConfigError`, which does not repeat them."""
    try:
        data = bytes.fromhex(text) if len(text) == 2 * KEY else b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        data = b""
    if len(data) != KEY:
        message = f"{where} is no key: {KEY} random bytes as base64 or in hexadecimal are needed"
        raise ConfigError(message, suggestions=["make one with `openssl rand -base64 32`, or set a `password`"])
    return data


def damaged_file(where: str, why: str) -> EncryptionError:
    """Give the error for a key file that cannot be used."""
    return EncryptionError(f"the key file {where} {why}", suggestions=["restore the file: the store is under its key"])
