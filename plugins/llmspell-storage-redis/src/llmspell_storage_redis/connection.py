"""Connections to addresses that were checked a moment ago, whose server still has the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from redis.asyncio.connection import Connection
from redis.credentials import CredentialProvider

from llmspell_storage_redis.failures import StoreGoneError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from llmspell.spec.network import Network
    from llmspell.spec.secrets import SecretRef


class Place:
    """Where a server is; `mark` is the key and format of the store that was opened there, None before."""

    __slots__ = ("host", "mark", "network", "port", "tls")

    def __init__(self, network: Network, host: str, port: int, tls: ssl.SSLContext | None) -> None:
        self.network = network
        self.host = host
        self.port = port
        self.tls = tls
        self.mark: tuple[str, bytes] | None = None


class Credentials(CredentialProvider):
    """Ask for the password when a connection is made, so that it lies nowhere in between."""

    def __init__(self, network: Network, secret: SecretRef, host: str, username: str | None) -> None:
        self._network = network
        self._secret = secret
        self._host = host
        self._username = username

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        """Give the password, with the user's name if there is one."""
        password = self._network.secret(self._secret, self._host)
        return (self._username, password) if self._username else (password,)

    async def get_credentials_async(self) -> tuple[str] | tuple[str, str]:
        """Do the same, for a connection of a loop."""
        return self.get_credentials()


class CheckedConnection(Connection):
    """A connection of redis-py that is told its address, and looks for the store each time it is made.

    A server that restarts without its data must not pass for an empty store; it does break connections.
    """

    def __init__(self, *, place: Place, **options: Any) -> None:
        super().__init__(host=place.host, port=place.port, **options)
        self._place = place
        self._arguments: Mapping[str, Any] = {}

    def _connection_arguments(self) -> Mapping[str, Any]:
        return self._arguments

    async def _connect(self) -> None:
        place = self._place
        more = {} if place.tls is None else {"ssl": place.tls}
        addresses = await place.network.addresses(place.host, place.port)
        for address in addresses:
            self._arguments = {"host": address, "port": place.port, **more}
            try:
                await super()._connect()  # type: ignore[no-untyped-call]
            except (OSError, TimeoutError):
                if address == addresses[-1]:
                    raise
            else:
                return

    async def on_connect_check_health(self, check_health: bool = True) -> None:  # noqa: FBT001, FBT002 - redis-py's own
        """Log in, and see that the store is there."""
        await super().on_connect_check_health(check_health)
        if self._place.mark is not None:
            key, expected = self._place.mark
            await self.send_command("HGET", key, "format", check_health=False)
            if await self.read_response() != expected:
                raise StoreGoneError
