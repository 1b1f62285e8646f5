"""Checked addresses, TLS and secrets for drivers whose clients open their own connections."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Protocol

from llmspell.errors import ConfigError
from llmspell.services.http_address import check_host
from llmspell.services.http_dial import Place, SystemResolver, reachable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from llmspell.services.http_dial import Resolver
    from llmspell.spec.context import Grants
    from llmspell.spec.secrets import SecretRef


class ResolvesSecrets(Protocol):
    """Turn a handle into its value for one host."""

    def resolve(self, ref: SecretRef, host: str) -> str:
        """Give the value in the handle's template; raises when the handle is bound to another host."""
        ...


class NetworkService:
    """Make one cheap port for each driver; `resolver` gives the addresses of a host, the system's when None."""

    def __init__(self, *, secrets: ResolvesSecrets, resolver: Resolver | None = None) -> None:
        self.secrets = secrets
        self.resolver: Resolver = resolver or SystemResolver()

    def port(self, grants: Grants, who: str) -> NetworkPort:
        """Give the network within these grants; `who` is named in errors."""
        return NetworkPort(self, grants, who)


class NetworkPort:
    """Implement `llmspell.spec.network.Network` with the grants of one driver."""

    __slots__ = ("_grants", "_service", "_who")

    def __init__(self, service: NetworkService, grants: Grants, who: str) -> None:
        self._service = service
        self._grants = grants
        self._who = who

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """Look a host up and give those of its addresses that may be dialled."""
        name = host.lower().removesuffix(".")
        check_host(name)
        return await reachable(Place(name, port), self._grants, self._who, self._service.resolver)

    async def tls(
        self, host: str, *, authorities: Path | None = None, certificate: Path | None = None
    ) -> ssl.SSLContext:
        """Make a client context for one host; its files are read in a thread."""
        return await asyncio.to_thread(_context, host, authorities, certificate)

    def secret(self, ref: SecretRef, host: str) -> str:
        """Give a secret's text for the host it is bound to."""
        return self._service.secrets.resolve(ref, host)


class NamedContext(ssl.SSLContext):
    """Check certificates against one name, whatever a client calls the address that it dials."""

    name: str

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,  # noqa: FBT001, FBT002 - the signature of the class above
        server_hostname: str | bytes | None = None,  # noqa: ARG002 - what is dialled is no name
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """Begin TLS in memory, as asyncio does."""
        return super().wrap_bio(incoming, outgoing, server_side, self.name, session)


def _context(host: str, authorities: Path | None, certificate: Path | None) -> ssl.SSLContext:
    context = NamedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.name = host
    if authorities is None:
        context.load_default_certs()
    else:
        _load(authorities, lambda: context.load_verify_locations(authorities))
    if certificate is not None:
        # a key with a passphrase must not make OpenSSL ask at the terminal: no passphrase is an error
        _load(certificate, lambda: context.load_cert_chain(certificate, password=""))
    return context


def _load(path: Path, load: Callable[[], object]) -> None:
    try:
        load()
    except (OSError, ValueError) as error:  # `ssl.SSLError` is an OSError
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise ConfigError(
            f"{path} cannot be used for TLS: {reason}",
            suggestions=["name a readable PEM file (certificates, or a certificate followed by its key)"],
        ) from error
