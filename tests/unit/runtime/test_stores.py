"""Stores: namespaces never meet, and every write is an operation."""

from __future__ import annotations

import pytest

from llmspell.errors import PermissionDeniedError, RefusedError, StorageConflictError, StorageError
from llmspell.model.decision import Proceed, Refuse
from llmspell.services.permissions import Grants
from llmspell.spec import Operation


async def test_namespaces_never_meet(run):
    one, two = run.storage("one"), run.storage("two")
    await one.put("k", b"1")
    await two.put("k", b"2")
    assert (await one.get("k"), await two.get("k")) == (b"1", b"2")
    assert [pair async for pair in one.scan()] == [("k", b"1")]
    assert await one.delete("k")
    assert not await one.delete("k")
    assert await two.exists("k")


async def test_a_namespace_that_begins_like_another_is_another(run):
    await run.storage("a").put("k", b"1")
    await run.storage("ab").put("k", b"2")
    assert [pair async for pair in run.storage("a").scan()] == [("k", b"1")]


async def test_scans_have_bounds(run):
    store = run.storage("n")
    await store.transaction([Operation("put", key, key.encode()) for key in ("a1", "a2", "a3", "b1")])
    assert [key async for key, _ in store.scan("a", start="a2")] == ["a2", "a3"]
    assert [key async for key, _ in store.scan(end="a3")] == ["a1", "a2"]
    assert (await store.stats())[:2] == (4, 16)


async def test_a_write_is_an_operation(run):
    run.hooks.register("before_state_write", lambda call: Refuse("read only") if call.subject == "locked" else None)
    store = run.storage("n")
    await store.put("free", b"1")
    with pytest.raises(RefusedError, match="read only"):
        await store.put("locked", b"1")
    assert await store.get("locked") is None


async def test_a_hook_may_change_what_is_written(run):
    def shout(call):
        return Proceed(call.replace(input=tuple(o._replace(value=o.value.upper()) for o in call.input)))

    run.hooks.register("before_state_write", shout)
    store = run.storage("n")
    await store.put("k", b"quiet")
    assert await store.get("k") == b"QUIET"


async def test_a_write_needs_the_right(app):
    async with app.run("poor", grants=Grants.parse([])) as poor:
        with pytest.raises(PermissionDeniedError):
            await poor.storage("n").put("k", b"1")
        assert await poor.storage("n").get("k") is None


async def test_a_counter_counts(run):
    store = run.storage("n")
    assert [await store.increment("c"), await store.increment("c", 5), await store.increment("c", -1)] == [1, 6, 5]
    await store.put("text", b"x")
    with pytest.raises(StorageError, match="no counter"):
        await store.increment("text")


async def test_a_document_is_merged_with_the_right_to_write(app, run):
    store = run.storage("n")
    await store.put("m", b'{"a":{"b":1,"c":2}}')
    assert await store.merge("m", b'{"a":{"b":null},"d":3}') == b'{"a":{"c":2},"d":3}'
    assert await store.get("m") == b'{"a":{"c":2},"d":3}'
    async with app.run("poor", grants=Grants.parse([])) as poor:
        with pytest.raises(PermissionDeniedError):
            await poor.storage("n").merge("m", b"{}")


async def test_the_separator_cannot_be_in_a_key(run):
    with pytest.raises(StorageError, match="separator"):
        await run.storage("n").put("a\x1fb", b"1")


async def test_backup_belongs_to_the_operator(run, tmp_path):
    with pytest.raises(StorageError, match="cannot back up"):
        await run.storage("n").backup(tmp_path / "b")


async def test_the_whole_store_belongs_to_the_operator(run, tmp_path):
    store = run.storage("n")
    for attempt in (store.compact, lambda: store.verify(tmp_path / "b"), lambda: store.restore(tmp_path / "b")):
        with pytest.raises(StorageError, match="namespace 'n' cannot"):
            await attempt()
    await store.put("k", b"12")
    assert (await store.verify())[:2] == (1, 3)


async def test_a_condition_is_about_the_own_namespace(run):
    one, two = run.storage("one"), run.storage("two")
    await one.put("k", b"1")
    await two.transaction([Operation("absent", "k")])
    await two.transaction([Operation("absent", "k"), Operation("put", "k", b"2")])
    with pytest.raises(StorageConflictError):
        await two.transaction([Operation("check", "k", b"1"), Operation("put", "k", b"3")])
    assert (await one.get("k"), await two.get("k")) == (b"1", b"2")


async def test_a_namespace_watches_its_own_keys(run):
    one, two = run.storage("one"), run.storage("two")
    assert "watch" in one.capabilities
    async with one.watch("a") as changes:
        await two.put("a", b"1")
        await one.put("b", b"1")
        await one.put("a1", b"1")
        assert await anext(changes) == "a1"


def test_a_namespace_has_the_limits_of_its_store_less_its_name(run):
    store = run.storage("name")
    assert store.limits.key == (1 << 20) - len("name") - 1
    assert "compact" not in store.capabilities


async def test_a_transaction_needs_the_right_for_every_key(app):
    async with app.run("some", grants=Grants.parse(["state.write=n/a*"])) as some:
        store = some.storage("n")
        await store.transaction([Operation("put", "a1", b"1"), Operation("put", "a2", b"2")])
        with pytest.raises(PermissionDeniedError, match="n/b"):
            await store.transaction([Operation("put", "a1", b"x"), Operation("put", "b", b"x")])
        assert await store.get_batch(["a1", "b"]) == {"a1": b"1"}


async def test_a_hook_cannot_lend_a_write_another_name(app):
    async with app.run("some", grants=Grants.parse(["state.write=n/a"])) as some:
        some.hooks.register("before_state_write", lambda call: Proceed(call.replace(subject="a")))
        with pytest.raises(PermissionDeniedError):
            await some.storage("n").put("b", b"x")
        with pytest.raises(PermissionDeniedError):
            await some.storage("n").increment("b")


async def test_a_component_writes_with_the_rights_and_hooks_of_its_caller(run):
    narrow = run.scope.child("agent", "small", grants=Grants.parse([]))
    with pytest.raises(PermissionDeniedError):
        await run.context().within(None, "x", scope=narrow).storage.put("k", b"1")
    agent = run.scope.child("agent", "guarded")
    agent.hooks.register("before_state_write", lambda call: Refuse("read only"))
    with pytest.raises(RefusedError, match="read only"):
        await run.context().within(None, "x", scope=agent).storage.put("k", b"1")


def test_a_namespace_may_not_hold_the_separator(run):
    with pytest.raises(StorageError, match="namespace"):
        run.storage("a\x1fb")


@pytest.mark.parametrize("name", ["", "a\x1fb", "\x1fstate"])
async def test_no_namespace_reaches_what_the_kernel_keeps_beside_them(run, name):
    with pytest.raises(StorageError, match="needs a name"):
        run.storage(name)
