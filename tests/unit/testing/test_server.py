from __future__ import annotations

import asyncio

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmspell.testing.server import Reply, Request, Server, split


async def test_replies_come_in_order_over_one_connection(server: Server) -> None:
    server.replies += [Reply.of("one"), Reply.of({"n": 2}, 201, x_more="yes")]
    async with httpx.AsyncClient() as client:
        first = await client.get(f"{server.url}/a?b=c")
        second = await client.post(f"{server.url}/d", json={"e": 1})
    assert (first.text, second.json(), second.status_code, second.headers["x-more"]) == ("one", {"n": 2}, 201, "yes")
    assert [(r.method, r.path) for r in server.requests] == [("GET", "/a?b=c"), ("POST", "/d")]
    assert server.requests[1].json() == {"e": 1}
    assert server.connections == 1


async def test_routes_and_functions_of_the_request(server: Server) -> None:
    def echo(request: Request) -> Reply:
        return Reply.of(request.body, content_type="text/plain")

    server.route("/echo", echo)
    async with httpx.AsyncClient() as client:
        assert (await client.post(f"{server.url}/echo?x", content=b"body")).content == b"body"
        missing = await client.get(f"{server.url}/else")
    assert (missing.status_code, missing.text) == (500, "the test has no reply for GET /else")


async def test_an_event_stream_arrives_in_the_pieces_that_were_asked_for(server: Server) -> None:
    server.replies.append(Reply.sse(b"data: hello\n\n", sizes=[1, 4, 3]))
    async with httpx.AsyncClient() as client, client.stream("GET", server.url) as answer:
        pieces = [piece async for piece in answer.aiter_raw()]
    assert b"".join(pieces) == b"data: hello\n\n"
    assert answer.headers["content-type"] == "text/event-stream"


async def test_gzip(server: Server) -> None:
    server.replies += [Reply.of("long" * 100).zipped(), Reply.sse(b"data: x\n\n").zipped()]
    async with httpx.AsyncClient() as client:
        first = await client.get(server.url)
        second = await client.get(server.url)
    assert (first.text, first.headers["content-encoding"], second.text) == ("long" * 100, "gzip", "data: x\n\n")


@pytest.mark.parametrize(
    "reply",
    [Reply.sse(b"data: x\n\n", cut=True), Reply(pieces=(b"half",), cut=True), Reply(silent=True)],
    ids=["chunked", "length", "silent"],
)
async def test_an_early_close_is_an_error_for_the_client(server: Server, reply: Reply) -> None:
    server.replies.append(reply)
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(server.url)


async def test_a_hanging_answer_ends_when_the_client_leaves(server: Server) -> None:
    server.replies.append(Reply.sse(b"data: x\n\n", hang=True))
    async with httpx.AsyncClient() as client, client.stream("GET", server.url) as answer:
        assert await anext(answer.aiter_raw()) == b"data: x\n\n"
    async with asyncio.timeout(5):
        await server.client_left()


async def test_a_chunked_request_is_read(server: Server) -> None:
    server.replies.append(Reply.of("ok"))

    async def body() -> object:
        yield b"one"
        yield b"two"

    async with httpx.AsyncClient() as client:
        await client.post(server.url, content=body())  # type: ignore[arg-type]
    assert server.requests[0].body == b"onetwo"


async def test_leaving_the_block_ends_hanging_connections() -> None:
    async with Server() as server:
        server.replies.append(Reply.sse(b"data: x\n\n", hang=True))
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(b"GET / HTTP/1.1\r\n\r\n")
        await reader.readuntil(b"data: x\n\n")
    assert await reader.read() == b"\r\n"
    writer.close()


def test_a_server_that_does_not_run_has_no_port() -> None:
    with pytest.raises(RuntimeError, match="not running"):
        _ = Server().url


@given(st.binary(), st.lists(st.integers(0, 9)))
def test_split_keeps_every_byte(body: bytes, sizes: list[int]) -> None:
    pieces = split(body, sizes)
    assert b"".join(pieces) == body
    assert all(pieces)
