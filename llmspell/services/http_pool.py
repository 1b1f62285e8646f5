"""Bounded pools of connections: one for each origin at one checked address, so that nothing in it leads elsewhere.

httpcore walks its list of connections, with a system call for each idle one, at the start and the end of every request,
so that large pools cost more than several small ones. A pool deals its requests over shards of at most `SHARD_SIZE`
connections each, filling the first before it opens the next.
"""

from __future__ import annotations

import asyncio
import ssl
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import httpx

from llmspell.errors import NetworkError

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.services.http_target import Target

SHARD_SIZE = 16
SHARDS = 16
POOLS = 64
KEEP_ALIVE_SECONDS = 30.0
_LIMITS = httpx.Limits(
    max_connections=SHARD_SIZE, max_keepalive_connections=SHARD_SIZE, keepalive_expiry=KEEP_ALIVE_SECONDS
)


class Shard:
    """One httpx transport and the number of requests it carries now."""

    __slots__ = ("busy", "transport")

    def __init__(self, context: ssl.SSLContext) -> None:
        self.busy = 0
        self.transport = httpx.AsyncHTTPTransport(verify=context, trust_env=False, limits=_LIMITS)


class Pool:
    """The connections of one origin at one address."""

    __slots__ = ("_context", "_gate", "_shards", "proven")

    def __init__(self, context: ssl.SSLContext) -> None:
        self.proven = False
        self._context = context
        self._shards: list[Shard] = []
        self._gate = asyncio.Semaphore(SHARD_SIZE * SHARDS)

    @property
    def busy(self) -> int:
        """Count the requests that are under way."""
        return sum(shard.busy for shard in self._shards)

    async def lease(self) -> Shard:
        """Give the first shard with a free place; waits when all are full. The caller gives it back with `release`."""
        await self._gate.acquire()
        for shard in self._shards:
            if shard.busy < SHARD_SIZE:
                shard.busy += 1
                return shard
        shard = Shard(self._context)
        shard.busy = 1
        self._shards.append(shard)
        return shard

    def release(self, shard: Shard) -> None:
        """Give a place back."""
        shard.busy -= 1
        self._gate.release()

    async def aclose(self) -> None:
        """Close every connection."""
        shards, self._shards = self._shards, []
        for shard in shards:
            await shard.transport.aclose()


class Lease(NamedTuple):
    """A place in a pool for one request."""

    pool: Pool
    shard: Shard

    def release(self) -> None:
        """Give the place back; once."""
        self.pool.release(self.shard)


class Pools:
    """All pools of a process, at most `POOLS` idle ones; one TLS context for all, loaded when https is first spoken."""

    def __init__(self, tls: Callable[[], ssl.SSLContext] | None = None) -> None:
        self._pools: dict[tuple[str, str, int, str], Pool] = {}
        self._make_context = tls or _public_authorities
        self._context: ssl.SSLContext | None = None
        self._no_tls = ssl.SSLContext(
            ssl.PROTOCOL_TLS_CLIENT
        )  # trusts nobody; http pools are given it and never use it
        self._closed = False

    async def lease(self, target: Target, address: str) -> Lease:
        """Give a place in the pool of a target's origin at an address; waits while that pool is full."""
        if self._closed:
            message = f"HTTP is closed; the request to {target.authority} came after the end of the application"
            raise NetworkError(message, retryable=False)
        key = (*target.origin, address)
        pool = self._pools.pop(key, None) or Pool(self._tls() if target.scheme == "https" else self._no_tls)
        self._pools[key] = pool  # last used, last in the dict
        shard = (
            await pool.lease()
        )  # does not yield unless the pool is full, so an idle pool is not dropped under our feet
        if len(self._pools) > POOLS:
            await self._drop_idle()
        return Lease(pool, shard)

    def proven(self, target: Target, address: str) -> bool:
        """Tell whether connecting to this address worked last time."""
        pool = self._pools.get((*target.origin, address))
        return pool is not None and pool.proven

    async def aclose(self) -> None:
        """Close all pools; a client that is dropped unclosed can lose the connections of others."""
        self._closed = True
        pools, self._pools = self._pools, {}
        for pool in pools.values():
            await pool.aclose()

    def _tls(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = self._make_context()
        return self._context

    async def _drop_idle(self) -> None:
        for key, pool in list(self._pools.items())[: len(self._pools) - POOLS]:
            if not pool.busy:
                del self._pools[key]
                await pool.aclose()


def _public_authorities() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


@lru_cache(maxsize=256)
def pinned(url: httpx.URL, address: str) -> httpx.URL:
    """Give the URL that dials a checked address instead of a name: the transport resolves nothing."""
    return url.copy_with(host=address)
