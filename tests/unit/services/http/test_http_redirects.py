from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llmspell.errors import NetworkError, PermissionDeniedError
from llmspell.services.permissions import Grants
from llmspell.spec.secrets import SecretRef
from llmspell.testing.server import Reply, Server

if TYPE_CHECKING:
    from llmspell.services.http import HttpPort, HttpService

Headers = dict[str, str | SecretRef]


KEY = SecretRef("PROBE_API_KEY", host="127.0.0.1")


def grant(*targets: str) -> Grants:
    return Grants.parse(f"net.connect={target}" for target in targets)


def names(server: Server, index: int = -1) -> set[str]:
    return set(server.requests[index].headers)


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
            "X-Session": "plain",
            "Accept-Language": "kept",
        }
        await service.port(grant("127.0.0.1"), "x").request("GET", server.url, headers=headers)
        sent = {"authorization", "cookie", "x-api-key", "x-session", "accept-language"}
        assert sent <= names(server)
        assert sent & names(other) == {"accept-language"}


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
