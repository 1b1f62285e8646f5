"""`Memory`: texts found by meaning, for scripts of every language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np

from llmspell.errors import EmbeddingMismatchError, ProviderError, ValidationError
from llmspell.spec import Context, Options, function
from llmspell_memory.index import unit
from llmspell_memory.memory import Memory as Place
from llmspell_memory.places import check, place_of
from llmspell_memory.records import Head, Kept

if TYPE_CHECKING:
    from llmspell.model.embedding import Purpose
    from llmspell_memory.index import Vectors

BATCH = 64
"""Texts for which vectors are asked in one request."""

HELD = 64
"""Memories whose vectors stay in this process."""

Table = dict[str, Any]


class MemoryPlaceOptions(Options):
    """Which memory is meant."""

    positional = "namespace"

    namespace: Annotated[
        Literal["spell", "agent", "session", "shared"] | None, "whose memory; without it the spell's own"
    ] = None
    agent: Annotated[str | None, "name of the agent, for the memory of one"] = None


class MemoryAddOptions(MemoryPlaceOptions):
    """Where texts go, and how they are turned into vectors."""

    key: Annotated[str | None, "under which the text is found again; what is there is replaced"] = None
    data: Annotated[object, "whatever belongs to the text"] = None
    trusted: Annotated[bool, "whether the text comes from you; what is found is labelled `untrusted` else"] = False
    provider: Annotated[str | None, "who makes vectors, for the first text of a memory"] = None
    model: Annotated[str | None, "the model of vectors, or `provider/model`, for the first text of a memory"] = None


class MemoryText(Options):
    """A text among several."""

    positional = "text"

    text: Annotated[str, "the text"]
    key: Annotated[str | None, "under which it is found again"] = None
    data: Annotated[object, "whatever belongs to it"] = None


class MemorySearchOptions(MemoryPlaceOptions):
    """Which texts are wanted."""

    positional = "limit"

    limit: Annotated[int, "only so many, the nearest"] = 5
    min_score: Annotated[float, "least nearness, from -1 to 1"] = -1.0


class MemoryListOptions(MemoryPlaceOptions):
    """How many texts are wanted."""

    positional = "limit"

    limit: Annotated[int | None, "only so many, the newest"] = None


class MemoryReindexOptions(MemoryPlaceOptions):
    """How vectors are made from now on."""

    positional = "model"

    provider: Annotated[str | None, "who makes vectors"] = None
    model: Annotated[str | None, "the model of vectors, or `provider/model`"] = None


class Memory:
    """Texts found by meaning, in the storage of the user.

    Each memory has a place: the spell's own, an agent's, a session's, or the one that all share. What is found is a
    table `{key, text, data, at, untrusted}`.
    """

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}

    @function(aliases=("store",))
    async def add(
        self, text: MemoryText | list[MemoryText], ctx: Context, options: MemoryAddOptions | None = None
    ) -> str | list[str]:
        """Keep a text and give its key; a list of texts gives the list of their keys.

        Raises `embedding_mismatch` when the vectors of this memory are of another model or length.
        """
        wanted = options or MemoryAddOptions()
        entries = _entries(text, wanted)
        if not entries:
            return []
        place = self._at(ctx, wanted)
        for one in entries:
            check(ctx, "state.write", place.place, one.key)
        # the vectors of this process may be older or newer than those of the one that is gone: all of it is one effect
        keys = await ctx.once("memory.add", lambda: self._added(ctx, place, entries, wanted), effect="idempotent")
        return keys if isinstance(text, list) else keys[0]

    async def _added(
        self, ctx: Context, place: Place, entries: list[MemoryText], wanted: MemoryAddOptions
    ) -> list[str]:
        await place.follow(ctx)
        head, vectors = await self._vectors(ctx, place, [one.text for one in entries], wanted, "document")
        now = ctx.clock.now()
        kept = [
            Kept(
                key=one.key or ctx.new_id(),
                text=one.text,
                data=one.data,
                at=now,
                untrusted=not wanted.trusted,
                private="private" in ctx.labels,
            )
            for one in entries
        ]
        try:
            await place.put(ctx, head, list(zip(kept, vectors, strict=True)))
        except ValueError as error:
            raise _mismatch(place, head) from error
        return [one.key for one in kept]

    @function()
    async def search(self, query: str, ctx: Context, options: MemorySearchOptions | None = None) -> list[Table]:
        """Give the texts nearest to a query, the nearest first, each with its `score`, the cosine from -1 to 1.

        Texts are labelled `untrusted` unless they were added as `trusted`: what they ask for is not to be done.
        """
        wanted = options or MemorySearchOptions()
        if wanted.limit < 1:
            raise ValidationError(f"Memory.search gives at least one text, not {wanted.limit}")
        place = self._at(ctx, wanted)
        check(ctx, "state.read", place.place)
        found = dict(await ctx.once("memory.search", lambda: self._found(ctx, place, query, wanted)))
        texts = _labelled(ctx, await place.get(ctx.storage, list(found)))
        return [{**_told(one), "score": round(found[one.key], 6)} for one in texts]

    async def _found(
        self, ctx: Context, place: Place, query: str, wanted: MemorySearchOptions
    ) -> list[tuple[str, float]]:
        """Give the keys of the nearest texts with their nearness."""
        await place.follow(ctx)
        if not len(place):
            return []
        _, (vector,) = await self._vectors(ctx, place, [query], MemoryReindexOptions(), "query")
        if place.index is None:
            return []
        return [(key, score) for key, score in place.index.search(vector, wanted.limit) if score >= wanted.min_score]

    @function()
    async def get(self, key: str, ctx: Context, options: MemoryPlaceOptions | None = None) -> Table | None:
        """Give the text under a key, nothing when there is none."""
        place = self._at(ctx, options or MemoryPlaceOptions())
        check(ctx, "state.read", place.place, key)
        found = _labelled(ctx, await place.get(ctx.storage, [key]))
        return _told(found[0]) if found else None

    @function(aliases=("remove",))
    async def forget(self, key: str, ctx: Context, options: MemoryPlaceOptions | None = None) -> bool:
        """Forget the text under a key and tell whether it was there."""
        place = self._at(ctx, options or MemoryPlaceOptions())
        return await ctx.once("memory.forget", lambda: place.forget(ctx, key), effect="idempotent")

    @function(name="list")
    async def list_(self, ctx: Context, options: MemoryListOptions | None = None) -> list[Table]:
        """Give the texts of a memory, the newest first."""
        wanted = options or MemoryListOptions()
        place = self._at(ctx, wanted)
        check(ctx, "state.read", place.place)
        return [_told(one) for one in _labelled(ctx, (await place.all(ctx.storage))[: wanted.limit])]

    @function()
    async def clear(self, ctx: Context, options: MemoryPlaceOptions | None = None) -> int:
        """Forget all texts of a memory and give their number; the next text may have vectors of any kind."""
        place = self._at(ctx, options or MemoryPlaceOptions())
        return await ctx.once("memory.clear", lambda: place.clear(ctx), effect="idempotent")

    @function()
    async def stats(self, ctx: Context, options: MemoryPlaceOptions | None = None) -> Table:
        """Tell what a memory is: `{place, count, index, model, provider, dimensions}`.

        `index` is `numpy` where each text is compared, `usearch` where some are; the last three are absent in an empty
        memory.
        """
        place = self._at(ctx, options or MemoryPlaceOptions())
        check(ctx, "state.read", place.place)
        return await ctx.once("memory.stats", lambda: self._stats(ctx, place))

    @staticmethod
    async def _stats(ctx: Context, place: Place) -> Table:
        await place.follow(ctx)
        told: Table = {"place": place.place, "count": len(place)}
        if place.index is None or place.head is None:
            return told
        head = place.head
        about = {"model": head.answered, "dimensions": head.dimensions, "index": place.index.name}
        return {**told, **about, **({"provider": head.provider} if head.provider else {})}

    @function()
    async def reindex(self, ctx: Context, options: MemoryReindexOptions | None = None) -> int:
        """Make the vectors of all texts anew, with another model when one is named; give the number of texts.

        Until it is done the memory is as it was. Raises `storage_conflict` when it was written meanwhile.
        """
        wanted = options or MemoryReindexOptions()
        place = self._at(ctx, wanted)
        check(ctx, "state.read", place.place)
        check(ctx, "state.write", place.place)
        return await ctx.once("memory.reindex", lambda: self._reindexed(ctx, place, wanted), effect="idempotent")

    async def _reindexed(self, ctx: Context, place: Place, wanted: MemoryReindexOptions) -> int:
        await place.follow(ctx)
        revision = place.revision
        texts = await place.all(ctx.storage)
        if not texts:
            return 0
        fresh = Place(place.place, 0)
        head, vectors = await self._vectors(ctx, fresh, [one.text for one in texts], wanted, "document")
        await place.replace(ctx, head, list(zip(texts, vectors, strict=True)), revision)
        return len(texts)

    def _at(self, ctx: Context, wanted: MemoryPlaceOptions) -> Place:
        name = place_of(ctx, wanted.namespace, wanted.agent)
        found = self._places.pop(name, None) or Place(name, ctx.config.exact_up_to)
        self._places[name] = found  # the last one used is the last one dropped
        if len(self._places) > HELD:
            del self._places[next(iter(self._places))]
        return found

    @staticmethod
    async def _vectors(
        ctx: Context, place: Place, texts: list[str], wanted: MemoryAddOptions | MemoryReindexOptions, purpose: Purpose
    ) -> tuple[Head, list[Vectors]]:
        """Ask for vectors of the kind that a memory has, else of the kind that is wanted, else of the configured one.

        Raises `EmbeddingMismatchError` when other ones are wanted, or come.
        """
        head = place.head
        provider = wanted.provider or (None if wanted.model else ctx.config.provider)
        model = wanted.model or (None if wanted.provider else ctx.config.model)
        if head is not None:
            if (wanted.provider, wanted.model) not in {(None, None), (head.provider, head.model)}:
                raise _mismatch(place, Head(provider=provider, model=model, answered=model or "", dimensions=0))
            provider, model = head.provider, head.model
        vectors: list[Vectors] = []
        answered = ""
        for start in range(0, len(texts), BATCH):
            some = texts[start : start + BATCH]
            made = await ctx.models.embed(some, provider=provider, model=model, purpose=purpose)
            vectors += [unit(vector) for vector in made.vectors]
            answered = made.model
            ctx.progress(len(vectors), len(texts), "vectors")
        lengths = {len(vector) for vector in vectors}
        whole = len(vectors) == len(texts) and len(lengths) == 1 and all(np.isfinite(one).all() for one in vectors)
        if not whole or 0 in lengths:
            raise ProviderError(f"model {answered!r} gave no vectors of one length for {len(texts)} texts")
        found = Head(provider=provider, model=model, answered=answered, dimensions=lengths.pop())
        if head is not None and found != head:
            raise _mismatch(place, found)
        return found, vectors


def _entries(text: MemoryText | list[MemoryText], wanted: MemoryAddOptions) -> list[MemoryText]:
    """Give the texts to keep; raises `ValidationError` for what only a single text may be given."""
    if not isinstance(text, list):
        data = text.data if wanted.data is None else wanted.data
        entries = [MemoryText(text=text.text, key=text.key if wanted.key is None else wanted.key, data=data)]
    elif wanted.key is not None or wanted.data is not None:
        raise ValidationError(
            "Memory.add: `key` and `data` beside several texts would be those of all",
            suggestions=["write each text as a table {text=, key=, data=}"],
        )
    else:
        entries = text
    keys = [one.key for one in entries if one.key is not None]
    if len(set(keys)) < len(keys) or not all(keys) or not all(one.text.strip() for one in entries):
        raise ValidationError("Memory.add: texts and keys are not empty, and each key is another")
    return entries


def _labelled(ctx: Context, texts: list[Kept]) -> list[Kept]:
    """Have the run know what the texts are that it is given."""
    if any(one.untrusted for one in texts):
        ctx.label("untrusted")
    if any(one.private for one in texts):
        ctx.label("private")
    return texts


def _told(one: Kept) -> Table:
    return {"key": one.key, "text": one.text, "data": one.data, "at": one.at, "untrusted": one.untrusted}


def _mismatch(place: Place, found: Head) -> EmbeddingMismatchError:
    head = place.head
    known = "another kind" if head is None else f"{head.dimensions} numbers by {head.answered!r}"
    other = f"{found.dimensions} numbers by {found.answered!r}" if found.dimensions else f"those of {found.model!r}"
    return EmbeddingMismatchError(
        f"the vectors of the memory {place.place} are {known}, and these are {other}: they cannot be compared",
        suggestions=["Memory.reindex makes all vectors anew", "Memory.clear forgets the texts", "use another memory"],
        context={"place": place.place, "dimensions": found.dimensions, "model": found.answered},
    )
