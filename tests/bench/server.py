"""A model on loopback, much cheaper than its clients: answers are rendered once, requests searched as bytes.

    POST /v1/chat/completions         answers at once
    POST /slow/v1/chat/completions    answers after 50 ms
    POST, the paths of DIALECTS       answers as that service does

A request that offers the tool `add` and whose last message is no result of it is answered with a call, any other with a
text;
`"stream": true` gets the text in `CHUNKS` chunks.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.dialects import DIALECTS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
LATENCY = 0.05
CHUNKS = 500
HEAD = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4o-mini"}
CHUNK = {**HEAD, "object": "chat.completion.chunk"}
USAGE = {"prompt_tokens": 50, "completion_tokens": 10, "total_tokens": 60}
CALL = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": '{"a": 2, "b": 3}'}}


class Answering(asyncio.Protocol):
    """Answer on one connection, one request at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, found, body = self.buffer.partition(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
        if not found or len(body) < length:
            return
        self.buffer = b""
        answer = choose(head.split(b" ", 2)[1].decode("ascii").removeprefix("/slow"), body)
        if b"/slow/" in head.partition(b"\r\n")[0]:
            asyncio.get_running_loop().call_later(LATENCY, self.transport.write, answer)
        else:
            self.transport.write(answer)


def choose(path: str, body: bytes) -> bytes:
    """Find the answer to a request."""
    streams = b'"stream":true' in body.replace(b'"stream": true', b'"stream":true')
    if path != "/v1/chat/completions":
        return spoken(path, streams=streams)
    if streams:
        return streamed()
    offered = b'"name":"add"' in body or b'"name": "add"' in body
    answered = _last(body, b"tool") > _last(body, b"user")
    return whole(called=offered and not answered)


def _last(body: bytes, role: bytes) -> int:
    """Give where a role stands last, -1 when nowhere."""
    return max(body.rfind(b'"role":"%s"' % role), body.rfind(b'"role": "%s"' % role))


@cache
def spoken(path: str, *, streams: bool) -> bytes:
    """Render an answer of another service."""
    for one in DIALECTS:
        if path in one.paths:
            if one.paths[0] != one.paths[1]:
                streams = path == one.paths[1]
            if not streams:
                return document(one.whole)
            return transferred("application/x-ndjson" if one.lines else "text/event-stream", one.rendered())
    return b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"


@cache
def whole(*, called: bool) -> bytes:
    """Render an answer in one piece."""
    said = {"content": None, "tool_calls": [CALL]} if called else {"content": "The sum is 5."}
    message = {"role": "assistant", "refusal": None, **said}
    reason = "tool_calls" if called else "stop"
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
    return document({**HEAD, "choices": [choice], "usage": USAGE})


def document(value: object) -> bytes:
    """Render a JSON answer."""
    body = json.dumps(value).encode()
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body) + body


@cache
def streamed() -> bytes:
    """Render an answer in server-sent events, each a chunk of the transfer."""
    deltas = [
        {"index": 0, "delta": {"role": "assistant", "content": f"tok{n} "}, "logprobs": None, "finish_reason": None}
        for n in range(CHUNKS)
    ]
    events = [json.dumps({**CHUNK, "choices": [delta]}) for delta in deltas]
    events += [json.dumps({**CHUNK, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})]
    events += [json.dumps({**CHUNK, "choices": [], "usage": USAGE}), "[DONE]"]
    return transferred("text/event-stream", [f"data: {event}\n\n" for event in events])


def transferred(kind: str, events: list[str]) -> bytes:
    """Render a stream, each event as a chunk of the transfer."""
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n".encode()
    pieces = [event.encode() for event in events]
    return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


async def serve() -> None:
    """Print the port and answer until stdin closes."""
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)


@contextmanager
def model_server() -> Iterator[str]:
    """Run the server in a process of its own and give its root URL."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.bench.server"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None or process.stdin is None:
            message = "the model server has no pipes"
            raise RuntimeError(message)
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        process.stdin.close()


if __name__ == "__main__":
    asyncio.run(serve())
