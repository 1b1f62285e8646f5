"""Refuse connections beyond this machine while tests run.

An audit hook (PEP 578) sees every connection, whichever class or library makes it; it does not reach into child
processes.
"""

from __future__ import annotations

import ipaddress
import socket
import sys

RESERVED = ("example", "invalid", "test", "example.com", "example.net", "example.org")
"""Domains that RFC 2606 and RFC 6761 keep out of the real world: looking one up fails without asking a server."""

_CONNECTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_LOOK_UPS = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"})


class SocketRefusedError(RuntimeError):
    """Say that a test tried to leave this machine. No `OSError`, lest code under test take it for a network fault."""


class LoopbackGuard:
    """Hold whether connections beyond loopback are refused, and the hook that does it; the hook stays for good."""

    def __init__(self) -> None:
        self.active = 0
        self._hooked = False

    def start(self) -> None:
        """Begin to refuse; may be nested."""
        self.active += 1
        if not self._hooked:
            self._hooked = True
            sys.addaudithook(self._audit)

    def stop(self) -> None:
        """Undo one `start`."""
        self.active -= 1

    def _audit(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.active:
            return
        if event in _CONNECTS:
            address = arguments[1]
            if isinstance(address, tuple) and address and not _is_loopback(address[0]):
                _refuse(f"a connection to {address[0]}")
        elif event in _LOOK_UPS:
            _check_name(arguments[0])


def free_port() -> int:
    """Give a port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _check_name(host: object) -> None:
    if isinstance(host, (bytes, bytearray)):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or not host or _is_literal(host) or host == "localhost":
        return
    name = host.rstrip(".").lower()
    if name.endswith(".localhost") or name == socket.gethostname().lower():
        return
    if any(f".{name}".endswith(f".{domain}") for domain in RESERVED):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    _refuse(f"looking up {host}")


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return True


def _is_loopback(host: object) -> bool:
    if not isinstance(host, str):
        return False
    if host in ("", "localhost"):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback or address.is_unspecified


def _refuse(what: str) -> None:
    raise SocketRefusedError(f"{what} was refused: tests may not leave this machine; use the `server` fixture")


guard = LoopbackGuard()
