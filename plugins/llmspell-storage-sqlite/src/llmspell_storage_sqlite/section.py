"""The keys of `[storage.sqlite]`; where the file lies is `[storage] path`."""

from __future__ import annotations

from typing import Annotated, Literal

from attrs import frozen

from llmspell.model.doc import Doc


@frozen(kw_only=True)
class SqliteSection:
    """Say how much a commit waits for the disk.

    With `normal` everything acknowledged survives the death of the process, and a power cut may take the last commits;
    with `full` it survives that too, at the price of one fsync per commit.
    """

    synchronous: Annotated[Literal["normal", "full"], Doc("What survives: a killed process, or a power cut.")] = (
        "normal"
    )
