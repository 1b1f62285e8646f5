"""The keys of `[storage.lmdb]`; where the file lies is `[storage] path`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from attrs import frozen

from llmspell.model.doc import Doc

CHECKED = 16 << 20
"""Bytes of a file that is looked through before LMDB opens it, unless the configuration says otherwise."""


@frozen(kw_only=True)
class LmdbSection:
    """Say how much a commit waits for the disk, how large the file may grow, and how much is kept in memory.

    With `normal` a power cut may take the last commit, with `full` nothing that was acknowledged. A killed process
    loses nothing in both.
    """

    MILLISECONDS: ClassVar[frozenset[str]] = frozenset({"wait"})
    SIZES: ClassVar[frozenset[str]] = frozenset({"max_size", "check"})

    synchronous: Annotated[
        Literal["normal", "full"], Doc("What a commit waits for: its data, or also that they are found.")
    ] = "normal"
    wait: Annotated[float, Doc("Seconds to wait for another process that has the store open.", minimum=0)] = 10.0
    cache: Annotated[
        int, Doc("Bytes of values that were read lately and are kept in memory; 0 keeps none.", minimum=0)
    ] = 4 << 20
    max_size: Annotated[
        int, Doc("How much the store may hold; 0 means 16 GiB. Twice of it is reserved as addresses.", minimum=0)
    ] = 0
    check: Annotated[
        int, Doc("How large a file may be to be looked through whenever it is opened (0.1 s for 16 MiB).", minimum=0)
    ] = CHECKED
