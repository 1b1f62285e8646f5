"""What is refused, and with which words: passwords, users, other programs, newer formats, settings, damage."""

from __future__ import annotations

import asyncio
import json
import traceback
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from llmspell.errors import ConfigError, StorageError, StorageFullError
from llmspell.spec import Operation
from llmspell.testing import open_context
from llmspell.testing.postgres_server import PASSWORD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from llmspell.testing.postgres_server import PostgresServer


@asynccontextmanager
async def raw(server: PostgresServer) -> AsyncIterator[Any]:
    """Speak to the server as its owner would, beside the store."""
    connection = await asyncpg.connect(
        host="127.0.0.1", port=server.port, user="llmspell", password=PASSWORD, database="postgres"
    )
    try:
        yield connection
    finally:
        await connection.close()


async def refused(opened, server, match: str, **section: object) -> StorageError:
    with pytest.raises(StorageError, match=match) as caught:
        await opened(server, **section)
    assert caught.value.suggestions
    assert f"127.0.0.1:{server.port}" in caught.value.message
    return caught.value


@pytest.mark.parametrize("secret", ["wr0ng-secret", ""])
async def test_a_wrong_password_says_what_to_set_and_keeps_it_to_itself(opened, shared_postgres, monkeypatch, secret):
    monkeypatch.delenv("PROBE_PASSWORD")
    monkeypatch.delenv("PGPASSWORD", raising=False)
    if secret:
        monkeypatch.setenv("PGPASSWORD", secret)
    error = await refused(opened, shared_postgres, "did not accept user and password", password_env=None)
    said = "".join(traceback.format_exception(error)) + json.dumps(error.to_dict())
    assert "PGPASSWORD" in error.suggestions[0]
    assert PASSWORD not in said
    assert not secret or secret not in said


async def test_the_variable_that_every_client_of_postgres_reads_is_read_unnamed(opened, shared_postgres, monkeypatch):
    monkeypatch.delenv("PROBE_PASSWORD")
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    store = await opened(shared_postgres, password_env=None)
    await store.put("a", b"1")
    assert await store.get("a") == b"1"


async def test_a_variable_without_a_password_is_a_fault_of_the_configuration(opened, shared_postgres, monkeypatch):
    monkeypatch.delenv("PROBE_PASSWORD")
    with pytest.raises(ConfigError, match="password_env names 'PROBE_PASSWORD'"):
        await opened(shared_postgres)


async def test_a_database_that_is_not_there_is_named(opened, shared_postgres):
    error = await refused(opened, shared_postgres, "has no such database", database="nowhere")
    assert "createdb" in error.suggestions[0]


async def test_a_user_without_rights_is_told_so(opened, shared_postgres, monkeypatch):
    async with raw(shared_postgres) as connection:
        await connection.execute("CREATE ROLE reader LOGIN PASSWORD 'look'")
    monkeypatch.setenv("READER_PASSWORD", "look")
    await refused(opened, shared_postgres, "does not let this user", username="reader", password_env="READER_PASSWORD")


async def test_a_server_that_waits_for_no_disk_is_refused_where_that_matters(opened, shared_postgres, make_postgres):
    error = await refused(opened, shared_postgres, "waits for no disk", durability="fsync")
    assert "fsync = on" in error.suggestions[0]
    server = make_postgres()
    for durability, level in (("async", "off"), ("fsync", "on")):
        store = await opened(server, durability=durability)
        assert await store._database.do(lambda one: one.fetchval("SHOW synchronous_commit")) == level
        await store.put("k", durability.encode())
        assert await store.get("k") == durability.encode()


async def test_a_newer_format_is_refused_and_left_alone(opened, shared_postgres):
    await (await opened(schema="newer")).put("k", b"v")
    async with raw(shared_postgres) as connection:
        await connection.execute("UPDATE newer.llmspell_header SET version = 2")
        for _ in range(2):
            await refused(opened, shared_postgres, "has format 2, this llmspell knows format 1", schema="newer")
        assert await connection.fetchval("SELECT version FROM newer.llmspell_header") == 2


async def test_a_server_that_may_only_be_read_is_told_apart_from_one_that_is_lost(opened, make_postgres):
    server = make_postgres("fsync = off")
    await (await opened(server)).put("k", b"v")
    async with raw(server) as connection:
        await connection.execute("ALTER ROLE llmspell SET default_transaction_read_only = on")
    store = await opened(server)
    assert await store.get("k") == b"v"
    with pytest.raises(StorageError, match="takes no writes") as caught:
        await store.put("k", b"w")
    assert "default_transaction_read_only" in caught.value.suggestions[0]
    assert await store.get("k") == b"v"


@pytest.mark.parametrize(
    "table",
    ["pairs (key bytea, note text)", "llmspell_header (other text)", "llmspell_header (name text, version int)"],
)
async def test_tables_of_another_program_are_refused_and_left_alone(opened, shared_postgres, table):
    async with raw(shared_postgres) as connection:
        await connection.execute("DROP SCHEMA IF EXISTS other CASCADE")
        await connection.execute("CREATE SCHEMA other")
        await connection.execute(f"CREATE TABLE other.{table}")
        await refused(opened, shared_postgres, "of another program", schema="other")
        found = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'other'")
        assert [row[0] for row in found] == [table.split(" ", maxsplit=1)[0]]


async def test_names_are_names_whatever_they_hold(opened):
    name = """o'dd "name"; DROP SCHEMA x -- $1"""
    for _ in range(2):
        store = await opened(schema=name)
        async with store.watch() as changes:
            await store.put("k", b"v")
            assert await anext(changes) == "k"
        assert (await store.stats())[:2] == (1, 2)
        await store.aclose()


async def test_many_open_a_new_store_at_once(opened):
    stores = await asyncio.gather(*(opened(schema="many at once") for _ in range(6)))
    await asyncio.gather(*(store.increment("n") for store in stores))
    assert await stores[-1].get("n") == b"6"


async def test_a_changed_value_is_an_error_and_never_a_value(opened, shared_postgres, tmp_path):
    store = await opened(schema="bits")
    await store.put("k", b"value")
    await store.put("other", b"fine")
    async with raw(shared_postgres) as connection:
        for place in range(5):
            changed = bytes([*b"value"[:place], b"value"[place] ^ 1, *b"value"[place + 1 :]])
            await connection.execute("UPDATE bits.pairs SET value = $1 WHERE key = 'k'", changed)
            for attempt in (store.get("k"), store.get_batch(["k", "other"]), store.verify(), store.merge("k", b"{}")):
                with pytest.raises(StorageError, match="is damaged"):
                    await attempt
        with pytest.raises(StorageError, match="is damaged"):
            await store.backup(tmp_path / "backup")
        assert not list(tmp_path.iterdir())


async def test_a_page_that_the_server_finds_damaged_is_an_error(opened, make_postgres):
    server = make_postgres()
    store = await opened(server)
    for number in range(300):
        await store.put(f"k{number:03}", bytes([number % 256]) * 500)
    file = await store._database.do(
        lambda one: one.fetchval("SELECT pg_relation_filepath($1::regclass)", store._database.sql.pairs)
    )
    await store._database.do(lambda one: one.execute("CHECKPOINT"))
    server.kill()
    whole = bytearray((server.data / file).read_bytes())
    whole[12:20] = b"\xff" * 8  # the pointers of the first page
    (server.data / file).write_bytes(whole)
    server.start()
    with pytest.raises(StorageError, match="has found damage"):
        await store.verify()


async def test_a_disk_that_is_full_refuses_writes_whole_and_lets_reading_go_on(opened, shared_postgres):
    """A table space of its own, on a file system without room, would need root; the server tells it by a code."""
    store = await opened(schema="full")
    await store.put("k", b"v")
    async with raw(shared_postgres) as connection:
        await connection.execute("SET search_path = 'full'")
        await connection.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
        )
        await connection.execute(
            "CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON pairs FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
        steps = [Operation("put", "a", b""), Operation("delete", "k")]
        for attempt in (store.put("k", b"w"), store.transaction(steps)):
            with pytest.raises(StorageFullError) as caught:
                await attempt
            assert caught.value.code == 6103
        assert [pair async for pair in store.scan()] == [("k", b"v")]
        await connection.execute("DROP TRIGGER refuse ON pairs")
    await store.put("k", b"again")
    assert await store.get("k") == b"again"


async def test_a_large_value_is_kept_and_one_that_is_too_large_is_refused(opened):
    store = await opened(timeout=60.0)
    value = bytes(range(256)) * (100 << 12)  # 100 MiB
    await store.put("k", value)
    assert await store.get("k") == value
    assert [key async for key, _ in store.scan()] == ["k"]
    with pytest.raises(StorageError, match="are allowed"):
        await store.put("k", bytes(store.limits.value + 1))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"port": 0}, "storage.postgres.port"),
        ({"pool": 1}, "storage.postgres.pool"),
        ({"durability": "maximal"}, "storage.postgres.durability"),
        ({"schema": ""}, "storage.postgres"),
        ({"hots": "x"}, "hots"),
    ],
)
async def test_a_wrong_key_is_named(wrong, named):
    with pytest.raises(ConfigError) as caught:
        async with open_context(config={"storage": {"backend": "postgres", "postgres": wrong}}) as ctx:
            await ctx.storage.put("k", b"v")
    assert named in str(caught.value.faults)


async def test_a_place_where_nobody_listens_is_named(opened, make_postgres):
    server = make_postgres()
    server.kill()
    error = await refused(opened, server, "cannot be reached")
    assert error.retryable


async def test_prefixes_are_no_patterns(opened):
    store = await opened()
    await store.put("a%_b", b"1")
    await store.put("axyb", b"2")
    assert [pair async for pair in store.scan("a%_")] == [("a%_b", b"1")]
