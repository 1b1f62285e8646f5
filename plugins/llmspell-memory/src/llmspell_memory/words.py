"""Vectors of words: texts that share words, or parts of words, are near each other.

Feature hashing (Weinberger et al. 2009) of words and of three letters in a row. It knows nothing of meaning; it needs
no model and no network, and gives the same vectors everywhere.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING

from llmspell.errors import CapabilityMissingError, ModelNotFoundError
from llmspell.model.embedding import Embeddings
from llmspell.model.llm import Usage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from llmspell.model.embedding import EmbedRequest
    from llmspell.model.llm import LlmRequest, Part
    from llmspell.spec import Context

LONGEST = 8_192
_MODEL = re.compile(r"words-(\d{1,4})\Z")
_WORD = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af]|[^\W_\u2e80-\u9fff\uac00-\ud7af]+")
_LETTERS = 3


class Words:
    """Make vectors; the model `words-N` gives vectors of N numbers."""

    def stream(self, request: LlmRequest, ctx: Context) -> AsyncIterator[Part]:  # noqa: ARG002 - the protocol's
        """Refuse: words are no answer."""
        raise CapabilityMissingError(
            "the provider 'words' makes vectors and answers nobody", suggestions=["name another provider for agents"]
        )

    async def embed(self, request: EmbedRequest, ctx: Context) -> Embeddings:  # noqa: ARG002 - the protocol's
        """Make one vector for each text; raises `ModelNotFoundError` for a model that is no `words-N`."""
        found = _MODEL.match(request.model)
        size = request.dimensions or (int(found[1]) if found else 0)
        if found is None or not 0 < size <= LONGEST:
            raise ModelNotFoundError(
                f"the provider 'words' has no model {request.model!r}",
                suggestions=[f"write words-N, with N from 1 to {LONGEST}: words-512"],
            )
        vectors = tuple(tuple(_vector(text, size)) for text in request.texts)
        return Embeddings(vectors=vectors, model=request.model, usage=Usage(requests=1, cost=0.0))


def _vector(text: str, size: int) -> list[float]:
    made = [0.0] * size
    for feature, count in Counter(_features(text)).items():
        number = int.from_bytes(blake2b(feature.encode(), digest_size=8).digest())
        made[number % size] += (1 + math.log(count)) * (1.0 if number >> 63 else -1.0)
    length = math.sqrt(sum(one * one for one in made))
    return [one / length for one in made] if length else made


def _features(text: str) -> Iterator[str]:
    """Yield what a text is made of: its words, and three letters in a row of words with their ends marked."""
    for word in _WORD.findall(text.casefold()):
        yield f" {word} "
        marked = f"<{word}>"
        yield from (marked[at : at + _LETTERS] for at in range(len(marked) - _LETTERS + 1))
