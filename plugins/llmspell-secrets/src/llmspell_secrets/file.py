"""The store in one encrypted file: what touches the disk, and where its password comes from."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmspell.errors import SecretPasswordError, SecretStoreError, StorageError
from llmspell.spec.secret_stores import StoredSecret, check_secret_name
from llmspell.spec.storage_lock import seize
from llmspell_secrets.sealed import MAX_FILE, MAX_VALUE, Cost, Sealed, Unlocked, create, damaged, read

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llmspell.spec.secret_stores import Opening, SecretValue

NAME: Final = "secrets.json"
_OTHERS: Final = 0o077
_MAX_PASSWORD: Final = 4096


class EncryptedFile:
    """Keep secrets in one file, encrypted with a password (`sealed.py` has the format).

    A change is written beside the file, read back, and put in its place in one step: whoever is interrupted leaves the
    old file or the new one.
    """

    def open(self, opening: Opening) -> None:
        """Take where the file lies and where the password comes from."""
        self._section = opening.section
        self._passwords = opening.passwords
        self._path = Path(opening.section.path or opening.folder / NAME).expanduser()
        self._unlocked: Unlocked | None = None
        self._content = b""
        self._given: str | None = None

    def entries(self) -> list[StoredSecret]:
        """List what the file says it holds."""
        content = self._read()
        return [] if content is None else [StoredSecret(*one) for one in sorted(self._sealed(content).names().items())]

    def get(self, name: str) -> SecretValue | None:
        """Give a value; the password is asked for once."""
        content = self._read()
        return None if content is None else self._opened(content).get(name)

    def put(self, name: str, value: SecretValue) -> None:
        """Keep a value; the first one makes the file."""
        check_secret_name(name)
        if not value.text or len(value.text.encode()) > MAX_VALUE or any("\n" in host for host in value.hosts):
            raise SecretStoreError(f"a secret has 1 to {MAX_VALUE} bytes", suggestions=["Give another value."])
        with self._alone():
            content = self._read()
            opened = self._made() if content is None else self._opened(content)
            self._write(opened.put(name, value, os.urandom))

    def remove(self, name: str) -> bool:
        """Forget a value."""
        with self._alone():
            content = self._read()
            if content is None or name not in self._sealed(content).names():
                return False
            self._write(self._opened(content).without(name, os.urandom))
            return True

    def rotate(self) -> int:
        """Encrypt everything anew: another password, salt and key."""
        with self._alone():
            content = self._read()
            if content is None:
                raise SecretStoreError(f"there is no {self._path} yet", suggestions=["Keep a secret in it first."])
            opened = self._opened(content)
            password = self._passwords.fresh(str(self._path))
            made = opened.rotated(password, self._cost, os.urandom)
            self._write(made, password)
            return len(made.data["secrets"])

    @property
    def _cost(self) -> Cost:
        return Cost(memory=self._section.memory, passes=self._section.passes)

    def _made(self) -> Unlocked:
        """Make a file without secrets; its password is one that the configuration names, or a new one."""
        named = self._section.password_file is not None or self._section.password_fd is not None
        password = self._password() if named else self._passwords.fresh(str(self._path))
        return create(password, self._cost, os.urandom)

    def _sealed(self, content: bytes) -> Sealed:
        return read(content, str(self._path))

    def _opened(self, content: bytes) -> Unlocked:
        if self._unlocked is None or self._content != content:
            self._unlocked = self._sealed(content).unlock(self._password(), str(self._path))
            self._content = content
        return self._unlocked

    def _password(self) -> str:
        """Give the password: of a file, of a descriptor, or of whoever sits at the terminal."""
        if self._section.password_file is not None:
            return self._from_file(Path(self._section.password_file).expanduser())
        if self._section.password_fd is not None:
            if self._given is None:
                self._given = self._from_descriptor(self._section.password_fd)
            return self._given
        return self._passwords.current(str(self._path))

    def _from_file(self, path: Path) -> str:
        try:
            with path.open("rb") as file:
                if sys.platform != "win32" and os.fstat(file.fileno()).st_mode & _OTHERS:
                    raise SecretPasswordError(
                        f"others than its owner may read {path}, which holds the password of {self._path}",
                        suggestions=[f"Run `chmod 600 {path}`."],
                    )
                return self._text(file.read(_MAX_PASSWORD), str(path))
        except OSError as error:
            raise SecretPasswordError(
                f"{path}, which holds the password of {self._path}, cannot be read: {error.strerror}",
                suggestions=["Name another file in `password_file` of [secrets.file]."],
            ) from error

    def _from_descriptor(self, number: int) -> str:
        try:
            with os.fdopen(number, "rb") as file:
                return self._text(file.read(_MAX_PASSWORD), f"descriptor {number}")
        except OSError as error:
            raise SecretPasswordError(
                f"descriptor {number}, which gives the password of {self._path}, cannot be read: {error.strerror}",
                suggestions=[f"Start llmspell with the descriptor open, as in `llmspell ... {number}< FILE`."],
            ) from error

    def _text(self, data: bytes, where: str) -> str:
        text = data.decode("utf-8", "surrogateescape").partition("\n")[0].removesuffix("\r")
        if not text:
            raise SecretPasswordError(f"{where} holds no password", suggestions=["Write it in the first line."])
        return text

    # -- the disk ------------------------------------------------------------------------------------------------------

    def _read(self) -> bytes | None:
        """Give the file as it is, None where there is none."""
        try:
            with self._path.open("rb") as file:
                content = file.read(MAX_FILE + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failed("read", error) from error
        if len(content) > MAX_FILE:
            raise damaged(str(self._path), "it is larger than any file of ours")
        return content

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let nobody else change the file meanwhile."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            lock = seize(self._path, os.getpid())
        except OSError as error:
            raise self._failed("write", error) from error
        except StorageError as error:
            raise SecretStoreError(
                f"{self._path} is being changed by another process", suggestions=["Try again when it has ended."]
            ) from error
        with lock:
            yield

    def _write(self, made: Unlocked, password: str | None = None) -> None:
        """Put a new file in the place of the old one, once what was written has been read back and opened."""
        beside = self._path.with_name(self._path.name + ".new")
        content = made.dump()
        try:
            beside.unlink(missing_ok=True)  # of somebody who was interrupted
            descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w+b") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                file.seek(0)
                written = read(file.read(), str(beside))
            if password is not None:
                written.unlock(password, str(beside))
            beside.replace(self._path)
            _settle(self._path.parent)
        except OSError as error:
            raise self._failed("write", error) from error
        self._unlocked, self._content = made, content

    def _failed(self, verb: str, error: OSError) -> SecretStoreError:
        return SecretStoreError(
            f"cannot {verb} {self._path}: {error.strerror or error}",
            suggestions=["Look at the owner and mode of the file and of its folder, and at the room on the disk."],
            context={"path": str(self._path)},
        )

    def __repr__(self) -> str:
        return "<secrets in an encrypted file>"


def _settle(folder: Path) -> None:
    """Have the new name reach the disk, where the system can."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
