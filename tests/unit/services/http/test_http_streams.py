from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from llmspell.errors import NetworkError
from llmspell.testing.server import Reply, Server

if TYPE_CHECKING:
    from llmspell.services.http import HttpPort


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
