from __future__ import annotations

import asyncio
import gzip
import ssl
import subprocess
import sys
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import NetworkError, PermissionDeniedError, ResourceExhaustedError, ValidationError
from llmspell.services.http import HttpPort, HttpService, encode_json
from llmspell.services.permissions import Grants
from llmspell.services.secrets import SecretService
from llmspell.spec.secrets import SecretRef
from llmspell.testing.server import Reply, Request, Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

Headers = dict[str, str | SecretRef]
PEM = Path(__file__).with_name("loopback.pem")


def keys() -> SecretService:
    return SecretService({"PROBE_API_KEY": "s3cret"})


KEY = SecretRef("PROBE_API_KEY", host="127.0.0.1")


async def on_loopback(_host: str, _port: int) -> Sequence[str]:
    return ("127.0.0.1",)


def grant(*targets: str) -> Grants:
    return Grants.parse(f"net.connect={target}" for target in targets)


@pytest.fixture
async def service() -> AsyncIterator[HttpService]:
    service = HttpService(secrets=keys(), resolver=on_loopback)
    yield service
    await service.aclose()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as server:
        yield server


@pytest.fixture
def http(service: HttpService, server: Server) -> HttpPort:
    return service.port(grant(f"127.0.0.1:{server.port}"), "tool probe")


def names(server: Server, index: int = -1) -> set[str]:
    return set(server.requests[index].headers)


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
    assert (await http.request("HEAD", server.url)).body == b""


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


# -- rights and addresses ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("targets", [(), ("example.com",), ("127.0.0.1:1",)])
async def test_without_the_right_nothing_is_sent(
    service: HttpService, server: Server, targets: tuple[str, ...]
) -> None:
    with pytest.raises(PermissionDeniedError) as caught:
        await service.port(grant(*targets), "tool probe").request("GET", server.url)
    assert "tool probe" in caught.value.message
    assert caught.value.suggestions == (f"Run again with --allow-net=127.0.0.1:{server.port}",)
    assert not server.requests


@pytest.mark.parametrize("targets", [("*",), ("api.example.com",), ("*.example.com",)])
async def test_a_public_name_does_not_lead_inside(
    service: HttpService, server: Server, targets: tuple[str, ...]
) -> None:
    with pytest.raises(PermissionDeniedError, match="lies beside us") as caught:
        await service.port(grant(*targets), "x").request("GET", f"http://api.example.com:{server.port}/")
    assert f"--allow-net=127.0.0.1:{server.port}" in caught.value.suggestions[0]
    assert not server.connections


async def test_a_wildcard_does_not_open_this_machine(service: HttpService, server: Server) -> None:
    with pytest.raises(PermissionDeniedError):
        await service.port(grant("*"), "x").request("GET", server.url)
    assert not server.connections


@pytest.mark.parametrize(
    ("host", "targets"),
    [
        ("api.example.com", ("api.example.com", "127.0.0.1")),
        ("api.example.com", ("*", "127.0.0.0/8")),
        ("localhost", ("localhost",)),
        ("gpu-box", ("gpu-box",)),
        ("LOCALHOST.", ("localhost",)),
    ],
)
async def test_what_is_named_is_reached(
    service: HttpService, server: Server, host: str, targets: tuple[str, ...]
) -> None:
    server.replies = [Reply.of("in")]
    response = await service.port(grant(*targets), "x").request("GET", f"http://{host}:{server.port}/")
    assert response.body == b"in"
    assert server.requests[0].headers["host"] == f"{host.lower().rstrip('.')}:{server.port}"


async def test_a_connection_is_not_lent_to_who_may_not_make_it(service: HttpService, server: Server) -> None:
    url = f"http://api.example.com:{server.port}/"
    server.route("/", Reply.of("in"))
    await service.port(grant("api.example.com", "127.0.0.1"), "a").request("GET", url)
    with pytest.raises(PermissionDeniedError):
        await service.port(grant("api.example.com"), "b").request("GET", url)


async def test_deny_beats_allow_for_the_address_behind_a_name(service: HttpService, server: Server) -> None:
    grants = Grants.parse(["net.connect=localhost", "!net.connect=127.0.0.0/8"])
    with pytest.raises(PermissionDeniedError, match="a rule denies"):
        await service.port(grants, "x").request("GET", f"http://localhost:{server.port}/")


async def test_a_name_never_leads_to_a_metadata_service() -> None:
    async def metadata(_host: str, _port: int) -> Sequence[str]:
        return ("169.254.169.254",)

    service = HttpService(secrets=keys(), resolver=metadata)
    with pytest.raises(PermissionDeniedError):
        await service.port(grant("meta.internal"), "x").request("GET", "http://meta.internal/")


async def test_a_name_that_flips_is_never_dialled_inside(server: Server) -> None:
    calls = 0

    async def flipping(_host: str, _port: int) -> Sequence[str]:
        nonlocal calls
        calls += 1
        return ("127.0.0.1",) if calls % 2 else ("10.0.0.1", "::ffff:127.0.0.1")

    service = HttpService(secrets=keys(), resolver=flipping)
    http = service.port(grant("flip.example.com"), "x")
    for _ in range(1000):
        with pytest.raises(PermissionDeniedError):
            await http.request("GET", f"http://flip.example.com:{server.port}/")
    assert calls == 1000
    assert not server.connections


async def test_the_next_address_is_tried_when_one_does_not_answer(server: Server) -> None:
    async def two(_host: str, _port: int) -> Sequence[str]:
        return ("::1", "127.0.0.1")

    server.route("/", Reply.of("x"))
    service = HttpService(secrets=keys(), resolver=two)
    http = service.port(grant("localhost"), "x")
    for _ in range(2):
        assert (await http.request("GET", f"http://localhost:{server.port}/")).status == 200
    assert server.connections == 1
    await service.aclose()


# -- redirects ---------------------------------------------------------------------------------------------------------


def to(location: str, status: int = 302) -> Reply:
    return Reply.of("", status, location=location)


async def test_redirects_are_followed_within_an_origin(http: HttpPort, server: Server) -> None:
    server.replies = [to("/b"), to("c?x=1", 301), Reply.of("end")]
    headers: Headers = {"Authorization": KEY, "X-Kind": "plain"}
    response = await http.request("GET", f"{server.url}/a", headers=headers)
    assert (response.body, response.url) == (b"end", f"{server.url}/c?x=1")
    assert all(r.headers["authorization"] == "s3cret" for r in server.requests)


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [(301, "POST", "GET"), (302, "POST", "GET"), (303, "PUT", "GET"), (303, "HEAD", "HEAD"), (307, "POST", "POST")],
)
async def test_the_method_after_a_redirect(http: HttpPort, server: Server, status: int, method: str, then: str) -> None:
    server.replies = [to("/b", status), Reply.of("")]
    body = b"text" if method != "HEAD" else None
    await http.request(method, server.url, body=body, headers={"Content-Type": "text/plain"})
    second = server.requests[1]
    assert second.method == then
    assert second.body == (b"text" if then == "POST" else b"")
    assert ("content-type" in second.headers) == (then == "POST")


async def test_secrets_stay_behind_at_another_origin(service: HttpService, server: Server) -> None:
    async with Server() as other:
        server.replies = [to(f"{other.url}/x")]
        other.replies = [Reply.of("end")]
        headers: Headers = {
            "Authorization": "Bearer plain",
            "Cookie": "a=b",
            "X-Api-Key": KEY,
            "X-Kind": "kept",
        }
        await service.port(grant("127.0.0.1"), "x").request("GET", server.url, headers=headers)
        assert {"authorization", "cookie", "x-api-key", "x-kind"} <= names(server)
        assert {"authorization", "cookie", "x-api-key", "x-kind"} & names(other) == {"x-kind"}


@pytest.mark.parametrize("status", [307, 308])
async def test_a_body_does_not_follow_to_another_origin(service: HttpService, server: Server, status: int) -> None:
    async with Server() as other:
        server.replies = [to(f"{other.url}/x", status)]
        with pytest.raises(NetworkError, match="not followed") as caught:
            await service.port(grant("127.0.0.1"), "x").request("POST", server.url, body=b"private")
        assert not caught.value.retryable
        assert not other.requests


async def test_every_hop_needs_the_right(http: HttpPort, server: Server) -> None:
    async with Server() as other:
        server.replies = [to(other.url)]
        with pytest.raises(PermissionDeniedError):
            await http.request("GET", server.url)
        assert not other.connections


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://user:pw@127.0.0.1/", "gopher://x/"])
async def test_a_redirect_out_of_http_is_refused(http: HttpPort, server: Server, location: str) -> None:
    server.replies = [to(location)]
    with pytest.raises(NetworkError, match="no http URL"):
        await http.request("GET", server.url)


async def test_a_circle_ends(http: HttpPort, server: Server) -> None:
    server.route("/", to("/"))
    with pytest.raises(NetworkError, match="redirects more than 10 times"):
        await http.request("GET", server.url)
    assert len(server.requests) == 11


async def test_without_redirects_the_redirect_is_the_answer(http: HttpPort, server: Server) -> None:
    server.replies = [to("/b")]
    assert (await http.request("GET", server.url, redirects=0)).headers["location"] == "/b"


# -- TLS ---------------------------------------------------------------------------------------------------------------


def server_tls() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    return context


def client_tls() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=PEM)


async def test_the_certificate_is_checked_against_the_name_while_the_address_is_dialled() -> None:
    service = HttpService(secrets=keys(), resolver=on_loopback, tls=client_tls)
    http = service.port(grant("127.0.0.1", "*.loopback.test"), "x")
    async with Server(tls=server_tls()) as server:
        server.replies = [Reply.of("safe"), to(f"http://api.loopback.test:{server.port}/")]
        response = await http.request("GET", f"https://api.loopback.test:{server.port}/")
        assert response.body == b"safe"
        assert server.requests[0].headers["host"] == f"api.loopback.test:{server.port}"
        with pytest.raises(NetworkError, match="https to plain http"):
            await http.request("GET", f"https://api.loopback.test:{server.port}/")
        with pytest.raises(NetworkError, match="is not trusted") as caught:
            await http.request("GET", f"https://other.loopback.test:{server.port}/")
        assert not caught.value.retryable
        await service.aclose()


async def test_an_unknown_authority_is_not_trusted() -> None:
    service = HttpService(secrets=keys(), resolver=on_loopback)
    async with Server(tls=server_tls()) as server:
        with pytest.raises(NetworkError, match="is not trusted"):
            await service.port(grant("localhost"), "x").request("GET", f"https://localhost:{server.port}/")
    await service.aclose()


# -- what may be sent --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["", "/path", "example.com", "ftp://x/", "http://", "http://u:p@example.com/", "http://[::1", "http://x:99999/"],
)
async def test_what_is_no_web_address_is_refused(http: HttpPort, url: str) -> None:
    with pytest.raises(ValidationError):
        await http.request("GET", url)


@pytest.mark.parametrize(
    "name", ["Host", "Content-Length", "Transfer-Encoding", "Connection", "bad name", "", "a:b", "ü"]
)
async def test_headers_that_are_not_the_callers_are_refused(http: HttpPort, server: Server, name: str) -> None:
    with pytest.raises(ValidationError):
        await http.request("GET", server.url, headers={name: "x"})


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\0b", "\N{SNOWMAN}"])
async def test_a_header_value_cannot_smuggle_and_is_not_repeated_in_the_error(
    http: HttpPort, server: Server, value: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        await http.request("GET", server.url, headers={"X-Key": value})
    assert value not in caught.value.message
    assert not server.requests


@pytest.mark.parametrize("method", ["", "GET /x", "G\r\nET", "ÜBER"])
async def test_a_method_is_a_word(http: HttpPort, server: Server, method: str) -> None:
    with pytest.raises(ValidationError):
        await http.request(method, server.url)


async def test_json_and_body_exclude_each_other(http: HttpPort, server: Server) -> None:
    with pytest.raises(ValidationError):
        await http.request("POST", server.url, json={}, body=b"x")


@pytest.mark.parametrize("value", [object(), {"a": object()}, "\ud800"])
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        encode_json(value)


async def test_a_secret_for_another_host_is_not_sent(http: HttpPort, server: Server) -> None:
    with pytest.raises(PermissionDeniedError, match="PROBE_API_KEY is bound to"):
        await http.request("GET", server.url, headers={"Authorization": KEY.bound("api.example.com")})
    assert not server.requests


# -- streams -----------------------------------------------------------------------------------------------------------


async def test_a_stream_gives_its_pieces_as_they_come(http: HttpPort, server: Server) -> None:
    server.replies = [Reply(pieces=(b"a", b"b", b"c"), chunked=True)]
    async with http.stream("GET", server.url) as response:
        assert response.status == 200
        assert [chunk async for chunk in response.chunks()] == [b"a", b"b", b"c"]


async def test_events_of_a_stream(http: HttpPort, server: Server) -> None:
    server.replies = [Reply.sse(b"event: x\ndata: 1\n\ndata: 2\n\n", sizes=range(1, 9))]
    async with http.stream("GET", server.url) as response:
        assert [(e.event, e.data) async for e in http.sse(response)] == [("x", "1"), ("message", "2")]


async def test_a_stream_that_is_cut_is_a_network_error(http: HttpPort, server: Server) -> None:
    server.replies = [Reply.sse(b"data: 1\n\ndata: 2\n\n", sizes=[9], cut=True)]
    async with http.stream("GET", server.url) as response:
        events = http.sse(response)
        assert [(await anext(events)).data, (await anext(events)).data] == ["1", "2"]
        with pytest.raises(NetworkError):
            await anext(events)


async def test_a_stream_left_near_its_end_keeps_its_connection(http: HttpPort, server: Server) -> None:
    server.route("/", Reply.sse(b"data: 1\n\ndata: [DONE]\n\n", sizes=[9]))
    for _ in range(3):
        async with http.stream("GET", server.url) as response:
            async for event in http.sse(response):
                if event.data == "[DONE]":
                    break
    assert server.connections == 1


async def test_a_stream_left_by_an_error_closes_its_connection(http: HttpPort, server: Server) -> None:
    server.replies = [Reply(pieces=(b"a",), chunked=True, hang=True)]
    with pytest.raises(KeyError):  # noqa: PT012 - the block is what is tested
        async with http.stream("GET", server.url) as response:
            await anext(response.chunks())
            raise KeyError
    await server.client_left()


async def test_a_silent_stream_is_a_network_error(http: HttpPort, server: Server) -> None:
    server.replies = [Reply(pieces=(b"a",), chunked=True, hang=True)]
    async with http.stream("GET", server.url, timeout=0.05) as response:
        chunks = response.chunks()
        assert await anext(chunks) == b"a"
        with pytest.raises(NetworkError, match="waited too long"):
            await anext(chunks)


async def test_a_cancelled_request_gives_its_place_back(http: HttpPort, server: Server) -> None:
    server.replies = [Reply(pieces=(b"a",), chunked=True, hang=True), Reply.of("next")]
    waiting = asyncio.ensure_future(http.request("GET", server.url))
    while not server.requests:  # noqa: ASYNC110 - the server keeps a list, not an event
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await server.client_left()
    assert (await http.request("GET", server.url)).body == b"next"


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
