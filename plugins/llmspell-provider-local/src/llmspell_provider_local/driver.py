"""The provider, and its way to the system: the files of the folder, and the processes that run them."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.errors import ProviderError, StreamInterruptedError
from llmspell.model.embedding import Embeddings, ModelInfo
from llmspell.model.llm import Usage
from llmspell_provider_local.decode import ChunkReader, read_prompt, read_usage, read_vectors
from llmspell_provider_local.encode import encode_request, encode_texts, is_forced
from llmspell_provider_local.faults import TOO_LONG, provider_error
from llmspell_provider_local.names import SUFFIX, choose, is_model, not_configured, nothing_there
from llmspell_provider_local.pipe import LINE_BYTES, Running
from llmspell_provider_local.pool import Pool
from llmspell_provider_local.section import LocalSection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager

    from llmspell.model.embedding import EmbedRequest
    from llmspell.model.llm import LlmRequest, Part
    from llmspell.spec import Context

MAGIC = b"GGUF"
INHERITED = ("PATH", "LANG", "HOME", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "PYTHONPATH")
DEVICES = ("CUDA_", "HIP_", "ROCR_", "HSA_", "GGML_", "OMP_", "VK_")
"""What of the environment a model's process gets: nothing that could hold a key."""
LOADED_WITH = ("context", "parallel", "threads", "gpu_layers", "template", "pooling")
MALFORMED = (ValueError, AttributeError, TypeError, KeyError)


class LocalProvider:
    """Answer with model files, each in a process of its own that is started when it is first asked."""

    def __init__(self) -> None:
        self._section = LocalSection()
        self._root: Path | None = None
        self._pool = Pool(self._section.loaded)

    async def open(self, ctx: Context) -> None:
        """Find out where the files are; what is not there is told to the first who asks."""
        if isinstance(ctx.config, LocalSection):
            self._section = ctx.config
            self._pool = Pool(self._section.loaded)
        if self._section.path:
            self._root = _located(self._section.path, ctx.paths.working)

    async def aclose(self) -> None:
        """End all processes."""
        await self._pool.aclose()

    async def stream(self, request: LlmRequest, ctx: Context) -> AsyncIterator[Part]:
        """Yield the parts of one answer."""
        body = encode_request(request, self._section)
        async with await self._model(request.model, ctx) as running:
            reader = ChunkReader(ctx.new_id, running.name, forced=is_forced(request))
            try:
                async with aclosing(running.ask("chat", body)) as pieces:
                    async for piece in pieces:
                        if "error" in piece:
                            raise provider_error(piece["error"], running.name)
                        for part in reader.feed(piece):
                            yield part
                for part in reader.finish():
                    yield part
            except ProviderError as error:
                if reader.text:
                    error.context.setdefault("partial_text", reader.text)
                raise
            except MALFORMED as error:
                raise reader.interrupted(f"llama.cpp sent something that is no answer: {error!r}") from error

    async def embed(self, request: EmbedRequest, ctx: Context) -> Embeddings:
        """Give one vector for each text; one that does not fit the window is a `ContextLengthError`."""
        body, vectors, tokens = encode_texts(request), [], 0
        async with await self._model(request.model, ctx, embedding=True) as running:
            async with aclosing(running.ask("embed", body)) as pieces:
                async for piece in pieces:
                    if "error" in piece:
                        raise provider_error(piece["error"], running.name)
                    try:
                        vectors += read_vectors(piece)
                        tokens += read_usage(piece["usage"]).input_tokens
                    except MALFORMED as error:
                        raise StreamInterruptedError(f"llama.cpp sent no list of vectors: {error!r}") from error
            if len(vectors) != len(request.texts):
                raise StreamInterruptedError(f"llama.cpp sent {len(vectors)} vectors for {len(request.texts)} texts")
            return Embeddings(vectors=tuple(vectors), model=running.name, usage=Usage(requests=1, input_tokens=tokens))

    async def count_tokens(self, request: LlmRequest, ctx: Context) -> int:
        """Count the tokens of a request; it is taken back before the model reads them."""
        body = encode_request(request, self._section)
        async with await self._model(request.model, ctx) as running, aclosing(running.ask("chat", body)) as pieces:
            async for piece in pieces:
                fault = piece.get("error")
                if fault and fault.get("type") != TOO_LONG:
                    raise provider_error(fault, running.name)
                count = fault.get("n_prompt_tokens") if fault else read_prompt(piece)
                if isinstance(count, int):
                    return count
            raise StreamInterruptedError("llama.cpp answered without telling how long the request was")

    async def models(self, ctx: Context) -> tuple[ModelInfo, ...]:
        """Give the model files of the folder, by name."""
        found = await ctx.blocking(self._files)
        sizes = await ctx.blocking(_sizes, found)
        return tuple(
            ModelInfo(name=name, data={"path": str(path), "size": sizes[name]}) for name, path in sorted(found.items())
        )

    def _files(self) -> dict[str, Path]:
        """Find the model files: name -> path. Raises `ConfigError` when nobody said where, or it is not there."""
        if self._root is None:
            raise not_configured()
        if self._root.is_file():
            return {self._root.name.removesuffix(SUFFIX): self._root}
        if not self._root.is_dir():
            raise nothing_there(str(self._root))
        files = sorted(path for path in self._root.rglob(f"*{SUFFIX}") if path.is_file() and is_model(path.name))
        return {path.relative_to(self._root).as_posix().removesuffix(SUFFIX): path for path in files}

    async def _model(
        self, wanted: str, ctx: Context, *, embedding: bool = False
    ) -> AbstractAsyncContextManager[Running]:
        """Find the file of a model and lend the process that runs it."""
        found = await ctx.blocking(self._files)
        name = choose(wanted or self._section.model or "", found, str(self._root))
        path = found[name]
        await ctx.blocking(_check, path, name)
        settings = {key: getattr(self._section, key) for key in LOADED_WITH}
        load = {**settings, "path": str(path), "embedding": embedding, "key": secrets.token_hex(32)}
        return self._pool.lend((name, embedding), load, partial(_start, name, self._section.timeout))


async def _start(name: str, timeout: float) -> Running:
    """Start a process; it says nothing of what it is to run, and inherits no secret."""
    kept = {key: value for key, value in os.environ.items() if key in INHERITED or key.startswith(DEVICES)}
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "llmspell_provider_local.child"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=LINE_BYTES,
            env=kept,
            start_new_session=True,  # Ctrl-C is for us; the process ends with its pipe
        )
    except OSError as error:
        raise ProviderError(
            f"no process could be started to run {name}: {error}",
            suggestions=["look at the limits on processes and memory of this account"],
        ) from error
    return Running(process, name, timeout)


def _located(path: str, working: Path) -> Path:
    return working / Path(path).expanduser()


def _sizes(found: dict[str, Path]) -> dict[str, int | None]:
    """Give the bytes of each file, None for one that has just gone."""
    return {name: path.stat().st_size if path.exists() else None for name, path in found.items()}


def _check(path: Path, name: str) -> None:
    """Refuse early, and in plain words, what is no model file at all."""
    try:
        with path.open("rb") as file:
            start = file.read(len(MAGIC))
    except OSError as error:
        raise ProviderError(
            f"the model file {name} cannot be read: {error}",
            suggestions=["look at the rights of the file"],
            retryable=False,
        ) from error
    if start != MAGIC:
        raise ProviderError(
            f"{path} is no GGUF file: it {f'begins with {start!r}' if start else 'is empty'}",
            suggestions=["fetch the file again: a page or a pointer was saved in its place, or another format"],
            retryable=False,
        )
