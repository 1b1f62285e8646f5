"""The keys of `[memory]`."""

from __future__ import annotations

from typing import Annotated

from attrs import field, frozen, validators

from llmspell.spec import Doc


@frozen(kw_only=True)
class MemorySection:
    """How texts are turned into vectors, and how those are searched."""

    provider: Annotated[str | None, Doc("who makes vectors; without one the first configured provider that can")] = None
    model: Annotated[str | None, Doc("the model of vectors, or `provider/model`")] = None
    exact_up_to: Annotated[
        int, Doc("texts of one memory that are compared one by one; above it usearch is asked, when it is installed")
    ] = field(default=100_000, validator=validators.ge(0))


@frozen(kw_only=True)
class WordsSection:
    """Vectors made of words; the section may be empty."""
