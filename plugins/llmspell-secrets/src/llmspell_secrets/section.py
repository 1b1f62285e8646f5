"""The keys of `[secrets.file]` and `[secrets.keyring]`."""

from __future__ import annotations

from typing import Annotated, ClassVar

from attrs import frozen

from llmspell.model.doc import Doc


@frozen(kw_only=True)
class FileSection:
    """Say where the encrypted file lies, where its password comes from, and what a guess of it costs.

    Without `password_file` and `password_fd` the terminal is asked. The costs are those of new files, and of old ones
    after `llmspell keys rotate`: a file knows its own.
    """

    SIZES: ClassVar[frozenset[str]] = frozenset({"memory"})

    path: Annotated[str | None, Doc("The file; `secrets.json` in the user's data folder without it.")] = None
    password_file: Annotated[
        str | None, Doc("A file that holds the password, and that nobody but its owner may read.")
    ] = None
    password_fd: Annotated[
        int | None, Doc("An open file descriptor from which the password is read once.", minimum=3)
    ] = None
    memory: Annotated[int, Doc("Bytes of memory that a guess costs.", minimum=8 << 20, maximum=1 << 30)] = 64 << 20
    passes: Annotated[int, Doc("How often a guess goes through that memory.", minimum=1, maximum=16)] = 3


@frozen(kw_only=True)
class KeyringSection:
    """Say under which name the system's keyring has our secrets."""

    service: Annotated[str, Doc("The name of the service in the keyring.")] = "llmspell"
