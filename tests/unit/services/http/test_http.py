from __future__ import annotations

import asyncio
import gzip
import subprocess
import sys
import zlib
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import NetworkError, ResourceExhaustedError
from llmspell.services.http import HttpPort, HttpService
from llmspell.services.permissions import Grants
from llmspell.services.secrets import SecretService
from llmspell.testing.server import Reply, Request, Server

if TYPE_CHECKING:
    from collections.abc import Sequence


def keys() -> SecretService:
    return SecretService({"PROBE_API_KEY": "s3cret"})


def grant(*targets: str) -> Grants:
    return Grants.parse(f"net.connect={target}" for target in targets)


# -- requests and answers ----------------------------------------------------------------------------------------------


async def test_a_request_and_its_answer(http: HttpPort, server: Server) -> None:
    server.replies = [Reply.of({"ok": True}, 201, X_Odd="1")]
    response = await http.request("post", f"{server.url}/a?b=c#d", headers={"X-One": "1"}, json={"k": "ü"})
    assert (response.status, response.body, response.headers["x-odd"]) == (201, b'{"ok": true}', "1")
    assert response.url == f"{server.url}/a?b=c"
    got = server.requests[0]
    assert (got.method, got.path, got.json()) == ("POST", "/a?b=c", {"k": "ü"})
    assert got.headers["host"] == f"127.0.0.1:{server.port}"
    assert (got.headers["x-one"], got.headers["content-type"]) == ("1", "application/json")
    assert got.headers["user-agent"].startswith("llmspell/")


async def test_an_error_status_is_an_answer(http: HttpPort, server: Server) -> None:
    server.replies = [Reply.of("gone", 410)]
    assert (await http.request("GET", server.url)).status == 410


async def test_a_head_answer_has_no_body(http: HttpPort, server: Server) -> None:
    server.replies = [Reply.of("announced, never sent")]
    assert (await http.request("HEAD", server.url, limit=5)).body == b""


async def test_connections_are_kept_and_shared_by_ports(service: HttpService, server: Server) -> None:
    server.route("/", Reply.of("x"))
    for who in ("a", "b", "c"):
        await service.port(grant(f"127.0.0.1:{server.port}"), who).request("GET", server.url)
    assert server.connections == 1


async def test_many_requests_at_once_each_get_their_own_answer(http: HttpPort, server: Server) -> None:
    def echo(request: Request) -> Reply:
        return Reply.of(request.path)

    server.route("/echo", echo)
    answers = await asyncio.gather(*(http.request("GET", f"{server.url}/echo?{n}") for n in range(40)))
    assert [a.body.decode() for a in answers] == [f"/echo?{n}" for n in range(40)]
    assert server.connections <= 40


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
async def test_a_gzip_body_in_any_pieces(http: HttpPort, server: Server, size: int) -> None:
    text = b"hello " * 5000
    packed = gzip.compress(text) + gzip.compress(b"second member")
    pieces = tuple(packed[i : i + size] for i in range(0, len(packed), size))
    server.replies = [Reply(headers={"content-encoding": "gzip"}, pieces=pieces, chunked=True)]
    assert (await http.request("GET", server.url)).body == text + b"second member"


@pytest.mark.parametrize("wbits", [zlib.MAX_WBITS, -zlib.MAX_WBITS])
async def test_deflate_with_and_without_its_header(http: HttpPort, server: Server, wbits: int) -> None:
    packer = zlib.compressobj(wbits=wbits)
    packed = packer.compress(b"deflated" * 100) + packer.flush()
    server.replies = [Reply.of(packed, content_encoding="deflate")]
    assert (await http.request("GET", server.url)).body == b"deflated" * 100


# -- faults of the network ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reply",
    [
        Reply.of("short")._replace(cut=True),
        Reply(pieces=(b"a", b"b"), chunked=True, cut=True),
        Reply(silent=True),
        Reply.of("hello " * 500).zipped()._replace(cut=True),
    ],
)
async def test_an_answer_that_ends_too_early_is_a_network_error(http: HttpPort, server: Server, reply: Reply) -> None:
    server.replies = [reply]
    with pytest.raises(NetworkError) as caught:
        await http.request("GET", server.url)
    assert caught.value.retryable
    assert f"127.0.0.1:{server.port}" in caught.value.message


async def test_a_compressed_body_that_ends_too_early_is_a_network_error(http: HttpPort, server: Server) -> None:
    server.replies = [Reply.of(gzip.compress(b"hello" * 99)[:-9], content_encoding="gzip")]
    with pytest.raises(NetworkError, match="ended before its end"):
        await http.request("GET", server.url)


@pytest.mark.parametrize("coding", ["br", "gzip, br", "gzip"])
async def test_a_coding_nobody_can_undo_is_a_network_error(http: HttpPort, server: Server, coding: str) -> None:
    server.replies = [Reply.of("not gzip at all", content_encoding=coding)]
    with pytest.raises(NetworkError) as caught:
        await http.request("GET", server.url)
    assert not caught.value.retryable


async def test_nobody_listening_is_a_network_error(service: HttpService) -> None:
    async with Server() as gone:
        url = gone.url
    with pytest.raises(NetworkError, match="cannot connect"):
        await service.port(grant("127.0.0.1"), "x").request("GET", url)


async def test_the_deadline_covers_the_whole_exchange(http: HttpPort, server: Server) -> None:
    server.replies = [Reply.of("half")._replace(hang=True)]
    with pytest.raises(NetworkError, match=r"did not answer within 0\.05 s"):
        await http.request("GET", server.url, timeout=0.05)
    await server.client_left()


async def test_a_host_nobody_knows(server: Server) -> None:
    async def unknown(_host: str, _port: int) -> Sequence[str]:
        raise OSError(-2, "Name or service not known")

    service = HttpService(secrets=keys(), resolver=unknown)
    with pytest.raises(NetworkError, match=r"'nowhere\.example' cannot be found") as caught:
        await service.port(grant("*"), "x").request("GET", "http://nowhere.example/")
    assert not caught.value.retryable
    assert not server.requests


async def test_after_the_end_nothing_is_sent(service: HttpService, http: HttpPort, server: Server) -> None:
    server.route("/", Reply.of("x"))
    await http.request("GET", server.url)
    await service.aclose()
    with pytest.raises(NetworkError, match="HTTP is closed"):
        await http.request("GET", server.url)
    assert len(server.requests) == 1


# -- caps --------------------------------------------------------------------------------------------------------------


async def test_a_body_over_the_limit_is_refused_by_what_it_announces(http: HttpPort, server: Server) -> None:
    server.replies = [Reply.of("x" * 101)]
    with pytest.raises(ResourceExhaustedError, match="longer than 100 bytes"):
        await http.request("GET", server.url, limit=100)


async def test_a_body_over_the_limit_is_refused_while_it_comes(http: HttpPort, server: Server) -> None:
    server.replies = [Reply(pieces=(b"x" * 60, b"x" * 60), chunked=True, hang=True)]
    with pytest.raises(ResourceExhaustedError):
        await http.request("GET", server.url, limit=100)
    await server.client_left()


async def test_a_compressed_bomb_stops_at_the_limit(http: HttpPort, server: Server) -> None:
    server.replies = [Reply.of(gzip.compress(b"\0" * (64 << 20)), content_encoding="gzip")]
    with pytest.raises(ResourceExhaustedError):
        await http.request("GET", server.url, limit=1 << 20)


@pytest.mark.parametrize("size", [70_000, 200_000])
async def test_headers_over_their_cap_are_refused(http: HttpPort, server: Server, size: int) -> None:
    server.replies = [Reply.of("x", big="x" * size)]
    with pytest.raises(ResourceExhaustedError, match="64 KiB of headers"):
        await http.request("GET", server.url)


# -- cost --------------------------------------------------------------------------------------------------------------


def test_a_service_and_its_ports_import_no_client() -> None:
    code = (
        "import sys\n"
        "from llmspell.services.http import HttpService\n"
        "HttpService(secrets=None).port(None, 'x')\n"
        "heavy = {'httpx', 'httpcore', 'attrs', 'attr', 'msgspec', 'ipaddress'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
