"""The network port of drivers: where a client that opens its own connections may go, and what it may say there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence
    from pathlib import Path

    from llmspell.spec.secrets import SecretRef


class Network(Protocol):
    """Give a driver (a descriptor with `native=("net",)`) what its client connects with.

    Connect to an address that `addresses` gave, never to the name: a name that is looked up twice may lead elsewhere
    the second time. Raises `PermissionDeniedError` for hosts beyond the grants and for components that are no driver.
    """

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """Give the addresses of a host that may be dialled now, best first: IP literals.

        Raises `PermissionDeniedError` (right `net.connect`, target `host:port`), `NetworkError` for an unknown host.
        """
        ...

    async def tls(
        self, host: str, *, authorities: Path | None = None, certificate: Path | None = None
    ) -> ssl.SSLContext:
        """Give a client context that checks the certificate of `host`, whichever of its addresses is dialled.

        `authorities` is a PEM file of those that are trusted (without it the system's), `certificate` one with our own
        certificate and its key. Raises `ConfigError` for a file that cannot be used.
        """
        ...

    def secret(self, ref: SecretRef, host: str) -> str:
        """Give the text of a secret that is bound to `host`; keep it no longer than the connection needs it.

        Raises `PermissionDeniedError` for another host, `AuthenticationError` for a secret without a value.
        """
        ...
