"""What reaches the system: key files, the anchor, and bytes that nobody can guess."""

from __future__ import annotations

import os
import sys
from base64 import b64encode
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmspell.errors import AuthenticationError, EncryptionError, EncryptionKeyError
from llmspell.spec.encryptions import KEYS, Rewritten
from llmspell_encryption.cipher import KEY
from llmspell_encryption.sealing import OpenSeal, begin, holdings
from llmspell_encryption.wrappings import Source, Wrappings, damaged_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from llmspell.spec import Context, SecretRef
    from llmspell.spec.encryptions import Listing
    from llmspell.spec.storages import Storage
    from llmspell_encryption.section import EncryptionSection

OWNER_ONLY = 0o600
OTHERS = 0o077
LONGEST = 1 << 10


class FileAnchor:
    """Implement `llmspell.spec.encryptions.Anchor` in a file elsewhere than the store."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> bytes | None:
        """Give what was written last; None where there is no file."""
        try:
            with self._path.open("rb") as file:
                return file.read(LONGEST)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._refused("read", error) from error

    def write(self, data: bytes) -> None:
        """Replace the file, in one step, and wait for the disk."""
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
            try:
                os.write(file, data)
                os.fsync(file)
            finally:
                os.close(file)
            fresh.replace(self._path)
        except OSError as error:
            raise self._refused("written", error) from error

    def _refused(self, how: str, error: OSError) -> EncryptionError:
        return EncryptionError(
            f"the anchor of the store, {self._path}, cannot be {how}: {error.strerror}",
            suggestions=["set `anchor` in `[storage.encryption]` to a file that this user may write"],
        )


class StoreEncryption:
    """Implement `llmspell.spec.encryptions.Encryption`."""

    async def open(self, ctx: Context) -> None:
        """Take the configured keys; none is made or read before there is a store."""
        section: EncryptionSection = ctx.config
        self._ctx = ctx
        sources = [one for one in (self._source(section, ""), self._source(section, "previous_")) if one is not None]
        self._wrappings = Wrappings(sources, os.urandom)

    def _source(self, section: EncryptionSection, prefix: str) -> Source | None:
        for name, how in (("master_key", "key"), ("password", "argon2id")):
            ref = getattr(section, prefix + name)
            if ref is not None:
                where = f"[storage.encryption] {prefix}{name}"
                return Source(where, how, partial(_secret, self._ctx, ref, where))
        path: str | None = getattr(section, f"{prefix}key_path")
        if path is None:
            return None
        return Source(f"the key file {path}", "key", partial(_key_file, Path(path).expanduser().absolute()))

    async def attach(self, store: Storage) -> OpenSeal:
        """Open the encryption of a store; one that is empty gets its first key."""
        header = await store.get(KEYS)
        if header is None:
            values, encrypted = await holdings(store)
            if encrypted:
                raise _headless(encrypted)
            if values:
                raise EncryptionError(
                    f"the store holds {values} values that are not encrypted",
                    suggestions=["back it up, then encrypt them: llmspell storage encrypt"],
                )
            header = await begin(store, self._wrappings, self._ctx.clock.now(), "sealed")
        seal = OpenSeal(store, header, self._wrappings)
        if seal.ring.state == "encrypting":
            message = "encrypting the store was interrupted, or is under way"
            raise EncryptionError(message, suggestions=["run `llmspell storage encrypt` again: it does what is left"])
        return seal

    async def status(self, store: Storage) -> Mapping[str, Any]:
        """Tell how a store is encrypted, and how many of its values are."""
        header = await store.get(KEYS)
        values, encrypted = await holdings(store)
        about = {"values": values, "encrypted": encrypted}
        if header is None:
            return {"state": "not encrypted", **about}
        return {**OpenSeal(store, header, self._wrappings).status(), **about}

    def anchor(self, label: str) -> FileAnchor | None:
        """Give the file that remembers the state of a store: the configured one, else one in the user's folder."""
        section: EncryptionSection = self._ctx.config
        if not section.anchor_enabled:
            return None
        if section.anchor is not None:
            return FileAnchor(Path(section.anchor).expanduser().absolute())
        return FileAnchor(self._ctx.paths.config / "storage" / f"{label}.anchor")

    async def encrypt(self, store: Storage, told: Callable[[int], None], listing: Listing) -> Rewritten:
        """Encrypt what a store holds; one that is encrypted already is left as it is."""
        header = await store.get(KEYS)
        if header is None:
            _, encrypted = await holdings(store)
            if encrypted:
                raise _headless(encrypted)
            header = await begin(store, self._wrappings, self._ctx.clock.now(), "encrypting")
        seal = OpenSeal(store, header, self._wrappings)
        if seal.ring.state != "encrypting":
            return Rewritten(0, seal.ring.active)
        return await seal.encrypt(told, listing)

    async def rotate(self, store: Storage, told: Callable[[int], None], *, reencrypt: bool) -> Rewritten:
        """Begin a new key; with `reencrypt` bring all values under it and forget the others."""
        seal = await self.attach(store)
        return await seal.rotate(told, self._ctx.clock.now(), reencrypt=reencrypt)


def _headless(encrypted: int) -> EncryptionError:
    return EncryptionError(
        f"the store holds {encrypted} encrypted values, and the header with their keys is gone",
        suggestions=["restore a backup of the store: without the header nobody can read them"],
    )


def _secret(ctx: Context, ref: SecretRef, where: str, new: bool) -> str:  # noqa: ARG001, FBT001 - what a source calls
    try:
        return ctx.key(ref)
    except AuthenticationError as error:
        raise EncryptionKeyError(
            f"the key of the store is missing: {where} names {ref.name}, which has no value",
            suggestions=error.suggestions,
            context={"wanted": ref.name, "given": ""},
        ) from error


def _key_file(path: Path, new: bool) -> str:  # noqa: FBT001 - what a source calls
    """Read a key file; a new store makes it, for its owner alone."""
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError as error:
        if not new:
            raise EncryptionKeyError(
                f"the key of the store is missing: there is no file {path}",
                suggestions=["restore the file: without it nobody can read the store"],
                context={"wanted": str(path), "given": ""},
            ) from error
        return _new_key_file(path)
    except OSError as error:
        raise damaged_file(str(path), f"cannot be read: {error.strerror}") from error
    try:
        if sys.platform != "win32" and os.fstat(file).st_mode & OTHERS:
            raise EncryptionError(
                f"the key file {path} can be read by others than its owner",
                suggestions=[f"chmod 600 {path}", "change the key if others may have read it"],
            )
        return os.read(file, LONGEST).decode(errors="replace").strip()
    finally:
        os.close(file)


def _new_key_file(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        os.write(file, b64encode(os.urandom(KEY)) + b"\n")
        os.fsync(file)
    finally:
        os.close(file)
    with suppress(FileExistsError):  # another process was faster, and its key counts
        os.link(fresh, path)
    fresh.unlink()
    return _key_file(path, new=False)
