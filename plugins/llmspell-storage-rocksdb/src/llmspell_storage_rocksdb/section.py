"""The keys of `[storage.rocksdb]`; where the folder lies is `[storage] path`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from attrs import frozen

from llmspell.model.doc import Doc


@frozen(kw_only=True)
class RocksdbSection:
    """Say how much a commit waits for the disk, how large the folder may grow, and how much is kept in memory.

    With `normal` a killed process loses nothing, and a power cut may take the last commits; with `full` nothing that
    was acknowledged is lost in either case, at the price of one fsync per commit.
    """

    MILLISECONDS: ClassVar[frozenset[str]] = frozenset({"wait"})
    SIZES: ClassVar[frozenset[str]] = frozenset({"max_size"})

    synchronous: Annotated[Literal["normal", "full"], Doc("What survives: a killed process, or a power cut.")] = (
        "normal"
    )
    wait: Annotated[float, Doc("Seconds to wait for another process that has the store open.", minimum=0)] = 10.0
    cache: Annotated[
        int, Doc("Bytes of values that were read lately and are kept in memory; 0 keeps none.", minimum=0)
    ] = 4 << 20
    max_size: Annotated[int, Doc("How large the folder may grow; 0 means as large as the disk allows.", minimum=0)] = 0
