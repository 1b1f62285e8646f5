"""A server with a store on it: the client, the names of its keys, the scripts, and what the server must be set to."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoPermissionError, NoScriptError, ResponseError

from llmspell.errors import StorageError
from llmspell.spec.endpoints import key_of
from llmspell_storage_redis import scripts
from llmspell_storage_redis.changes import Changes
from llmspell_storage_redis.connection import CheckedConnection, Credentials, Place
from llmspell_storage_redis.failures import Failures

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from llmspell.spec import Context
    from llmspell.spec.storages import StorageStats
    from llmspell_storage_redis.section import RedisSection

T = TypeVar("T")

SECTION = "storage.redis"
_LESS = f"ask for less by `durability` in [{SECTION}]"
PASSWORD_VARIABLE = "REDIS_PASSWORD"  # noqa: S105 - the name of a variable


class Server:
    """Speak to the server of a section; nothing is connected before `begin`."""

    def __init__(self, section: RedisSection, place: Place, ctx: Context) -> None:
        self.name = f"redis {section.host}:{section.port}/{section.database} ({section.prefix})"
        self.failures = Failures(self.name, ctx.secrets.redact, section.timeout, section.pool)
        self.new_id = ctx.new_id
        self._section = section
        self._place = place
        names = ("data", "index", "meta", "scans", "changes")
        self.data, self.index, self.meta, self.scans, self.channel = (f"{section.prefix}:{name}" for name in names)
        options = self._options(ctx)
        self.client: Redis = Redis.from_pool(
            _pool(section.pool, section.timeout, socket_timeout=section.timeout, **options)
        )
        listening = Redis.from_pool(_pool(1, section.timeout, socket_timeout=None, **options))
        self.changes = Changes(listening, self.channel, self.failures, ctx.sleep)
        self._execute: Callable[..., Awaitable[Any]] = self.client.execute_command
        script = self.client.register_script
        self._write, self._page = script(scripts.WRITE), script(scripts.PAGE)
        self._end, self._count = script(scripts.END), script(scripts.COUNT)
        self._replace, self._prepare = script(scripts.REPLACE), script(scripts.PREPARE)

    def _options(self, ctx: Context) -> dict[str, Any]:
        section, place = self._section, self._place
        secret = key_of(section, ctx.secrets, SECTION, (PASSWORD_VARIABLE,), name="password")
        bound = None if secret is None else secret.bound(section.host)
        return {
            "place": place,
            "db": section.database,
            "socket_connect_timeout": section.timeout,
            "credential_provider": bound and Credentials(place.network, bound, section.host, section.username),
        }

    async def begin(self) -> None:
        """Connect, make the store where there is none, and refuse what could lose or misread it."""
        with self.failures.explained():
            await self._require_settings()
            found: bytes = await self._prepare([self.data, self.index, self.meta], [scripts.FORMAT])
        if found != b"%d" % scripts.FORMAT:
            raise self._foreign(found.decode(errors="replace"))
        self._place.mark = (self.meta, found)
        await self.client.connection_pool.disconnect()  # connections that were made before there was a mark

    def _foreign(self, found: str) -> StorageError:
        if found == "other":
            message = f"the store {self.name} is of another program: the keys under its prefix are not ours"
            return StorageError(message, suggestions=[f"set another `prefix` in [{SECTION}]"])
        message = f"the store {self.name} has format {found}, this llmspell knows format {scripts.FORMAT}"
        return StorageError(message, suggestions=["upgrade llmspell"])

    async def _require_settings(self) -> None:
        memory: dict[str, Any] = await self.client.info("memory")
        policy = str(memory.get("maxmemory_policy", ""))
        if policy.startswith("allkeys"):
            what = f"throws data away when its memory is full (`maxmemory-policy {policy}`)"
            raise self._unfit(what, "set `maxmemory-policy noeviction` on the server")
        if self._section.durability == "server":
            return
        persistence: dict[str, Any] = await self.client.info("persistence")
        if not persistence.get("aof_enabled"):
            raise self._unfit("keeps no append-only file", "set `appendonly yes` on the server", _LESS)
        if self._section.durability == "fsync":
            try:
                synced = (await self.client.config_get("appendfsync")).get("appendfsync")
            except (NoPermissionError, ResponseError):
                synced = "a value that it does not tell"
            if synced != "always":
                what = f"does not sync each write (`appendfsync {synced}`)"
                raise self._unfit(what, "set `appendfsync always` on the server", _LESS)

    def _unfit(self, what: str, *advice: str) -> StorageError:
        return StorageError(
            f"the store {self.name} cannot be used: the server {what}",
            suggestions=advice,
            context={"server": self.name},
        )

    async def write(
        self,
        pairs: Sequence[tuple[bytes, bytes]],
        conditions: Sequence[tuple[bytes, bytes]] = (),
        removals: Sequence[bytes] = (),
    ) -> bytes | int:
        """Write sealed values and remove other keys in one step if all conditions hold.

        Gives the number of keys that were removed, or the key whose condition does not hold.
        """
        counts = (len(conditions), len(removals), self._section.max_size)
        arguments = [*counts, *chain(*conditions), *removals, *chain(*pairs)]
        largest = max((len(kept) for _, kept in pairs), default=0)
        answer: bytes | int = await self._do(partial(self._run_write, arguments), largest=largest)
        return answer

    async def _run_write(self, arguments: list[Any]) -> Any:
        """Run the script without the detours of the client, unless the server has forgotten it."""
        try:
            return await self._execute("EVALSHA", self._write.sha, 1, self.data, *arguments)
        except NoScriptError:
            return await self._write([self.data], arguments)

    async def ask(self, *command: str | bytes) -> Any:
        """Read by one command."""
        return await self._do(partial(self._execute, *command), again=True)

    async def ask_all(self, commands: Iterable[Sequence[str | bytes]]) -> list[Any]:
        """Read by several commands that are sent at once."""
        pipeline = self.client.pipeline(transaction=False)
        asked = [*commands]

        async def read() -> list[Any]:
            for command in asked:
                pipeline.execute_command(*command)
            return await pipeline.execute()

        return await self._do(read, again=True)

    async def count(self) -> tuple[int, int]:
        """Count keys, and bytes of keys and values."""
        keys, size = await self._do(partial(self._count, [self.data, self.meta]), again=True)
        return int(keys), int(size)

    async def page(self, arguments: list[Any]) -> Any:
        """Read a page of a scan."""
        keys = [self.data, self.index, self.meta, self.scans]
        return await self._do(partial(self._page, keys, [scripts.FORMAT, *arguments]))

    async def end_scan(self, name: str) -> None:
        """Forget a scan that was not read to its end."""
        await self._do(partial(self._end, [self.scans], [name]))

    def check_room(self, stats: StorageStats) -> None:
        """Refuse content that is larger than the store may be."""
        if 0 < self._section.max_size < stats.bytes:
            raise self.failures.full(f"it would hold {stats.bytes} bytes")

    async def replace(self, data: str, index: str, size: int) -> None:
        """Put other keys in the place of the store's; `size` is what their keys and values come to."""
        keys = [self.data, self.index, self.meta, self.scans, self.channel, data, index]
        await self._do(partial(self._replace, keys, [scripts.FORMAT, size]))

    async def _do(self, call: Callable[[], Awaitable[T]], *, again: bool = False, largest: int = 0) -> T:
        """Run a command; what may be sent `again` is, once, on a new connection when the old one was lost.

        A server that was restarted broke every connection of the pool, so the idle ones go with the first that fails.
        """
        with self.failures.explained(largest):
            try:
                return await call()
            except RedisConnectionError as error:
                if type(error) is not RedisConnectionError or isinstance(error.__cause__, TimeoutError):
                    raise  # who may not log in, or found no free connection, has lost none
                await self.client.connection_pool.disconnect(inuse_connections=False)
                if not again:
                    raise
            except ResponseError as error:
                if str(error).startswith("Protocol error"):  # the server's last word on this connection
                    await self.client.connection_pool.disconnect(inuse_connections=False)
                raise
            return await call()

    async def aclose(self) -> None:
        """Close every connection."""
        await self.changes.aclose()
        await self.client.aclose()


def _pool(size: int, timeout: float, **options: Any) -> BlockingConnectionPool:
    """Make a pool; nothing that was sent is ever sent again, for a write whose answer was lost may have been made."""
    return BlockingConnectionPool(
        max_connections=size,
        timeout=timeout,
        connection_class=CheckedConnection,
        retry=Retry(NoBackoff(), 0),
        protocol=2,  # logs in by AUTH, whose arguments no error of an old server repeats
        driver_info=None,
        **options,
    )
