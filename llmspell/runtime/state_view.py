"""One scope of the state as one call sees it: rights are asked, writes are operations, changes are told."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, TypeVar, cast

from llmspell.errors import StateConflictError, ValidationError
from llmspell.model.call import Call
from llmspell.runtime.ops import perform, unheard
from llmspell.services.state import visible
from llmspell.services.state_records import UNREAD, decode, encode, read, typed
from llmspell.spec.states import Entry
from llmspell.spec.storages import Operation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence

    from llmspell.model.event import Event
    from llmspell.runtime.context import CallContext
    from llmspell.runtime.ops import Authorize
    from llmspell.runtime.states import States
    from llmspell.services.state_places import Place
    from llmspell.services.subscription import Subscription

T = TypeVar("T")

ATTEMPTS = 100


class StateView:
    """Implement `spec.states.State`. `foreign` marks a place that is not the run's own: rights name its owner then."""

    __slots__ = (
        "_all",
        "_ctx",
        "_get",
        "_ledger",
        "_notices",
        "_prefix",
        "_simple",
        "_states",
        "_target",
        "_writes",
        "place",
    )

    def __init__(self, states: States, ctx: CallContext, place: Place, *, foreign: bool = False) -> None:
        self.place = place
        self._states = states
        self._ctx = ctx
        self._ledger = states.ledger(place)
        self._prefix = place.prefix
        self._get = self._ledger.heads.get
        self._target = f"state:{place.scope}:{place.owner}/" if foreign else f"state:{place.scope}/"
        holding = ctx.grants.holding
        self._notices = None if holding is None else holding.notices
        marked = self._notices is not None and self._notices.concern("state.read")
        self._all = ctx.grants.allows("state.read", "*") and not marked
        self._simple = self._all and not ctx.run.journal.active
        self._writes = ctx.grants.allows("state.write", "*")

    # -- reading -------------------------------------------------------------------------------------------------------

    async def get(self, key: str, default: Any = None, *, kind: type | None = None) -> Any:
        """Read a value; `default` when the key is absent."""
        if not self._simple:
            self._readable(key)
            if self._ctx.run.journal.active:
                found = await self._read("get", [key], lambda: self._found(key))
                value = found[0] if found else default
                return value if kind is None or not found else typed(key, value, kind)
        head = self._get(self._prefix + key)
        if head is None:
            head = await self._ledger.head(self.place, key)
        if head.raw is None:
            return default
        head.warm = True
        value = head.value
        if value is UNREAD:
            value = self._ledger.value(self.place, key, head) if head.packed else read(key, head)
        return value if kind is None else typed(key, value, kind)

    async def entry(self, key: str) -> Entry | None:
        """Read a value with its version."""
        self._readable(key)
        return await self._read("entry", [key], lambda: self._ledger.entry(self.place, key))

    async def exists(self, key: str) -> bool:
        """Tell whether a key is there."""
        self._readable(key)
        return await self._read("version", [key], lambda: self._version(key)) > 0

    async def scan(self, prefix: str = "") -> AsyncIterator[Entry]:
        """Yield the entries that may be read, in the order of their keys."""
        if not self._all and not self._ctx.grants.may("state.read"):
            self._readable(prefix + "*")
        entries = self._ledger.scan(self.place, prefix)
        if self._ctx.run.journal.active:
            entries = _yielded(await self._read("scan", [prefix], lambda: _listed(entries)))
        async for entry in entries:
            if self._all or self._ctx.grants.allows("state.read", self._target + entry.key):
                self._noticed(entry.key)
                yield entry

    async def keys(self, prefix: str = "") -> list[str]:
        """List keys in order."""
        return [entry.key async for entry in self.scan(prefix)]

    async def entries(self, prefix: str = "") -> list[Entry]:
        """List entries in the order of their keys."""
        return [entry async for entry in self.scan(prefix)]

    async def history(self, key: str, *, limit: int | None = None) -> list[Entry]:
        """Give the versions that are kept, the newest first."""
        self._readable(key)
        return (await self._read("history", [key], lambda: self._ledger.history(self.place, key)))[:limit]

    async def _found(self, key: str) -> list[Any]:
        """Give the value of a key in a list, an empty one for a key that is absent."""
        entry = await self._ledger.entry(self.place, key)
        return [] if entry is None else [entry.value]

    async def _version(self, key: str) -> int:
        """Give the version of a key, 0 for one that is absent."""
        return visible(await self._ledger.head(self.place, key))

    def _read(self, what: str, about: list[str], read: Callable[[], Awaitable[T]]) -> Awaitable[T]:
        """Read something, in a durable run only once."""
        if not self._ctx.run.journal.active:
            return read()
        from llmspell.runtime.journal.effects import effect  # noqa: PLC0415 - paid by durable runs

        return effect(self._ctx, f"state.{what}", read, input=[self.place.scope, self.place.owner, *about])

    # -- writing -------------------------------------------------------------------------------------------------------

    async def set(self, key: str, value: object, *, version: int | None = None) -> int:
        """Write a value and give its version."""
        raw = encode(key, value)
        if self._writes and unheard(self._ctx, "state_write") and not self._states.updated.wanted:  # what `_put` does
            return await self._ledger.set(self.place, key, raw, version)
        return (await self._put("set", {key: raw}, _one(key, version)))[key]

    async def set_many(
        self, values: Mapping[str, object], *, versions: Mapping[str, int] | None = None
    ) -> dict[str, int]:
        """Write several values, all or none, and give their versions."""
        return await self._put("set", {key: encode(key, value) for key, value in values.items()}, versions or {})

    async def update(
        self, key: str, change: Callable[[Any, int], Awaitable[object]], *, attempts: int = ATTEMPTS
    ) -> Entry:
        """Write what `change(value, version)` makes of a value, asking it again while others write in between."""
        for _ in range(max(attempts, 1)):
            old = await self.entry(key)
            value, version = (None, 0) if old is None else (old.value, old.version)
            new = await change(value, version)
            try:
                made = await self.set(key, new, version=version)
            except StateConflictError as error:
                last = error
            else:
                return Entry(key, new, made, self._ctx.clock.now())
        last.suggestions = (f"{attempts} attempts met other writers each time: write this key less often",)
        raise last

    async def increment(self, key: str, by: int = 1) -> int:
        """Add to a whole number in one step and return it."""

        async def core(call: Call, ctx: CallContext) -> int:
            made = await self._ledger.increment(self.place, key, cast("int", call.input))
            await self._states.tell(ctx, self.place, {key: made.version})
            return cast("int", made.value)

        call = Call("state_write", key, by, effect="once", metadata=self._about("increment"))
        at = self._ctx.child("state")
        made = cast("int", await perform(at, call, core, self._check))
        if at.replayed:
            await self._again({key: encode(key, made)})
        return made

    async def delete(self, key: str, *, version: int | None = None) -> bool:
        """Remove a key and tell whether it was there."""
        while True:
            found = await self._read("version", [key], lambda: self._version(key))
            if not found and not version:
                return False
            try:
                await self._put("delete", {key: None}, {key: found if version is None else version})
            except StateConflictError:
                if version is not None:
                    raise
            else:
                return True

    async def clear(self, prefix: str = "") -> int:
        """Remove the keys with a prefix, all or none, and give their number."""
        keys = await self.keys(prefix)
        await self._put("delete", dict.fromkeys(keys), {})
        return len(keys)

    async def revert(self, key: str, version: int) -> int:
        """Write the value of an older version once more and give the new version."""
        kept = await self.history(key)
        found = next((entry for entry in kept if entry.version == version and not entry.deleted), None)
        if found is None:
            known = ", ".join(str(entry.version) for entry in kept if not entry.deleted) or "none"
            message = f"version {version} of {key!r} is not kept"
            raise ValidationError(
                message, suggestions=[f"versions with a value: {known}", "[state] history says how many are kept"]
            )
        return await self.set(key, found.value)

    async def replace(
        self,
        values: Mapping[str, bytes | None],
        versions: Mapping[str, int],
        verb: str,
        extra: Sequence[Operation] = (),
    ) -> dict[str, int]:
        """Write raw values, None to remove, in one operation and one transaction with `extra`."""
        return await self._put(verb, values, versions, extra)

    async def _put(
        self,
        verb: str,
        values: Mapping[str, bytes | None],
        versions: Mapping[str, int],
        extra: Sequence[Operation] = (),
    ) -> dict[str, int]:
        """Run writes as one operation; `call.input` is the tuple of `Operation`s, values as JSON.

        A key that a hook put in another's place is expected to have any version.
        """
        if not values and not extra:
            return {}
        given = tuple(
            Operation("delete", key) if raw is None else Operation("put", key, raw) for key, raw in values.items()
        )

        async def core(call: Call, ctx: CallContext) -> dict[str, int]:
            final = cast("tuple[Operation, ...]", call.input)
            if final is not given:
                _sound(final)
            changes = {one.key: None if one.verb == "delete" else one.value for one in final}
            if len(final) == 1 and not extra and versions.keys() <= changes.keys():
                key = final[0].key
                made = {key: await self._ledger.set(self.place, key, changes[key], versions.get(key))}
            else:
                made = await self._ledger.commit(self.place, changes, versions, extra)
            await self._states.tell(ctx, self.place, made, [key for key, raw in changes.items() if raw is None])
            return made

        subject = given[0].key if given else ""
        call = Call("state_write", subject, given, effect="idempotent", metadata=self._about(verb))
        at = self._ctx.child("state")
        result = await perform(at, call, core, self._check)
        if at.replayed:
            await self._again(values)
        made = result if isinstance(result, dict) else {}  # a hook may have answered in the store's place
        return made if made.keys() == values.keys() else {key: made.get(key, 0) for key in values}

    async def _again(self, values: Mapping[str, bytes | None]) -> None:
        """Make up for a write of an earlier life of the run that is not done again.

        What the process alone knew is gone with it; the rest is in the store, and to be dropped as if it was made now.
        """
        self._ledger.touch(self.place)
        if self._states.ends_with_process(self.place):
            await self._ledger.commit(self.place, values, {})

    async def drop(self) -> int:
        """Forget all there is in the scope, as one write of the key `*`, and give the number of records removed."""

        async def core(_: Call, __: CallContext) -> int:
            return await self._ledger.drop(self.place)

        call = Call("state_write", "*", (), effect="idempotent", metadata=self._about("drop"))
        return cast("int", await perform(self._ctx.child("state"), call, core, self._check))

    async def whole(self) -> list[Entry]:
        """Give all entries for a migration; raises `PermissionDeniedError` unless each may be read."""
        found = await self._read("scan", [""], lambda: _listed(self._ledger.scan(self.place)))
        for entry in found:
            self._readable(entry.key)
        return found

    async def below(self, key: str) -> bytes | None:
        """Read a record of the store below."""

        async def read() -> bytes | None:
            return await (await self._ledger.store()).get(key)

        return await self._read("below", [key], read)

    async def all_below(self, prefix: str) -> list[tuple[str, bytes]]:
        """Read the records of the store below whose keys have a prefix, in their order."""

        async def read() -> list[tuple[str, bytes]]:
            return [pair async for pair in (await self._ledger.store()).scan(prefix)]

        return [(name, data) for name, data in await self._read("below", [prefix, "..."], read)]

    # -- watching ------------------------------------------------------------------------------------------------------

    def subscribe(self, pattern: str, handler: Callable[[Event], object], **options: Any) -> Subscription:
        """Call `handler(event)` for each change, by whichever run, of a key that matches a pattern and may be read.

        `options` are those of `EventBus.subscribe`. Changes by other processes are not heard.
        """

        def wanted(event: Event) -> bool:
            data = event.data
            key = cast("str", data["key"])
            return (
                data["scope"] == self.place.scope
                and data["owner"] == self.place.owner
                and fnmatchcase(key, pattern)
                and self._ctx.grants.allows("state.read", self._target + key)
            )

        return self._ctx.app.events.subscribe("state_updated", handler, filter=wanted, **options)

    # -- rights --------------------------------------------------------------------------------------------------------

    def _readable(self, key: str) -> None:
        if not self._all:
            self._ctx.grants.require("state.read", self._target + key, who=self._ctx.who)

    def _noticed(self, key: str) -> None:
        """Label the run when an entry that was listed is private."""
        holding = None if self._all or self._notices is None else self._ctx.grants.holding
        if holding is not None and self._notices is not None:
            self._notices.saw(holding, "state.read", self._target + key)

    @property
    def _check(self) -> Authorize | None:
        """Give what checks a write; nothing where every key may be written."""
        return None if self._writes else self._authorize

    def _authorize(self, call: Call, ctx: CallContext) -> None:
        """Check every key that the call will write, as the hooks left it."""
        given = call.input
        for key in [one.key for one in given] or ["*"] if isinstance(given, tuple) else [call.subject]:
            ctx.grants.require("state.write", self._target + key, who=ctx.who)

    def _about(self, verb: str) -> dict[str, object]:
        return {"namespace": "state", "scope": self.place.scope, "owner": self.place.owner, "verb": verb}


async def _listed(entries: AsyncIterator[Entry]) -> list[Entry]:
    return [entry async for entry in entries]


async def _yielded(entries: Iterable[Entry]) -> AsyncIterator[Entry]:
    for entry in entries:
        yield entry


def _one(key: str, version: int | None) -> dict[str, int]:
    return {} if version is None else {key: version}


def _sound(operations: Iterable[Operation]) -> None:
    """Refuse what a hook made of values if it is no JSON: it could never be read again."""
    for one in operations:
        if one.verb == "put":
            decode(one.key, one.value)
