"""What is refused, and with which words: passwords, memory, values, other programs, newer formats, settings."""

from __future__ import annotations

import json
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from redis.asyncio import Redis

from llmspell.errors import ConfigError, StorageError, StorageFullError
from llmspell.spec import Operation
from llmspell.testing import open_context
from llmspell.testing.redis_server import PASSWORD

if TYPE_CHECKING:
    from llmspell.testing.redis_server import RedisServer


def raw(server: RedisServer) -> Redis:
    """Speak to the server as its owner would, beside the store."""
    return Redis(host="127.0.0.1", port=server.port, password=PASSWORD)


async def refused(opened, server, match: str, **section: object) -> StorageError:
    with pytest.raises(StorageError, match=match) as caught:
        await opened(server, **section)
    assert caught.value.code == 6002
    assert caught.value.suggestions
    assert f"127.0.0.1:{server.port}" in caught.value.message
    return caught.value


@pytest.mark.parametrize("secret", ["wr0ng-secret", ""])
async def test_a_wrong_password_says_what_to_set_and_keeps_it_to_itself(opened, shared_redis, monkeypatch, secret):
    monkeypatch.delenv("PROBE_PASSWORD")
    monkeypatch.delenv("REDIS_PASSWORD", raising=False)
    if secret:
        monkeypatch.setenv("REDIS_PASSWORD", secret)
    error = await refused(opened, shared_redis, "did not accept|asks for a password", password_env=None)
    said = "".join(traceback.format_exception(error)) + json.dumps(error.to_dict())
    assert "REDIS_PASSWORD" in error.suggestions[0]
    assert PASSWORD not in said
    assert not secret or secret not in said


async def test_the_usual_variable_is_read_unnamed(opened, shared_redis, monkeypatch):
    monkeypatch.delenv("PROBE_PASSWORD")
    monkeypatch.setenv("REDIS_PASSWORD", PASSWORD)
    store = await opened(shared_redis, password_env=None)
    await store.put("a", b"1")
    assert await store.get("a") == b"1"


async def test_a_variable_without_a_password_is_a_fault_of_the_configuration(opened, shared_redis, monkeypatch):
    monkeypatch.delenv("PROBE_PASSWORD")
    with pytest.raises(ConfigError, match="password_env names 'PROBE_PASSWORD'"):
        await opened(shared_redis)


async def test_a_user_without_rights_is_told_so(opened, shared_redis, monkeypatch):
    async with raw(shared_redis) as client:
        await client.execute_command("ACL", "SETUSER", "reader", "on", ">look", "~*", "&*", "+@read", "+info")
    monkeypatch.setenv("READER_PASSWORD", "look")
    error = await refused(
        opened, shared_redis, "does not let this user", username="reader", password_env="READER_PASSWORD"
    )
    assert "README" in error.suggestions[0]


async def test_full_memory_refuses_writes_whole_and_lets_everything_else_go_on(opened, make_redis, tmp_path):
    server = make_redis("maxmemory 12mb", "maxmemory-policy noeviction")
    store = await opened(server)
    kept = 0

    async def fill() -> None:
        nonlocal kept
        for number in range(1000):
            await store.put(f"k{number:04}", bytes(20_000))
            kept += 1

    with pytest.raises(StorageFullError) as caught:
        await fill()
    assert caught.value.code == 6103
    assert "nothing was changed" in caught.value.message
    with pytest.raises(StorageFullError):
        await store.transaction([Operation("put", f"t{n}", bytes(20_000)) for n in range(5)])
    expected = [f"k{number:04}" for number in range(kept)]
    assert [key async for key, _ in store.scan()] == expected
    assert (await store.stats())[:2] == (kept, kept * 20_005)
    await store.backup(tmp_path / "backup")  # what one wants to do then
    with pytest.raises(StorageFullError):
        await store.restore(tmp_path / "backup")  # it lies beside the old until it is whole
    assert [key async for key, _ in store.scan()] == expected
    for key in expected[: kept // 2]:
        assert await store.delete(key)
    await store.put("room", b"again")
    assert await store.get("room") == b"again"
    async with raw(server) as client:
        left = [name async for name in client.scan_iter()]
    assert len(left) == 3  # nothing of the restore was left behind


async def test_a_value_beyond_what_the_server_takes(opened, make_redis):
    store = await opened(make_redis("proto-max-bulk-len 1mb"))
    with pytest.raises(StorageError) as caught:
        await store.put("k", bytes(2 << 20))
    assert "proto-max-bulk-len" in str(caught.value.suggestions)
    await store.put("k", b"small")
    assert await store.get("k") == b"small"


async def test_a_server_that_evicts_is_refused(opened, make_redis):
    server = make_redis("maxmemory 100mb", "maxmemory-policy allkeys-lru")
    error = await refused(opened, server, "throws data away")
    assert error.suggestions == ("set `maxmemory-policy noeviction` on the server",)


@pytest.mark.parametrize(
    ("settings", "durability", "missing"),
    [
        ((), "log", "appendonly yes"),
        (("appendonly yes",), "fsync", "appendfsync always"),
        (("appendonly yes", 'rename-command CONFIG ""'), "fsync", "appendfsync always"),
    ],
)
async def test_a_server_that_promises_less_is_refused(opened, make_redis, settings, durability, missing):
    error = await refused(opened, make_redis(*settings), "cannot be used", durability=durability)
    assert missing in error.suggestions[0]


@pytest.mark.parametrize("durability", ["server", "log", "fsync"])
async def test_a_server_that_promises_enough_is_used(opened, make_redis, durability):
    store = await opened(make_redis("appendonly yes", "appendfsync always"), durability=durability)
    await store.put("k", b"v")
    assert await store.get("k") == b"v"


async def test_a_newer_format_is_refused_and_left_alone(opened, shared_redis):
    await (await opened(prefix="newer")).put("k", b"v")
    async with raw(shared_redis) as client:
        await client.hset("newer:meta", "format", "2")
        for _ in range(2):
            await refused(opened, shared_redis, "has format 2, this llmspell knows format 1", prefix="newer")
        assert await client.hget("newer:meta", "format") == b"2"


async def test_a_store_that_was_brought_to_a_newer_format_is_not_written_any_more(opened, shared_redis):
    store = await opened(prefix="moved")
    await store.put("k", b"v")
    async with raw(shared_redis) as client:
        await client.hset("moved:meta", "format", "2")
        with pytest.raises(StorageError, match="lost the store"):
            await store.put("k", b"w")
        kept: Any = await client.hget("moved:data", "k")
        assert kept[4:] == b"v"


@pytest.mark.parametrize(
    "command", [("SET", "other:meta", "x"), ("SADD", "other:data", "x"), ("HSET", "other:data", "a", "b")]
)
async def test_keys_of_another_program_are_refused_and_left_alone(opened, shared_redis, command):
    async with raw(shared_redis) as client:
        await client.execute_command("DEL", "other:meta", "other:data")
        await client.execute_command(*command)
        await refused(opened, shared_redis, "of another program", prefix="other")
        assert [name async for name in client.scan_iter("other:*")] == [command[1].encode()]


async def test_a_changed_value_is_an_error_and_never_a_value(opened, shared_redis, tmp_path):
    store = await opened(prefix="bits")
    await store.put("k", b"value")
    await store.put("other", b"fine")
    async with raw(shared_redis) as client:
        kept: Any = await client.hget("bits:data", "k")
        for place in range(len(kept)):
            await client.hset("bits:data", "k", kept[:place] + bytes([kept[place] ^ 1]) + kept[place + 1 :])
            for attempt in (store.get("k"), store.get_batch(["k", "other"]), store.verify(), store.merge("k", b"{}")):
                with pytest.raises(StorageError, match="is damaged"):
                    await attempt
        with pytest.raises(StorageError, match="is damaged"):
            await store.backup(tmp_path / "backup")
        assert not list(tmp_path.iterdir())
        await client.hdel("bits:data", "k")
    with pytest.raises(StorageError, match="is damaged"):
        await store.verify()


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"port": 0}, "storage.redis.port"),
        ({"pool": 0}, "storage.redis.pool"),
        ({"durability": "maximal"}, "storage.redis.durability"),
        ({"host": ""}, "storage.redis"),
        ({"hots": "x"}, "hots"),
    ],
)
async def test_a_wrong_key_is_named(wrong, named):
    with pytest.raises(ConfigError) as caught:
        async with open_context(config={"storage": {"backend": "redis", "redis": wrong}}) as ctx:
            await ctx.storage.put("k", b"v")
    assert named in str(caught.value.faults)


async def test_a_place_where_nobody_listens_is_named(opened, make_redis):
    server = make_redis()
    server.kill()
    error = await refused(opened, server, "cannot be reached")
    assert error.retryable


async def test_a_public_name_does_not_lead_inside(opened, shared_redis):
    with pytest.raises(StorageError, match="cannot be found"):
        await opened(shared_redis, host="redis.example.com")


async def test_two_prefixes_are_two_stores(opened):
    one, two = await opened(prefix="one*"), await opened(prefix="one")
    await one.put("a*b[c]?", b"1")
    await two.put("axb", b"2")
    assert [pair async for pair in one.scan("a*")] == [("a*b[c]?", b"1")]
    assert [pair async for pair in two.scan("a*")] == []
    assert [pair async for pair in two.scan("a")] == [("axb", b"2")]
