"""Storage: values that outlive the spell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from llmspell.bridge.definition import Namespace, Options, function
from llmspell.errors import ConversionError, StorageError, ValidationError
from llmspell.spec.storages import Operation

if TYPE_CHECKING:
    from typing import Annotated, Literal

    from llmspell.bridge.callbacks import Callback
    from llmspell.runtime.context import CallContext
    from llmspell.spec.storages import Storage as Store


class StoreOperation(Options):
    """One step of a transaction."""

    type: Annotated[
        Literal["set", "put", "delete"] | None,
        "what to do; without it a step with a value sets and one without deletes",
    ] = None
    op: Annotated[Literal["set", "put", "delete"] | None, "the same as `type`"] = None
    key: Annotated[str, "the key"]
    value: Annotated[object, "what to set"] = None


class Storage(Namespace):
    """Values under text keys, in the spell's own namespace. Each write is a `state_write` operation.

    Values are what JSON can say. A value of nothing is kept as nothing: `exists` tells it from an absent key.
    """

    name = "Storage"

    def _store(self, ctx: CallContext) -> Store:
        return ctx.run.storage(ctx.run.namespace, ctx)

    @function()
    async def get(self, key: str, ctx: CallContext, default: object = None) -> object:
        """Read a value; `default` when the key is absent."""
        raw = await self._store(ctx).get(key)
        return default if raw is None else _decode(key, raw)

    @function(name="set", aliases=("put",))
    async def set_(self, key: str, value: object, ctx: CallContext) -> None:
        """Write a value."""
        await self._store(ctx).put(key, _encode(key, value))

    @function(aliases=("remove",))
    async def delete(self, key: str, ctx: CallContext) -> bool:
        """Remove a key and tell whether it was there."""
        return await self._store(ctx).delete(key)

    @function(aliases=("has",))
    async def exists(self, key: str, ctx: CallContext) -> bool:
        """Tell whether a key is there."""
        return await self._store(ctx).exists(key)

    @function()
    async def increment(self, key: str, ctx: CallContext, by: int = 1) -> int:
        """Add to a whole number in one step and return it; an absent key counts as 0."""
        return await self._store(ctx).increment(key, by)

    @function()
    async def merge(self, key: str, changes: dict[str, object], ctx: CallContext) -> dict[str, object]:
        """Change members of the map at a key in one step and return it; maps within it are merged, too.

        An absent key counts as an empty map; a member that is null is removed (a Lua table cannot hold one).
        """
        raw = await self._store(ctx).merge(key, _encode(key, changes))
        return cast("dict[str, object]", _decode(key, raw))

    @function()
    async def get_batch(self, keys: list[str], ctx: CallContext) -> dict[str, object]:
        """Read several keys; absent ones are left out."""
        return {key: _decode(key, raw) for key, raw in (await self._store(ctx).get_batch(keys)).items()}

    @function()
    async def set_batch(self, values: dict[str, object], ctx: CallContext) -> None:
        """Write several values, all or none."""
        await self._apply([Operation("put", key, _encode(key, value)) for key, value in values.items()], ctx)

    @function()
    async def delete_batch(self, keys: list[str], ctx: CallContext) -> None:
        """Remove several keys, all or none."""
        await self._apply([Operation("delete", key) for key in keys], ctx)

    @function()
    async def transaction(self, operations: list[StoreOperation], ctx: CallContext) -> None:
        """Apply steps `{type = "set", key, value}` and `{type = "delete", key}` in order, all or none."""
        await self._apply([_operation(one) for one in operations], ctx)

    @function(name="list", aliases=("keys",))
    async def list_(self, ctx: CallContext, prefix: str = "") -> list[str]:
        """List the keys, in order."""
        return [key async for key, _ in self._store(ctx).scan(prefix)]

    @function()
    async def query(self, predicate: Callback, ctx: CallContext, prefix: str = "") -> dict[str, object]:
        """Give the pairs for which `predicate(key, value)` is true."""
        found = {}
        async for key, raw in self._store(ctx).scan(prefix):
            value = _decode(key, raw)
            if await predicate(key, value, ctx=ctx):
                found[key] = value
        return found

    @function()
    async def clear(self, ctx: CallContext, prefix: str = "") -> int:
        """Remove every key of the spell, or those with a prefix, and give their number."""
        keys = await self.list_(ctx, prefix)
        await self.delete_batch(keys, ctx)
        return len(keys)

    @function()
    async def stats(self, ctx: CallContext) -> dict[str, object]:
        """Count `{keys, bytes}` of the spell's namespace."""
        keys, size, _ = await self._store(ctx).stats()
        return {"keys": keys, "bytes": size}

    async def _apply(self, operations: list[Operation], ctx: CallContext) -> None:
        if operations:
            await self._store(ctx).transaction(operations)


def _operation(step: StoreOperation) -> Operation:
    verb = step.type or step.op or ("delete" if step.value is None else "set")
    if step.type and step.op and step.type != step.op:
        message = f"a step is told to {step.type} and to {step.op}"
        raise ValidationError(message)
    return (
        Operation("delete", step.key) if verb == "delete" else Operation("put", step.key, _encode(step.key, step.value))
    )


def _encode(key: str, value: object) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except TypeError as error:
        message = f"the value of {key!r} holds something that cannot be stored: bytes, a function, a handle or a stream"
        raise ConversionError(message, suggestions=["store text, numbers, truth values, lists and maps"]) from error
    except ValueError as error:
        message = f"the value of {key!r} cannot be stored: {error}"
        raise ConversionError(message, suggestions=["store text, numbers, truth values, lists and maps"]) from error


def _decode(key: str, raw: bytes) -> object:
    try:
        value: object = json.loads(raw)
    except ValueError as error:
        message = f"the value of {key!r} was not written by a spell"
        raise StorageError(message) from error
    return value
