from __future__ import annotations

import asyncio
import socket

import pytest

from llmspell.testing.loopback import LoopbackGuard, SocketRefusedError


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "169.254.169.254", "8.8.8.8"])
def test_a_connection_beyond_loopback_is_refused(address: str) -> None:
    with socket.socket() as one, pytest.raises(SocketRefusedError, match=address):
        one.connect((address, 80))
    with socket.socket() as one, pytest.raises(SocketRefusedError, match=address):
        one.connect_ex((address, 80))


def test_a_datagram_beyond_loopback_is_refused() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as one, pytest.raises(SocketRefusedError):
        one.sendto(b"x", ("192.0.2.1", 53))


def test_a_subclass_is_refused_too() -> None:
    import _socket

    one = _socket.socket()
    with pytest.raises(SocketRefusedError):
        one.connect(("192.0.2.1", 80))
    one.close()


async def test_an_asynchronous_connection_is_refused() -> None:
    with pytest.raises(SocketRefusedError):
        await asyncio.open_connection("192.0.2.1", 80)


def test_a_real_name_is_not_looked_up() -> None:
    with pytest.raises(SocketRefusedError, match=r"looking up www\.wikipedia\.org"):
        socket.getaddrinfo("www.wikipedia.org", 80)


def test_a_reserved_name_is_not_found() -> None:
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("web.invalid", 80)


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as one:
        one.connect(listening.getsockname())
        assert socket.getaddrinfo("localhost", 80)


def test_local_sockets_are_open(tmp_path: object) -> None:
    left, right = socket.socketpair()
    left.sendall(b"x")
    assert right.recv(1) == b"x"
    left.close()
    right.close()


def test_a_stopped_guard_lets_everything_pass() -> None:
    guard = LoopbackGuard()
    guard._audit("socket.connect", (None, ("192.0.2.1", 80)))
    guard.active = 1
    with pytest.raises(SocketRefusedError):
        guard._audit("socket.connect", (None, ("192.0.2.1", 80)))
    with pytest.raises(SocketRefusedError):
        guard._audit("socket.connect", (None, ("::ffff:192.0.2.1", 80)))
    guard._audit("socket.connect", (None, ("::ffff:127.0.0.1", 80)))
