"""The ledger: values with versions and histories on a store, for one application.

It knows nothing of rights, hooks and events: `runtime/states.py` does. A write is one transaction of the store, with
the new record and its place in the history; what memory holds changes after it, so a reader never sees what was not
acknowledged. A store that belongs to this process (its kernel lock says so) changes only here: versions are compared
in memory, under a turn for each key. In a store with the capability `shared` others write, too: nothing is held in
memory, and the transaction itself checks that the records are those whose versions were compared. When they are not,
all is read and compared again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from llmspell.errors import StateConflictError, StorageConflictError, ValidationError
from llmspell.services.state_heads import Heads
from llmspell.services.state_places import SEPARATOR, STATE, Place, checked
from llmspell.services.state_records import Head, absent, encode, head_of, shown
from llmspell.services.state_turns import Turns
from llmspell.spec.states import Entry
from llmspell.spec.storages import Operation

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence

    from llmspell.services.state_heads import HeadStats
    from llmspell.spec.storages import Storage

HISTORY = 10
MEMORY = 16 << 20
MICROSECONDS = 1_000_000


class Ledger:
    """Read and write values on a store.

    open_store   gives the open store; asked when something is first read or written
    now          gives seconds since the epoch
    history      versions kept of each key, the newest among them; 0 keeps none
    memory       bytes of values held in memory
    """

    def __init__(
        self,
        open_store: Callable[[], Awaitable[Storage]],
        now: Callable[[], float],
        *,
        history: int = HISTORY,
        memory: int = MEMORY,
    ) -> None:
        self._open_store = open_store
        self._opened: Storage | None = None
        self._shared = False
        self._now = now
        self._depth = history
        self.heads = Heads(memory)
        self._turns = Turns()
        self._touched: set[Place] = set()

    @property
    def memory(self) -> HeadStats:
        """Count what memory holds."""
        return self.heads.stats()

    async def store(self) -> Storage:
        """Give the store, opened when it is first asked for."""
        if self._opened is None:
            opened = await self._open_store()
            self._shared = "shared" in opened.capabilities
            self._opened = opened
        return self._opened

    # -- reading -------------------------------------------------------------------------------------------------------

    async def head(self, place: Place, key: str) -> Head:
        """Give the newest version of a key; one that was never written has version 0."""
        name = place.prefix + key
        found = self.heads.get(name)
        if found is not None:
            return found
        checked([key])
        await self.store()
        if self._shared:
            return await self._load(place, name)
        await self._turns.take(name)  # nobody writes between the reading and the keeping
        try:
            return await self._load(place, name)
        finally:
            self._turns.give_back(name)

    async def _load(self, place: Place, name: str) -> Head:
        found = self.heads.get(name)
        if found is None:
            self._touched.add(place)
            data = await (await self.store()).get(name)
            found = absent() if data is None else head_of(name, data)
            self._keep(name, found)
        return found

    async def _load_all(self, place: Place, keys: Iterable[str]) -> dict[str, Head]:
        """Give the newest versions of keys whose turns are taken, asking the store once."""
        prefix = place.prefix
        heads = {key: self.heads.get(prefix + key) for key in keys}
        wanted = [prefix + key for key, head in heads.items() if head is None]
        if wanted:
            self._touched.add(place)
            found = await (await self.store()).get_batch(wanted)
            for name in wanted:
                head = head_of(name, found[name]) if name in found else absent()
                heads[name[len(prefix) :]] = head
                self._keep(name, head)
        return cast("dict[str, Head]", heads)

    def _keep(self, name: str, head: Head) -> None:
        if not self._shared:
            self.heads.keep(name, head)

    async def entry(self, place: Place, key: str) -> Entry | None:
        """Give the value of a key with its version."""
        head = await self.head(place, key)
        return None if head.raw is None else self._entry(place, key, head)

    def value(self, place: Place, key: str, head: Head) -> Any:
        """Give the value of a head that is not absent."""
        return self.heads.value(place.prefix + key, key, head)

    def _entry(self, place: Place, key: str, head: Head) -> Entry:
        value = None if head.raw is None else self.value(place, key, head)
        return Entry(key, value, head.version, head.updated / MICROSECONDS, head.raw is None)

    async def scan(self, place: Place, prefix: str = "") -> AsyncIterator[Entry]:
        """Yield the entries whose keys have a prefix, in order, from one moment."""
        start = place.prefix
        self._touched.add(place)
        async for name, data in (await self.store()).scan(start + prefix):
            head = head_of(name, data)
            if head.raw is not None:
                yield self._entry(place, name[len(start) :], head)

    async def places(self) -> dict[Place, int]:
        """Count the keys of every place that ever held one."""
        found: dict[Place, int] = {}
        async for name, data in (await self.store()).scan(STATE):
            scope, owner, _ = name[len(STATE) :].split(SEPARATOR, 2)
            place = Place(scope, owner)
            found[place] = found.get(place, 0) + (head_of(name, data).raw is not None)
        return found

    async def history(self, place: Place, key: str) -> list[Entry]:
        """Give the versions of a key that are kept, the newest first; those that removed it are among them."""
        checked([key])
        newest = place.prefix + key
        slots = [slot + key for slot in place.slots(self._depth)]
        found = await (await self.store()).get_batch([newest, *slots])  # at once: versions go on meanwhile
        last = head_of(newest, found.pop(newest)).version if newest in found else 0
        heads = [head_of(name, data) for name, data in found.items()]
        # Slots of a time with a longer history may hold older ones.
        kept = [head for head in heads if last - self._depth < head.version <= last]
        return [self._entry(place, key, head) for head in sorted(kept, key=lambda head: -head.version)]

    # -- writing -------------------------------------------------------------------------------------------------------

    async def commit(
        self,
        place: Place,
        changes: Mapping[str, bytes | None],
        versions: Mapping[str, int],
        extra: Sequence[Operation] = (),
    ) -> dict[str, int]:
        """Make all changes or none, in one transaction with `extra`, and give the version of each key afterwards.

        A change is JSON, or None to remove a key; removing what is not there changes nothing. `versions` are those that
        keys must have, also keys that stay as they are. Raises `StateConflictError` naming all that have others, and
        for a condition among `extra` that does not hold.
        """
        keys = {**changes, **versions}
        checked(keys)
        prefix = place.prefix
        async with self._turns.of([prefix + key for key in keys]):
            while True:
                heads = await self._load_all(place, keys)
                found = {key: (expected, visible(heads[key])) for key, expected in versions.items()}
                if wrong := {key: both for key, both in found.items() if both[0] != both[1]}:
                    raise conflict(place, wrong)
                now = int(self._now() * MICROSECONDS)
                made = {
                    key: Head(heads[key].version + 1, now, raw)
                    for key, raw in changes.items()
                    if raw is not None or heads[key].raw is not None
                }
                if await self._write(place, heads, made, extra):
                    return {key: made.get(key, heads[key]).version for key in changes}

    async def set(self, place: Place, key: str, raw: bytes | None, expect: int | None = None) -> int:
        """Make one change: what `commit` does, on the shortest way."""
        name = place.prefix + key
        old = self.heads.get(name)
        if old is None:
            checked([key])
        if not self._turns.free(name):
            await self._turns.take(name)
            old = self.heads.get(name)
        try:
            while True:
                if old is None:
                    old = await self._load(place, name)
                if expect is not None and expect != visible(old):
                    raise conflict(place, {key: (expect, visible(old))})
                if raw is None and old.raw is None:
                    return old.version
                new = Head(old.version + 1, int(self._now() * MICROSECONDS), raw)
                if self._shared:
                    if await self._write(place, {key: old}, {key: new}):
                        return new.version
                    old = None
                    continue
                await self._write_one(place, name, key, new)
                return new.version
        finally:
            self._turns.give_back(name)

    async def _write_one(self, place: Place, name: str, key: str, head: Head) -> None:
        """Write one head to a store that is ours alone: what `_write` does, on the shortest way."""
        record, store = head.record(), self._opened or await self.store()
        try:
            if self._depth:
                past = self._slot(place, key, head.version)
                await store.transaction((Operation("put", name, record), Operation("put", past, record)))
            else:
                await store.put(name, record)
        except BaseException:  # as in `_write`
            self.heads.forget(name)
            raise
        self.heads.keep(name, head)

    async def increment(self, place: Place, key: str, by: int) -> Entry:
        """Add to a whole number, absent counting as 0, and return it; raises `ValidationError` for another value."""
        checked([key])
        name = place.prefix + key
        await self._turns.take(name)
        try:
            while True:
                old = await self._load(place, name)
                value = 0 if old.raw is None else self.heads.value(name, key, old)
                if isinstance(value, bool) or not isinstance(value, int):
                    raise ValidationError(f"the value of {key!r} is no whole number", suggestions=["use State.update"])
                new = Head(old.version + 1, int(self._now() * MICROSECONDS), encode(key, value + by))
                if await self._write(place, {key: old}, {key: new}):
                    return self._entry(place, key, new)
        finally:
            self._turns.give_back(name)

    async def _write(
        self, place: Place, old: Mapping[str, Head], made: Mapping[str, Head], extra: Sequence[Operation] = ()
    ) -> bool:
        """Write heads that their turns allow, with their histories; then, and only then, memory has them.

        False when another process has written one of the `old` ones since it was read: nothing was changed.
        """
        prefix, operations = place.prefix, [*extra, *self._puts(place, made)]
        if not operations:
            return True
        if self._shared:
            operations += [head.condition(prefix + key) for key, head in old.items()]
        try:
            await (self._opened or await self.store()).transaction(operations)
        except StorageConflictError as error:
            if error.context["key"] in {prefix + key for key in old}:
                return False
            raise overtaken(str(error.context["key"])) from error
        except BaseException:  # it may have been made though nobody heard of it: the store knows
            for key in made:
                self.heads.forget(prefix + key)
            raise
        if not self._shared:
            for key, head in made.items():
                self.heads.keep(prefix + key, head)
        return True

    def _puts(self, place: Place, made: Mapping[str, Head]) -> Iterator[Operation]:
        for key, head in made.items():
            record = head.record()
            yield Operation("put", place.prefix + key, record)
            if self._depth:
                yield Operation("put", self._slot(place, key, head.version), record)

    def _slot(self, place: Place, key: str, version: int) -> str:
        """Give where a version lies: a ring, so that the oldest is overwritten and nothing is ever removed.

        The slot comes before the key, so that keys that are written together lie together on the pages of a store.
        """
        return place.slots(self._depth)[version % self._depth] + key

    async def drop(self, place: Place) -> int:
        """Forget all about a place, for good, and give the number of records that were removed.

        A key that is written meanwhile goes as it is then, with its history; one that is new since then stays.
        """
        store, start = await self.store(), place.prefix
        while True:
            found = {name: data async for name, data in store.scan(start)}
            rest = [name for prefix in place.all_prefixes[1:] async for name, _ in store.scan(prefix)]
            past = {start + name.rpartition(SEPARATOR)[2] for name in rest if name.startswith(place.past)}
            operations = [Operation("check", name, data) for name, data in found.items()]
            operations += [Operation("absent", name) for name in past - found.keys()]  # written since they were read
            operations += [Operation("delete", name) for name in (*found, *rest)]
            if not operations:
                break
            try:
                await store.transaction(operations)
            except StorageConflictError:
                continue
            break
        self.heads.forget_all(start)
        self._touched.discard(place)
        return len(found) + len(rest)

    def touch(self, place: Place) -> None:
        """Note that there is something to drop, as whoever asks for it does."""
        self._touched.add(place)

    def touched(self, place: Place) -> bool:
        """Tell whether anything of a place was asked for here: only then can there be something to drop."""
        return place in self._touched


def visible(head: Head) -> int:
    """Give the version that a caller compares with: 0 for what is not there, whatever was there before."""
    return 0 if head.raw is None else head.version


def overtaken(name: str) -> StateConflictError:
    """Give the error for a record beside the values that is not as a write expects it."""
    return StateConflictError(
        f"{shown(name)} was changed by somebody else meanwhile", suggestions=["read it again and decide anew"]
    )


def conflict(place: Place, keys: Mapping[str, tuple[int, int]]) -> StateConflictError:
    """Give the error for keys that have another version than expected: key -> (expected, actual)."""
    key, (expected, actual) = next(iter(keys.items()))
    wanted = "to be absent" if expected == 0 else f"at version {expected}"
    found = "is absent" if actual == 0 else f"is at version {actual}"
    more = f" (and {len(keys) - 1} more)" if len(keys) > 1 else ""
    return StateConflictError(
        f"{key!r} was expected {wanted} and {found}{more}: somebody else wrote it",
        suggestions=["read it again and decide anew, or let State.update do so"],
        context={
            "scope": place.scope,
            "keys": {key: {"expected": one, "actual": other} for key, (one, other) in keys.items()},
        },
    )
