"""A database with a store in it: connections to checked addresses, and the tables."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import asyncpg

from llmspell.errors import StorageError
from llmspell.spec.endpoints import key_of
from llmspell_storage_postgres.failures import Failures, PoolBusyError, StoreGoneError, lost
from llmspell_storage_postgres.statements import FORMAT, Statements

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable

    from llmspell.spec import Context
    from llmspell_storage_postgres.section import PostgresSection

T = TypeVar("T")

SECTION = "storage.postgres"
PASSWORD_VARIABLE = "PGPASSWORD"  # noqa: S105 - the name of a variable
TRIES = 5
"""How often a step is tried that PostgreSQL undid because of another: of two that block each other, it ends one."""


class PlainConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg ships no types
    """A connection that needs no question to be clean: here nobody sets, listens or locks beyond a transaction."""

    __slots__ = ()

    def get_reset_query(self) -> str:
        """Give nothing to ask when the connection goes back to the pool."""
        return ""


class Database:
    """Speak to the database of a section; nothing is connected before `begin`."""

    def __init__(self, section: PostgresSection, tls: ssl.SSLContext | None, ctx: Context) -> None:
        self.name = f"postgres {section.host}:{section.port}/{section.database} ({section.schema})"
        self.failures = Failures(self.name, ctx.secrets.redact, section.timeout, section.pool)
        self.sql = Statements(section.schema)
        self.sleep = ctx.sleep
        self._network = ctx.net
        self._secret = key_of(section, ctx.secrets, SECTION, (PASSWORD_VARIABLE,), name="password")
        self._section = section
        self._tls = tls
        self._pool: Any = None
        self._scanning = asyncio.Semaphore(section.pool - 1)

    # -- connections ---------------------------------------------------------------------------------------------------

    async def connect(self, *_: object, **options: Any) -> Any:
        """Open a connection to one of the addresses that the host has now."""
        section = self._section
        addresses = list(await self._network.addresses(section.host, section.port))
        settings = {"application_name": "llmspell"}
        if section.durability != "server":
            settings["synchronous_commit"] = {"async": "off", "fsync": "on"}[section.durability]
        options.setdefault("connection_class", PlainConnection)
        return await asyncpg.connect(
            host=addresses,
            port=section.port,
            user=section.username,
            password=self._password,
            database=section.database,
            ssl=self._tls or False,
            timeout=section.timeout,
            command_timeout=section.timeout,
            server_settings=settings,
            target_session_attrs="any",
            **options,
        )

    def _password(self) -> str:
        """Give the password to a connection that is being made, so that it lies nowhere in between."""
        if self._secret is None:
            return ""
        return self._network.secret(self._secret.bound(self._section.host), self._section.host)

    async def _find(self, connection: Any) -> None:
        """See that the store is there; asked of each new connection."""
        if await connection.fetchval(self.sql.version) != FORMAT:
            raise StoreGoneError

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        """Lend a connection of the pool for a block."""
        try:
            connection = await self._pool.acquire(timeout=self._section.timeout)
        except TimeoutError as error:
            if self._pool.get_idle_size() or self._pool.get_size() < self._section.pool:
                raise  # the server did not answer
            raise PoolBusyError from error
        try:
            yield connection
        except asyncpg.InternalClientError:
            connection.terminate()  # the server ended it in the middle of something, and the client is confused
            raise
        finally:
            await self._pool.release(connection)

    @asynccontextmanager
    async def long_connection(self) -> AsyncIterator[Any]:
        """Lend a connection to a scan, which may keep it while others write: one is left for them."""
        try:
            async with asyncio.timeout(self._section.timeout):
                await self._scanning.acquire()
        except TimeoutError as error:
            raise PoolBusyError from error
        try:
            async with self.connection() as connection:
                yield connection
        finally:
            self._scanning.release()

    async def do(self, work: Callable[[Any], Awaitable[T]], *, again: bool = False) -> T:
        """Do one step on a connection; what may be done `again` is, once, when the connection was lost.

        A step that was undone whole for the sake of another is tried again in any case.
        """
        with self.failures.explained():
            for left in reversed(range(TRIES)):
                try:
                    async with self.connection() as connection:
                        return await work(connection)
                except (asyncpg.DeadlockDetectedError, asyncpg.SerializationError):
                    if not left:
                        raise
                except Exception as error:
                    if not (again and lost(error)):
                        raise
                    again = False
                    await self._pool.expire_connections()  # a restart broke them all
        raise AssertionError("unreachable: the last try returns or raises")

    async def aclose(self) -> None:
        """Close every connection."""
        if self._pool is not None:
            self._pool.terminate()

    # -- the tables ----------------------------------------------------------------------------------------------------

    async def begin(self) -> None:
        """Connect, make the tables where there are none, and refuse what could lose or misread them."""
        with self.failures.explained():
            connection = await self.connect()
            try:
                await self._require_settings(connection)
                async with connection.transaction():
                    await connection.execute(
                        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"migrate {self.sql.channel}"
                    )
                    await self._prepare(connection)
            finally:
                connection.terminate()
            self._pool = await asyncpg.create_pool(
                connect=self.connect,
                min_size=0,
                max_size=self._section.pool,
                init=self._find,
                connection_class=PlainConnection,
            )

    async def _require_settings(self, connection: Any) -> None:
        if self._section.durability == "fsync" and await connection.fetchval("SHOW fsync") != "on":
            raise StorageError(
                f"the store {self.name} cannot be used: the server waits for no disk (`fsync = off`)",
                suggestions=["set `fsync = on` on the server", f"ask for less by `durability` in [{SECTION}]"],
            )

    async def _prepare(self, connection: Any) -> None:
        sql = self.sql
        if await connection.fetchval("SELECT to_regclass($1)", sql.header) is None:
            if await connection.fetchval("SELECT to_regclass($1)", sql.pairs) is not None:
                raise self._foreign()
            if await connection.fetchval("SELECT to_regnamespace($1)", sql.schema) is None:
                await connection.execute(f"CREATE SCHEMA {sql.schema}")
            for statement in sql.tables():
                await connection.execute(statement)
            return
        try:
            version = await connection.fetchval(sql.version)
        except asyncpg.UndefinedColumnError:
            version = None
        if version is None:
            raise self._foreign()
        if version != FORMAT:
            message = f"the store {self.name} has format {version}, this llmspell knows format {FORMAT}"
            raise StorageError(message, suggestions=["upgrade llmspell"])

    def _foreign(self) -> StorageError:
        message = f"the store {self.name} is of another program: its schema has other tables of the same names"
        return StorageError(message, suggestions=[f"set another `schema` in [{SECTION}]"])
