"""Encryptions of stores: what stands between a store and all that is kept in it.

The configured one is outermost of all codecs, so that it covers what they add; a value that did not pass through it is
refused. What it must remember (wrapped keys, salts) lies in the store itself, under `KEYS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from llmspell.spec.descriptor import Component
from llmspell.spec.markers import hookspec

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from llmspell.spec.storages import Storage

    Listing = Callable[["Seal"], Awaitable[None]]

KEYS: Final = "\x1fkeys"
"""The key of an encrypted store whose value tells how it is encrypted; no namespace reaches it."""

OPEN_KEYS: Final = frozenset({KEYS, "\x1fcodecs", "\x1fcopy"})
"""Keys of the kernel whose values are never encrypted: they hold nothing of anybody's."""

LIST: Final = "\x1flist"
"""Where an encrypted store keeps the list of what it holds; parts of it are below. Both are encrypted like values."""

MARK_SIZE: Final = 12
"""Bytes of what tells a stored value from all others that ever were under its key."""

TAG: Final = b"x"
"""The byte that names encryption in what is stored; see `llmspell.spec.storage_codecs`."""


def is_listing(key: str) -> bool:
    """Tell whether a key belongs to the list of what an encrypted store holds, and to nobody's values."""
    return key.startswith(LIST)


class Rewritten(NamedTuple):
    """What a change of a whole store did: how many values were written anew, and which key they are under now."""

    values: int
    key: int


class Seal(Protocol):
    """The encryption of one open store."""

    @property
    def header(self) -> bytes:
        """Give the value at `KEYS` that `encode` goes by: who writes makes sure that the store still has it."""
        ...

    def encode(self, key: str, value: bytes) -> bytes:
        """Give what is stored."""
        ...

    def decode(self, key: str, data: bytes) -> bytes:
        """Give the value.

        Raises `EncryptionError` for what was not encrypted here, for this key, or was changed since.
        """
        ...

    def mark(self, data: bytes) -> bytes:
        """Give the mark of what is stored: `MARK_SIZE` bytes that each `encode` makes anew, and `decode` makes sure of.

        A change of keys leaves it as it is. Of what `encode` has not made, it is any bytes.
        """
        ...

    async def refresh(self) -> bool:
        """Read the header again and tell whether it is another one: somebody changed keys."""
        ...


class Anchor(Protocol):
    """A place outside of a store that remembers a few bytes of it; both raise `EncryptionError`."""

    def read(self) -> bytes | None:
        """Give what was written last; None where nothing was."""
        ...

    def write(self, data: bytes) -> None:
        """Replace it, in one step."""
        ...


class Encryption(Protocol):
    """Encrypt stores; the class is made without arguments and opened with its section."""

    def anchor(self, label: str) -> Anchor | None:
        """Give what remembers the state of a store; None where the configuration wants none.

        `label` is a name for files that tells this store from others.
        """
        ...

    async def attach(self, store: Storage) -> Seal:
        """Give the encryption of a store, beneath all codecs; one that is empty gets its first key.

        Raises `EncryptionError` for a store that holds what is not encrypted, `EncryptionKeyError` for another key.
        """
        ...

    async def status(self, store: Storage) -> Mapping[str, object]:
        """Tell as JSON data how a store is encrypted: under which keys, made when, and what is left to do."""
        ...

    async def encrypt(self, store: Storage, told: Callable[[int], None], listing: Listing) -> Rewritten:
        """Encrypt what a store holds, also what was left when that was interrupted; `told` hears of values so far.

        `listing` is awaited when every value is encrypted, and before the header says so.
        """
        ...

    async def rotate(self, store: Storage, told: Callable[[int], None], *, reencrypt: bool) -> Rewritten:
        """Begin a new key, under the configured one; with `reencrypt` write every value anew and forget old keys."""
        ...


def encryption(
    name: str, target: str, summary: str, *, section: str, native_for: str | None = None, **more: Any
) -> Component:
    """Describe an encryption; it is in use where its section has keys.

    A driver (`native={...}`) says in `native_for` what for; `llmspell doctor` shows it.
    """
    extra = {"section": section} if native_for is None else {"section": section, "native_for": native_for}
    return Component("encryption", name, target, summary, category="storage", extra=extra, **more)


@hookspec
def llmspell_encryptions() -> list[Component]:
    """Return the encryptions of this plugin, made with `encryption()`.

    Called once, when storage is first used under a configuration that has sections of plugins.
    """
    return []
