"""Stores: one back end per application, one namespace per component, every write an operation."""

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from llmspell.errors import ComponentNotFoundError, StorageError
from llmspell.model.call import Call
from llmspell.runtime.ops import perform
from llmspell.spec.storages import Operation, StorageLimits, StorageStats

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from llmspell.runtime.app import App
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.run import Run
    from llmspell.runtime.store_sealed import SealedStorage
    from llmspell.runtime.store_wrappers import CodedStorage
    from llmspell.spec.encryptions import Encryption
    from llmspell.spec.storages import Storage

T = TypeVar("T")

SEPARATOR = "\x1f"
"""Between a namespace and a key: the ASCII unit separator, which names of components and spells cannot hold."""

CODED = f"{SEPARATOR}codecs"
"""The key of a store whose values may be encoded; no namespace reaches it."""

UNFINISHED = f"{SEPARATOR}copy"
"""The key of a store into which another one is being copied: until it goes, the store holds a part."""


class Stores:
    """Open the configured back end on first use."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = asyncio.Lock()
        self._raw: Storage | None = None
        self._backend: Storage | None = None
        self._coded: CodedStorage | None = None
        self._sealed: SealedStorage | None = None

    async def raw(self) -> Storage:
        """Give the open back end, as it is beneath the codecs."""
        if self._raw is None:
            async with self._lock:
                if self._raw is None:
                    if self._app.config.foreign:  # before it is opened, so that it is closed when this is called
                        self._app.on_close(self._closed)
                    self._raw = cast("Storage", await self._app.components.instance(self.chosen()))
        return self._raw

    async def _closed(self) -> None:
        if self._sealed is not None:
            await self._sealed.closed()

    async def backend(self) -> Storage:
        """Give the open back end: with codecs, where `[storage]` asks for some or ever did."""
        if self._backend is None:
            raw = await self.raw()
            async with self._lock:
                if self._backend is None:
                    await require_finished(raw)
                    self._coded = await self._wrapped(raw)
                    self._backend = self._bounded(self._coded or raw)
                    if self._app.config.get("state.backup_interval"):
                        self._app.states.start_backups(self._backend)
        return self._backend

    def _bounded(self, store: Storage) -> Storage:
        """Give the store with bounds on namespaces, where `[storage]` sets some."""
        keys, size = self._app.config.get("storage.max_keys"), self._app.config.get("storage.max_bytes")
        if not keys and not size:
            return store
        from llmspell.runtime.store_bounds import BoundedStorage  # noqa: PLC0415 - paid by who asks for it

        section = self._app.config.section("storage")
        return BoundedStorage(store, section.max_keys, section.max_bytes)

    async def _wrapped(self, raw: Storage) -> CodedStorage | None:
        """Give the back end with codecs; None for one whose values are all as they seem to be."""
        config = self._app.config
        wanted = config.get("storage.compression_enabled") or config.get("storage.ttl")
        encryption = await self.encryption() if config.foreign else None
        if not wanted and encryption is None and await raw.get(CODED) is None:
            return None
        from llmspell.runtime.store_wrappers import CodedStorage, is_coded, make_coded  # noqa: PLC0415 - paid by who asks for it
        from llmspell.spec.storage_codecs import Codec, Compressed, Expiring, Layers  # noqa: PLC0415 - likewise

        section = config.section("storage")
        compressed = Compressed(raw.limits.value)
        expiring = Expiring(section.ttl or 0, self._app.services.clock.now)
        writing: list[Codec] = [compressed] if section.compression_enabled else []
        if section.ttl:
            writing.append(expiring)
        layers = Layers(writing, [compressed, expiring])
        from llmspell.runtime.store_sealed import require_open, sealed  # noqa: PLC0415 - likewise

        if encryption is not None:
            self._sealed = await sealed(raw, layers, encryption, self.label())
            return self._sealed
        await require_open(raw)
        await (make_coded(raw) if wanted else is_coded(raw))
        return CodedStorage(raw, layers)

    async def encryption(self) -> Encryption | None:
        """Give the configured encryption, open; None where the store is not to be encrypted."""
        for component in self._app.catalog.list("encryption"):
            if self._app.config.get(
                str(component.extra["section"])
            ):  # an empty section, as in a template, names no key
                return cast("Encryption", await self._app.components.instance(component))
        return None

    def label(self) -> str | None:
        """Give the store's name for files beside it; None for one that ends with its process."""
        from llmspell.runtime.store_places import place_of  # noqa: PLC0415 - paid by who has such files

        return place_of(self._app).label if "durable" in self.chosen().capabilities else None

    async def compact(self) -> int:
        """Remove what has ended and give room back; tells how many keys had ended.

        A server does the second by itself. Where there is neither to do, that is a `StorageUnsupportedError`.
        """
        backend = await self.backend()
        ended = await self._coded.remove_ended() if self._coded is not None else 0
        if self._coded is None or "compact" in backend.capabilities:
            await (await self.raw()).compact()
        return ended

    def chosen(self) -> Component:
        """Give the configured back end's description, else that of the installed one that prefers itself most."""
        name = self._app.config.get("storage.backend")
        if isinstance(name, str) and name:
            return self._app.catalog.get("storage", name)
        known = self._app.catalog.list("storage")
        if not known:
            message = "no storage back end is installed"
            raise ComponentNotFoundError(message, suggestions=["install llmspell[standard]"])
        return max(known, key=lambda c: cast("int", c.extra.get("preference", 0)))

    def target(self) -> type[Storage]:
        """Give the class of the back end."""
        return cast("type[Storage]", self._app.catalog.resolve(self.chosen()))

    @property
    def limits(self) -> StorageLimits:
        """Give the largest key and value: what codecs leave of them, once the back end is open with some."""
        return cast("StorageLimits", (self._coded or self.target()).limits)  # a constant of the class

    def namespaced(self, run: Run, namespace: str, ctx: CallContext | None = None) -> NamespacedStorage:
        """Give one namespace of the store; keys of different namespaces never meet.

        Writes have the rights and hooks of `ctx`, those of the run without one.
        """
        return NamespacedStorage(self, run, namespace, ctx)


if TYPE_CHECKING:
    from llmspell.spec import Component


async def require_finished(store: Storage) -> None:
    """Refuse a store that holds a part of another; raises `StorageError`."""
    if await store.get(UNFINISHED) is not None:
        raise StorageError(
            "the store holds a part of another one: copying was interrupted, or is under way",
            suggestions=["run the same `llmspell storage copy` or `storage migrate` again; it begins anew"],
        )


@asynccontextmanager
async def opened_store(app: App, place: str | None) -> AsyncIterator[Storage]:
    """Open a store beside the configured one for a block: `BACKEND` or `BACKEND:PATH`, None for the configured one."""
    if place is None:
        yield await app.stores.raw()
        return
    name, _, path = place.partition(":")
    component = app.catalog.get("storage", name)
    ctx = app.process_context(component)
    if path:
        ctx.run.paths.store = Path(os.path.abspath(os.path.expanduser(path)))  # noqa: ASYNC240, PTH100, PTH111 - looks at no file
    store = cast("type[Any]", app.catalog.resolve(component))()
    opener = getattr(store, "open", None)
    if opener is not None:
        await opener(ctx)
    try:
        yield store
    finally:
        await store.aclose()


async def _listed(pairs: AsyncIterator[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    return [pair async for pair in pairs]


class NamespacedStorage:
    """Implement `spec.storages.Storage` within one namespace.

    Each write is a `state_write` operation with the right `state.write`.
    """

    def __init__(self, stores: Stores, run: Run, namespace: str, ctx: CallContext | None = None) -> None:
        self._stores = stores
        self._run = run
        self._ctx = ctx
        self._namespace = namespace
        if not namespace or SEPARATOR in namespace:  # what begins with the separator is the kernel's: states, histories
            message = "a namespace needs a name, and it may not hold the unit separator U+001F"
            raise StorageError(message, context={"namespace": namespace})
        self._prefix = namespace + SEPARATOR

    @property
    def capabilities(self) -> frozenset[str]:
        """Name what the back end can do within one namespace: giving back room is not for one alone."""
        return frozenset(self._stores.chosen().capabilities) - {"compact", "size_limit"}

    @property
    def limits(self) -> StorageLimits:
        """Give the largest key and value: those of the back end, without the namespace's name."""
        limits = self._stores.limits
        return limits._replace(key=limits.key - len(self._prefix.encode()))

    def _key(self, key: str) -> str:
        if SEPARATOR in key:
            message = "a key may not hold the unit separator U+001F"
            raise StorageError(message, context={"key": key})
        return self._prefix + key

    async def _write(self, operations: Sequence[Operation]) -> object:
        """Run writes as one operation.

        `call.input` is the tuple of `Operation`s with plain keys, `call.subject` the first key.
        """
        for operation in operations:
            self._key(operation.key)

        async def core(call: Call, _: CallContext) -> object:
            backend = await self._stores.backend()
            final = cast("tuple[Operation, ...]", call.input)
            alone = final[0].verb if len(final) == 1 else ""
            if alone == "delete":
                return await backend.delete(self._key(final[0].key))
            if alone == "put":
                await backend.put(self._key(final[0].key), final[0].value)
            else:
                await backend.transaction([o._replace(key=self._key(o.key)) for o in final])
            return None

        subject = operations[0].key if operations else ""
        call = Call(
            "state_write", subject, tuple(operations), effect="idempotent", metadata={"namespace": self._namespace}
        )
        return await perform(self._context(), call, core, self._authorize)

    def _authorize(self, call: Call, ctx: CallContext) -> None:
        """Check every key that the call will write, as the hooks left it, and not only the one it is named after."""
        given = call.input
        for key in [one.key for one in given] if isinstance(given, tuple) else [call.subject]:
            self._require(ctx, key)

    def _require(self, ctx: CallContext, key: str) -> None:
        ctx.scope.grants.require("state.write", f"{self._namespace}/{key}", who=self._namespace)

    def _context(self) -> CallContext:
        return (self._run.context() if self._ctx is None else self._ctx).child("state")

    async def _read(self, what: str, about: object, read: Callable[[Storage], Awaitable[T]]) -> T:
        """Read something, in a durable run only once."""
        if not self._run.journal.active:
            return await read(await self._stores.backend())
        from llmspell.runtime.journal.effects import effect  # noqa: PLC0415 - paid by durable runs

        async def done() -> T:
            return await read(await self._stores.backend())

        ctx = self._run.context() if self._ctx is None else self._ctx
        return await effect(ctx, f"store.{what}", done, input=[self._namespace, about])

    async def get(self, key: str) -> bytes | None:
        """Read a value, None when the key is absent."""
        full = self._key(key)
        return await self._read("get", key, lambda store: store.get(full))

    async def put(self, key: str, value: bytes) -> None:
        """Write a value."""
        await self._write([Operation("put", key, value)])

    async def delete(self, key: str) -> bool:
        """Remove a key and tell whether it was there."""
        return bool(await self._write([Operation("delete", key)]))

    async def exists(self, key: str) -> bool:
        """Tell whether a key is there."""
        full = self._key(key)
        return await self._read("exists", key, lambda store: store.exists(full))

    async def increment(self, key: str, by: int = 1) -> int:
        """Add to a counter and return it."""
        full = self._key(key)

        async def core(call: Call, _: CallContext) -> int:
            return await (await self._stores.backend()).increment(full, cast("int", call.input))

        call = Call("state_write", key, by, effect="once", metadata=self._named("increment"))
        return cast("int", await perform(self._context(), call, core, lambda _, ctx: self._require(ctx, key)))

    async def merge(self, key: str, patch: bytes) -> bytes:
        """Change a JSON document by a merge patch (`call.input`) and return it."""
        full = self._key(key)

        async def core(call: Call, _: CallContext) -> bytes:
            return await (await self._stores.backend()).merge(full, cast("bytes", call.input))

        call = Call("state_write", key, patch, effect="idempotent", metadata=self._named("merge"))
        return cast("bytes", await perform(self._context(), call, core, lambda _, ctx: self._require(ctx, key)))

    def _named(self, verb: str) -> dict[str, object]:
        return {"namespace": self._namespace, "verb": verb}

    async def get_batch(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Read several keys; absent ones are left out."""
        full = [self._key(key) for key in keys]
        found = await self._read("get_batch", list(keys), lambda store: store.get_batch(full))
        return {key[len(self._prefix) :]: value for key, value in found.items()}

    async def transaction(self, operations: Sequence[Operation]) -> None:
        """Apply all operations in order, or none."""
        await self._write(operations)

    async def scan(
        self, prefix: str = "", *, start: str = "", end: str | None = None
    ) -> AsyncIterator[tuple[str, bytes]]:
        """Yield pairs in key order."""
        first, stop = self._prefix + start, None if end is None else self._prefix + end
        if self._run.journal.active:
            about = [prefix, start, end]
            pairs = await self._read(
                "scan", about, lambda store: _listed(store.scan(self._prefix + prefix, start=first, end=stop))
            )
            for key, value in pairs:
                yield key[len(self._prefix) :], value
            return
        backend = await self._stores.backend()
        async for key, value in backend.scan(self._prefix + prefix, start=first, end=stop):
            yield key[len(self._prefix) :], value

    @asynccontextmanager
    async def watch(self, prefix: str = "") -> AsyncIterator[AsyncIterator[str | None]]:
        """Tell of keys of this namespace that change, whoever changes them."""
        backend = await self._stores.backend()
        async with backend.watch(self._prefix + prefix) as changes:
            yield (key if key is None else key[len(self._prefix) :] async for key in changes)

    async def stats(self) -> StorageStats:
        """Count the keys and bytes of this namespace."""
        keys = size = 0
        async for key, value in self.scan():
            keys += 1
            size += len(key.encode()) + len(value)
        return StorageStats(keys, size)

    async def verify(self, backup: Path | None = None) -> StorageStats:
        """Read the whole namespace; backups belong to the operator."""
        if backup is not None:
            message = f"namespace {self._namespace!r} cannot read the backup {backup.name} of the whole store"
            raise StorageError(message)
        return await self.stats()

    async def compact(self) -> None:
        """Refuse, as `backup` does."""
        message = f"namespace {self._namespace!r} cannot compact the whole store"
        raise StorageError(message)

    async def backup(self, target: Path) -> None:
        """Refuse: a backup holds every namespace and belongs to the operator."""
        message = f"namespace {self._namespace!r} cannot back up the whole store to {target.name}"
        raise StorageError(message)

    async def restore(self, source: Path) -> None:
        """Refuse, for the same reason as `backup`."""
        message = f"namespace {self._namespace!r} cannot restore the whole store from {source.name}"
        raise StorageError(message)

    async def aclose(self) -> None:
        """Leave the store open: the application closes it."""
