"""Vectors of texts and the list of models: what the service is asked for, and what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmspell.model.embedding import ModelInfo
from llmspell_provider_google.endpoint import model_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.model.embedding import EmbedRequest, Purpose

Json = dict[str, Any]
MOST_TEXTS = 100
"""The service takes no more in one request."""

_TASKS: dict[Purpose, str] = {
    "query": "RETRIEVAL_QUERY",
    "document": "RETRIEVAL_DOCUMENT",
    "similarity": "SEMANTIC_SIMILARITY",
    "classification": "CLASSIFICATION",
    "clustering": "CLUSTERING",
}
_METHODS = {"generateContent": "text", "embedContent": "embeddings"}


def encode_texts(request: EmbedRequest, model: str, texts: Sequence[str]) -> Json:
    """Give the body of `batchEmbedContents` for some of the texts."""
    shared: Json = {"model": model_path(model), **request.extra}
    if request.purpose is not None:
        shared["taskType"] = _TASKS[request.purpose]
    if request.dimensions is not None:
        shared["outputDimensionality"] = request.dimensions
    return {"requests": [{**shared, "content": {"parts": [{"text": text}]}} for text in texts]}


def read_vectors(answer: Json, count: int) -> list[tuple[float, ...]]:
    """Read `count` vectors. Raises `ValueError`, `KeyError` or `TypeError` when they are not there."""
    vectors = [tuple(map(float, one["values"])) for one in answer["embeddings"]]
    if len(vectors) != count:
        raise ValueError(f"{len(vectors)} vectors for {count} texts")
    return vectors


def read_model(entry: Json) -> ModelInfo:
    """Read an entry of the list of models; its name is given as requests take it."""
    capabilities = [_METHODS[one] for one in entry.get("supportedGenerationMethods") or () if one in _METHODS]
    if entry.get("thinking"):
        capabilities.append("reasoning")
    context = entry.get("inputTokenLimit")
    return ModelInfo(
        name=str(entry["name"].removeprefix("models/")),
        capabilities=tuple(capabilities),
        context=context if isinstance(context, int) else None,
        data=entry,
    )
