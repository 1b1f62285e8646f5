"""Migrations: dry runs, copies first, all values or none, and back again, whatever stops them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.builtin.memory import MemoryStorage
from llmspell.errors import PermissionDeniedError, StateMigrationError, StorageError
from llmspell.runtime.state_schema import migrate, rollback, schema_version
from llmspell.runtime.states import States
from llmspell.services.permissions import Grants
from llmspell.services.state import Ledger
from llmspell.services.state_places import BACKUP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.spec.storages import Operation

OLD = {"a": 1, "b": 2, "c": "text"}
NEW = {"a": {"n": 1}, "b": {"n": 2}, "c": "text"}


async def wrap(value, key):
    return {"n": value} if isinstance(value, int) else None


async def add_unit(value, key):
    return {**value, "unit": key} if isinstance(value, dict) else value


async def fail(value, key):
    message = f"cannot take {value!r}"
    raise ValueError(message)


@pytest.fixture
async def state(app):
    async with app.run("test") as run:
        view = app.states.view(run.context(), "shared")
        await view.set_many(OLD)
        yield view


async def values(view):
    return {one.key: one.value for one in await view.entries()}


async def copies(view):
    return [name for name, _ in await view.all_below(BACKUP)]


async def test_a_dry_run_tells_and_changes_nothing(app, state):
    store = await app.states.durable.store()
    before = [pair async for pair in store.scan()]
    assert await migrate(state, [wrap], dry_run=True) == (0, 1, ["a", "b"], 1, True)
    assert [pair async for pair in store.scan()] == before


async def test_steps_that_were_made_are_not_made_again(state):
    assert await migrate(state, [wrap]) == (0, 1, ["a", "b"], 1, False)
    assert await values(state) == NEW
    assert await migrate(state, [wrap]) == (1, 1, [], 3, False)
    assert await migrate(state, [fail, add_unit]) == (1, 2, ["a", "b"], 1, False)
    assert (await state.get("a"), await schema_version(state)) == ({"n": 1, "unit": "a"}, 2)
    assert [one.value for one in await state.history("a")] == [{"n": 1, "unit": "a"}, {"n": 1}, 1]


async def test_a_step_that_fails_changes_nothing_and_all_its_faults_are_told(state):
    with pytest.raises(StateMigrationError, match="'a' could not be migrated: cannot take 1") as caught:
        await migrate(state, [fail])
    faults: Any = caught.value.context["faults"]
    assert [fault["key"] for fault in faults] == ["a", "b", "c"]
    assert (await values(state), await schema_version(state), await copies(state)) == (OLD, 0, [])


async def test_a_scope_of_a_later_schema_is_not_touched(state):
    await migrate(state, [wrap, add_unit])
    with pytest.raises(StateMigrationError, match="version 2 of its schema, there are 1"):
        await migrate(state, [wrap])


async def test_back_to_what_it_was_as_new_versions(state):
    await migrate(state, [wrap])
    assert await rollback(state) == (1, 0, ["a", "b"], 1, False)
    assert (await values(state), await schema_version(state), await copies(state)) == (OLD, 0, [])
    assert (await state.entry("a")).version == 3
    with pytest.raises(StateMigrationError, match="no migration to go back"):
        await rollback(state)
    await migrate(state, [wrap])
    assert await values(state) == NEW


async def test_only_the_last_migration_can_be_undone(state):
    await migrate(state, [wrap])
    await migrate(state, [wrap, add_unit])
    await rollback(state)
    assert (await values(state), await schema_version(state)) == (NEW, 1)
    with pytest.raises(StateMigrationError, match="no migration to go back"):
        await rollback(state)


async def test_what_was_written_since_is_not_lost_unawares(state):
    await migrate(state, [wrap])
    await state.set("a", "later")
    await state.set("new", "later")
    await state.delete("c")
    with pytest.raises(StateMigrationError) as caught:
        await rollback(state)
    assert caught.value.context["keys"] == ["a", "c", "new"]
    assert await state.get("a") == "later"
    assert (await rollback(state, force=True)).changed == ["a", "b", "c"]
    assert await values(state) == {**OLD, "new": "later"}


async def test_values_that_change_meanwhile_are_migrated_anew(state):
    asked: list[str] = []

    async def meddle(value, key):
        asked.append(key)
        if asked == ["a", "b", "c"]:
            await state.set("c", 3)
            await state.set("d", 4)
        return await wrap(value, key)

    assert (await migrate(state, [meddle])).changed == ["a", "b", "c", "d"]
    assert await values(state) == {"a": {"n": 1}, "b": {"n": 2}, "c": {"n": 3}, "d": {"n": 4}}

    async def always(value, key):
        await state.increment("busy")
        return {"again": value}

    with pytest.raises(StateMigrationError, match="written 5 times"):
        await migrate(state, [wrap, always])
    assert await schema_version(state) == 1


async def test_a_migration_needs_to_read_all_and_to_write_what_it_changes(app, state):
    for rule in ("state.read=state:shared/a", "state.read=*"):
        async with app.run("poor", grants=Grants.parse([rule])) as poor:
            with pytest.raises(PermissionDeniedError):
                await migrate(app.states.view(poor.context(), "shared"), [wrap])
    assert await values(state) == OLD


class Dying(MemoryStorage):
    """Die at the n-th write, before or after it was made: every write after it fails, too."""

    def __init__(self, pairs: dict[str, bytes], left: int, *, made: bool) -> None:
        super().__init__()
        self._values = dict(pairs)
        self._keys = sorted(pairs)
        self.left, self.made = left, made

    async def transaction(self, operations: Sequence[Operation]) -> None:
        self.left -= 1
        if self.left > 0 or (self.left == 0 and self.made):
            await super().transaction(operations)
        if self.left <= 0:
            raise StorageError("killed")


async def through(app, pairs, work, left=1 << 30, *, made=False):
    """Do something on a store of these pairs that dies; give what lies in it afterwards, the result, and the writes."""
    store = Dying(pairs, left, made=made)

    async def open_store() -> MemoryStorage:
        return store

    states = States(app)
    states.durable = Ledger(open_store, lambda: 1000.0)
    async with app.run("test") as run:
        try:
            result = await work(states.view(run.context(), "shared"))
        except StorageError:
            result = None
    return dict([pair async for pair in store.scan()]), result, (1 << 30) - store.left


@pytest.mark.parametrize("made", [False, True])
async def test_a_process_that_dies_at_any_write_of_a_migration_or_rollback_loses_nothing(app, made):
    async def fill(view):
        await view.set_many(OLD)

    async def up(view):
        return await migrate(view, [wrap])

    async def there(view):
        return await values(view), await schema_version(view)

    start, _, _ = await through(app, {}, fill)
    done, _, writes = await through(app, start, up)
    _, _, undoing = await through(app, done, rollback)
    assert (writes, undoing) == (1, 1)
    for work, before, after, count in ((up, start, (NEW, 1), writes), (rollback, done, (OLD, 0), undoing)):
        first = (await through(app, before, there))[1]
        for left in range(1, count + 1):
            broken, _, _ = await through(app, before, work, left, made=made)
            found = (await through(app, broken, there))[1]
            assert found == (after if made and left == count else first)
            again, _, _ = await through(app, broken, up)
            assert (await through(app, again, there))[1] == (NEW, 1)
            if again != broken or found == (NEW, 1):
                back, _, _ = await through(app, again, rollback)
                assert (await through(app, back, there))[1] == (OLD, 0)
