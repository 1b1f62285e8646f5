"""Memories in a real application, on a store of its own."""

from __future__ import annotations

from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.model.embedding import Embeddings
from llmspell.model.llm import Usage
from llmspell.spec import provider
from llmspell.testing import open_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from llmspell.runtime.context import CallContext
    from llmspell_memory.module import Memory

LASTS = find_spec("llmspell_storage_sqlite") is not None
IN_MEMORY = {"storage.backend": "memory"}


class Vectors:
    """A model whose vectors a test chooses: `size` numbers, made of the letters of a text."""

    def __init__(self) -> None:
        self.size = 4
        self.model = "letters"
        self.asked: list[tuple[tuple[str, ...], str | None]] = []
        self.vectors: list[list[float]] | None = None

    async def embed(self, request: Any, ctx: object) -> Embeddings:
        self.asked.append((request.texts, request.purpose))
        made = self.vectors or [[float(text.count(chr(97 + n))) for n in range(self.size)] for text in request.texts]
        return Embeddings(vectors=tuple(map(tuple, made)), model=self.model, usage=Usage(requests=1))


class Stage:
    """One application: the module, its context, and the model of vectors."""

    def __init__(self, ctx: CallContext, module: Memory, vectors: Vectors) -> None:
        self.ctx = ctx
        self.module = module
        self.vectors = vectors


@pytest.fixture
def stage(tmp_path) -> Callable[..., Any]:
    """Open an application; the store is a file that all of them share."""

    @asynccontextmanager
    async def opened(
        *, session: str | None = None, grants: tuple[str, ...] = (), exact_up_to: int = 20_000, **config: object
    ) -> AsyncIterator[Stage]:
        settings = {
            **({"storage.backend": "sqlite", "storage.path": str(tmp_path / "store.db")} if LASTS else IN_MEMORY),
            "memory.exact_up_to": exact_up_to,
            "memory.model": "letters/letters",
            **config,
        }
        async with open_context(config=settings, grants=grants) as ctx:
            vectors = Vectors()
            about = provider("letters", "x:y", "Letters.", capabilities=("embeddings",))
            ctx.app.catalog.register(about, vectors, owner=ctx.run.id)
            if session is not None:
                made = await ctx.app.sessions.create(ctx, name=session)
                await ctx.app.sessions.join(ctx.run, made.id)
            component = ctx.app.catalog.get("script_module", "memory")
            module = await ctx.app.components.instance(component)
            yield Stage(ctx.within(component, "memory"), module, vectors)  # type: ignore[arg-type]

    return opened
