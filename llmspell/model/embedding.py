"""Vectors of texts, and what a provider tells of its models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from attrs import field, frozen

from llmspell.model.llm import Usage

Purpose: TypeAlias = Literal["query", "document", "similarity", "classification", "clustering"]


@frozen(kw_only=True)
class EmbedRequest:
    """Ask for one vector for each text.

    `dimensions` shortens the vectors where the model can; `purpose` says what they are for, to providers that make a
    difference; `extra` goes to the provider as it is.
    """

    model: str
    texts: tuple[str, ...]
    dimensions: int | None = None
    purpose: Purpose | None = None
    extra: Mapping[str, object] = field(factory=dict)


@frozen(kw_only=True)
class Embeddings:
    """One vector for each text, in the order of the texts."""

    vectors: tuple[tuple[float, ...], ...]
    model: str
    usage: Usage = field(factory=Usage)


@frozen(kw_only=True)
class ModelInfo:
    """A model that a provider has.

    `capabilities` are those of a provider's descriptor, empty when it does not tell; `context` counts the tokens of
    its window, None when it does not tell; `data` is what the provider said.
    """

    name: str
    capabilities: tuple[str, ...] = ()
    context: int | None = None
    data: Mapping[str, object] = field(factory=dict)
