from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import NetworkError, PermissionDeniedError, ValidationError
from llmspell.services.http import HttpPort, HttpService, encode_json
from llmspell.services.permissions import Grants
from llmspell.services.secrets import SecretService
from llmspell.spec.secrets import SecretRef
from llmspell.testing.server import Reply, Server

if TYPE_CHECKING:
    from collections.abc import Sequence

PEM = Path(__file__).with_name("loopback.pem")


def keys() -> SecretService:
    return SecretService({"PROBE_API_KEY": "s3cret"})


KEY = SecretRef("PROBE_API_KEY", host="127.0.0.1")


async def on_loopback(_host: str, _port: int) -> Sequence[str]:
    return ("127.0.0.1",)


def grant(*targets: str) -> Grants:
    return Grants.parse(f"net.connect={target}" for target in targets)


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
        server.replies = [Reply.of("safe"), Reply.of("", 302, location=f"http://api.loopback.test:{server.port}/")]
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
    [
        "",
        "/path",
        "example.com",
        "ftp://x/",
        "http://",
        "http://u:p@example.com/",
        "http://[::1",
        "http://x:99999/",
        "http://./",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://127.1/",
        "http://[fe80::1%25eth0]/",
        "http://127.0.0.1%00.example.com/",
        "http://a..example.com/",
    ],
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
