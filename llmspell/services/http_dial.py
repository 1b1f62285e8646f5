"""From a name to addresses that may be dialled: look up, check, and never look up again."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from llmspell.errors import NetworkError, PermissionDeniedError
from llmspell.services.http_address import (
    authority,
    is_literal,
    is_loopback,
    is_private_name,
    is_public,
    may_be_metadata,
    spellings,
)

if TYPE_CHECKING:
    from llmspell.services.http_target import Target
    from llmspell.spec.context import Grants

Resolver: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Give the addresses (IP literals) of a host, best first; raises OSError."""

RIGHT = "net.connect"
REMEMBER_SECONDS = 30.0
REMEMBER_NAMES = 1024


class Place(NamedTuple):
    """A host (lower case, without brackets) and a port, for those who speak no HTTP."""

    host: str
    port: int

    @property
    def authority(self) -> str:
        """Give `host:port`, what the right `net.connect` is asked for."""
        return authority(self.host, self.port)


class SystemResolver:
    """Ask the operating system, and remember its answer for half a minute."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int], tuple[float, tuple[str, ...]]] = {}

    async def __call__(self, host: str, port: int) -> tuple[str, ...]:
        """Look a host up."""
        loop = asyncio.get_running_loop()
        until, addresses = self._known.get((host, port), (0.0, ()))
        if loop.time() < until:
            return addresses
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
        if len(self._known) >= REMEMBER_NAMES:
            self._known.clear()
        self._known[host, port] = (loop.time() + REMEMBER_SECONDS, addresses)
        return addresses


async def reachable(target: Target | Place, grants: Grants, who: str, resolver: Resolver) -> Sequence[str]:
    """Give the addresses of a target that these grants may dial, best first.

    Raises `PermissionDeniedError` when the right for `host:port` is missing or every address lies beside us unnamed,
    `NetworkError` when there is no such host.
    """
    await grants.required(RIGHT, target.authority, who=who)
    addresses = (target.host,) if is_literal(target.host) else await _resolve(target, resolver)
    allowed = [address for address in addresses if _may_dial(target, address, grants)]
    if allowed:
        return allowed
    raise _refused(target, addresses[0], grants, who)


def _refused(target: Target | Place, literal: str, grants: Grants, who: str) -> PermissionDeniedError:
    subject = f"{who} may not" if who else "not allowed to"
    address = authority(literal, target.port)
    if _denied(target, literal, grants):
        message = f"{subject} connect to {target.authority}: a rule denies {address}"
        suggestion = "Deny beats allow: remove the rule if this was not meant."
    else:
        message = f"{subject} connect to {target.authority}: {address} lies beside us, not on the public internet"
        suggestion = f"Name it to allow it: --allow-net={address}"
    context = {"right": RIGHT, "target": address, "host": target.host, "who": who}
    return PermissionDeniedError(message, suggestions=[suggestion], context=context)


async def _resolve(target: Target | Place, resolver: Resolver) -> Sequence[str]:
    try:
        addresses = await resolver(target.host, target.port)
    except OSError as error:
        passing = getattr(error, "errno", None) == socket.EAI_AGAIN
        message = f"host {target.host!r} cannot be found: {error.strerror or error}"
        raise NetworkError(message, retryable=passing, suggestions=["check the spelling and the connection"]) from error
    except UnicodeError as error:
        raise NetworkError(f"host {target.host[:80]!r} is not a name: {error}", retryable=False) from error
    if not addresses:
        raise NetworkError(f"host {target.host!r} has no address", retryable=False)
    return addresses


def _may_dial(target: Target | Place, address: str, grants: Grants) -> bool:
    """Tell whether an address is public or named.

    A public name must not lead inside, however explicitly it was granted: whoever owns it decides where it points. A
    name that only a private network resolves may, once it is named; but only a literal names an address where metadata
    services are.
    """
    if _denied(target, address, grants):
        return False
    there = authority(address, target.port)
    if is_public(address) or grants.names(RIGHT, there):
        return True
    if not is_private_name(target.host) or may_be_metadata(address) or not grants.names(RIGHT, target.authority):
        return False
    return is_loopback(address) or not _is_localhost(target.host)


def _denied(target: Target | Place, address: str, grants: Grants) -> bool:
    """Tell whether a rule denies an address in any of the ways that it can be written."""
    return any(grants.denies(RIGHT, authority(one, target.port)) for one in spellings(address))


def _is_localhost(host: str) -> bool:
    return host == "localhost" or host.endswith(".localhost")
