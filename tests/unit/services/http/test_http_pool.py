from __future__ import annotations

import asyncio
import ssl

from llmspell.services.http_pool import CONNECTIONS, POOLS, Pool, Pools
from llmspell.services.http_target import parse_target


def context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


async def test_the_transport_that_was_used_last_is_used_next() -> None:
    pool = Pool(context())
    first, second = await pool.lease(), await pool.lease()
    assert first is not second
    await pool.release(second)
    await pool.release(first)
    assert await pool.lease() is first
    await pool.aclose()


async def test_a_full_pool_lets_the_next_request_wait_for_a_place() -> None:
    pool = Pool(context())
    leased = [await pool.lease() for _ in range(CONNECTIONS)]
    waiting = asyncio.create_task(pool.lease())
    await asyncio.sleep(0)
    assert not waiting.done()
    assert pool.busy == CONNECTIONS + 1
    await pool.release(leased[5])
    assert await waiting is leased[5]
    await pool.aclose()


async def test_a_place_given_up_while_waiting_is_not_lost() -> None:
    pool = Pool(context())
    leased = [await pool.lease() for _ in range(CONNECTIONS)]
    waiting = asyncio.create_task(pool.lease())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert pool.busy == CONNECTIONS
    await pool.release(leased[0])
    assert await pool.lease() is leased[0]
    await pool.aclose()


async def test_an_origin_has_one_pool_for_each_address() -> None:
    pools = Pools()
    here, there = parse_target("http://a.test/1"), parse_target("http://a.test:80/2")
    first = await pools.lease(here, "10.0.0.1")
    assert (await pools.lease(there, "10.0.0.1")).pool is first.pool
    assert (await pools.lease(here, "10.0.0.2")).pool is not first.pool
    assert (await pools.lease(parse_target("http://b.test/"), "10.0.0.1")).pool is not first.pool
    await pools.aclose()


async def test_the_longest_unused_idle_pool_makes_room() -> None:
    pools = Pools()
    busy = await pools.lease(parse_target("http://busy.test/"), "10.0.0.1")
    idle = await pools.lease(parse_target("http://idle.test/"), "10.0.0.1")
    await idle.release()
    for n in range(POOLS):
        await (await pools.lease(parse_target(f"http://h{n}.test/"), "10.0.0.1")).release()
    assert (await pools.lease(parse_target("http://busy.test/"), "10.0.0.1")).pool is busy.pool
    assert (await pools.lease(parse_target("http://idle.test/"), "10.0.0.1")).pool is not idle.pool
    await pools.aclose()


async def test_tls_is_loaded_once_and_only_for_https() -> None:
    loaded = []

    def load() -> ssl.SSLContext:
        loaded.append(1)
        return context()

    pools = Pools(load)
    await pools.lease(parse_target("http://a.test/"), "10.0.0.1")
    assert not loaded
    await pools.lease(parse_target("https://a.test/"), "10.0.0.1")
    await pools.lease(parse_target("https://b.test/"), "10.0.0.1")
    assert loaded == [1]
    await pools.aclose()
