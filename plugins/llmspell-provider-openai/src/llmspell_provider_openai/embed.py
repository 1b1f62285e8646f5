"""Vectors of texts and the list of models: what the service is asked for, and what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.model.embedding import ModelInfo
from llmspell.model.llm import Usage
from llmspell.spec.provider_faults import number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.model.embedding import EmbedRequest

Json = dict[str, Any]
MOST_TEXTS = 2048
"""The service takes no more in one request."""


def encode_texts(request: EmbedRequest, model: str, texts: Sequence[str]) -> Json:
    """Give the body of `embeddings` for some of the texts; this API makes no difference by purpose."""
    body: Json = {"model": model, "input": list(texts), "encoding_format": "float"}
    if request.dimensions is not None:
        body["dimensions"] = request.dimensions
    return {**body, **request.extra}


def read_vectors(answer: Json, count: int) -> tuple[list[tuple[float, ...]], Usage]:
    """Read `count` vectors in the order of their texts, and what they cost.

    Raises `ValueError`, `KeyError` or `TypeError` when they are not there.
    """
    vectors: dict[int, tuple[float, ...]] = {
        number_of(one, "index"): tuple(map(float, one["embedding"])) for one in answer["data"]
    }
    if set(vectors) != set(range(count)):
        raise ValueError(f"{len(vectors)} vectors for {count} texts")
    usage = Usage(requests=1, input_tokens=number_of(answer.get("usage") or {}, "prompt_tokens"))
    return [vectors[place] for place in range(count)], usage


def read_models(answer: Json) -> tuple[ModelInfo, ...]:
    """Read the list of models; some servers tell more than the name."""
    return tuple(_read_model(entry) for entry in answer["data"])


def _read_model(entry: Json) -> ModelInfo:
    name, window = entry["id"], entry.get("context_length") or entry.get("context_window") or entry.get("max_model_len")
    if not isinstance(name, str):
        raise TypeError(f"{name!r} is no name of a model")
    return ModelInfo(name=name, context=window if type(window) is int else None, data=entry)
