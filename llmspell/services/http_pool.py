"""Bounded pools of connections: one for each origin at one checked address, so that nothing in it leads elsewhere.

httpcore walks its list of connections, with a system call for each idle one, at the start and the end of every request,
so the CPU of one request grows with its pool. Here each transport holds one connection and the pool is a stack of them:
a hundred at once cost no more each than one.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections import deque
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

import httpx

from llmspell.errors import NetworkError

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmspell.services.http_target import Target

CONNECTIONS = 100
POOLS = 64
KEEP_ALIVE_SECONDS = 30.0
_ONE = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=KEEP_ALIVE_SECONDS)


class Pool:
    """The connections of one origin at one address, at most `CONNECTIONS`; the one that was used last is used next.

    `busy` counts the requests under way and those that wait; `proven` tells that connecting worked last time.
    """

    __slots__ = ("_all", "_context", "_gate", "_idle", "busy", "proven")

    def __init__(self, context: ssl.SSLContext) -> None:
        self.busy = 0
        self.proven = False
        self._context = context
        self._all: set[httpx.AsyncHTTPTransport] = set()
        self._idle: deque[tuple[float, httpx.AsyncHTTPTransport]] = deque()
        self._gate = asyncio.Semaphore(CONNECTIONS)

    async def lease(self) -> httpx.AsyncHTTPTransport:
        """Give a transport with a free connection, waiting when all are busy; it comes back by `release`."""
        self.busy += 1
        try:
            await self._gate.acquire()
        except BaseException:
            self.busy -= 1
            raise
        if self._idle:
            return self._idle.pop()[1]
        transport = httpx.AsyncHTTPTransport(verify=self._context, trust_env=False, limits=_ONE)
        self._all.add(transport)
        return transport

    async def release(self, transport: httpx.AsyncHTTPTransport) -> None:
        """Take a transport back, and close those that nobody used for a while."""
        now = asyncio.get_running_loop().time()
        self._idle.append((now, transport))
        self.busy -= 1
        self._gate.release()
        while self._idle and self._idle[0][0] < now - KEEP_ALIVE_SECONDS:
            stale = self._idle.popleft()[1]
            self._all.discard(stale)
            await stale.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        transports, self._all = self._all, set()
        self._idle.clear()
        for transport in transports:
            await transport.aclose()


class Lease(NamedTuple):
    """A place in a pool for one request."""

    pool: Pool
    transport: httpx.AsyncHTTPTransport

    async def release(self) -> None:
        """Give the place back; once."""
        await self.pool.release(self.transport)


class Pools:
    """All pools of a process, at most `POOLS` idle ones; one TLS context for all, loaded when https is first spoken."""

    def __init__(self, tls: Callable[[], ssl.SSLContext] | None = None) -> None:
        self._pools: dict[tuple[str, str, int, str], Pool] = {}
        _settle_sniffio()
        self._make_context = tls or _public_authorities
        self._context: ssl.SSLContext | None = None
        self._no_tls = ssl.SSLContext(
            ssl.PROTOCOL_TLS_CLIENT
        )  # trusts nobody; what http pools are given, and never use
        self._closed = False

    async def lease(self, target: Target, address: str) -> Lease:
        """Give a place in the pool of a target's origin at an address; waits while that pool is full."""
        if self._closed:
            message = f"HTTP is closed; the request to {target.authority} came after the end of the application"
            raise NetworkError(message, retryable=False)
        key = (*target.origin, address)
        pool = self._pools.pop(key, None) or Pool(self._tls() if target.scheme == "https" else self._no_tls)
        self._pools[key] = pool  # last used, last in the dict
        lease = Lease(pool, await pool.lease())  # who waits counts as busy: the pool is not dropped meanwhile
        if len(self._pools) > POOLS:
            try:
                await self._drop_idle()
            except BaseException:
                await lease.release()
                raise
        return lease

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
            if not pool.busy and self._pools.pop(key, None) is not None:
                await pool.aclose()


def _settle_sniffio() -> None:
    """Say once that there is no `sniffio` where there is none.

    httpcore tries to import it four times a request, and takes asyncio for granted when it cannot. Looking for a module
    in vain costs more than the rest of the request; None in `sys.modules` ends the search at once (Python reference,
    section 5.3.1).
    """
    if "sniffio" not in sys.modules and find_spec("sniffio") is None:
        sys.modules["sniffio"] = None  # type: ignore[assignment]  # the reference allows it


def _public_authorities() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


@lru_cache(maxsize=256)
def pinned(url: httpx.URL, address: str) -> httpx.URL:
    """Give the URL that dials a checked address instead of a name: the transport resolves nothing."""
    return url.copy_with(host=address)
