"""A small HTTP/1.1 server on 127.0.0.1 whose answers a test writes down byte by byte."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from functools import partial
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType
    from typing import Self

REASONS = {200: "OK", 201: "Created", 204: "No Content", 301: "Moved Permanently", 302: "Found", 304: "Not Modified"}
HEADER_LIMIT = 1 << 16


_CODINGS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": partial(gzip.compress, mtime=0),
    "deflate": zlib.compress,
    "raw deflate": lambda body: zlib.compress(body)[2:-4],
}


class Request(NamedTuple):
    """What a client sent; header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Decode the body as JSON."""
        return json.loads(self.body)


class Reply(NamedTuple):
    """One answer.

    `pieces` is the body as it is written, piece by piece with a flush between; `chunked` sends each as one HTTP chunk,
    otherwise Content-Length is sent. `cut` closes the connection instead of ending the body properly; `hang` keeps it
    open without ending the body until the client leaves; `endless` repeats the last piece until then; `mute` says
    nothing at all until then; `silent` closes it without any answer.
    """

    status: int = 200
    headers: Mapping[str, str] = {}
    pieces: tuple[bytes, ...] = ()
    chunked: bool = False
    cut: bool = False
    hang: bool = False
    silent: bool = False
    endless: bool = False
    mute: bool = False

    @classmethod
    def of(cls, body: bytes | str | Mapping[str, object], status: int = 200, **headers: str) -> Reply:
        """Answer with a whole body; a mapping is sent as JSON. Header names are written with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if not isinstance(body, (bytes, str)):
            named.setdefault("content-type", "application/json")
            body = json.dumps(body)
        return cls(status, named, (body.encode() if isinstance(body, str) else body,))

    @classmethod
    def sse(cls, body: bytes, *, sizes: Iterable[int] = (), **options: Any) -> Reply:
        """Answer with an event stream, split after `sizes` bytes each (the rest in one piece)."""
        headers = {"content-type": "text/event-stream", **options.pop("headers", {})}
        return cls(headers=headers, pieces=split(body, sizes), chunked=True, **options)

    def zipped(self, coding: str = "gzip", *, sizes: Iterable[int] = ()) -> Reply:
        """Give the same answer compressed with gzip, deflate, or `raw deflate`, which lacks the header of zlib."""
        body = _CODINGS[coding](b"".join(self.pieces))
        headers = {**self.headers, "content-encoding": coding.removeprefix("raw ")}
        return self._replace(headers=headers, pieces=split(body, sizes))


def split(body: bytes, sizes: Iterable[int]) -> tuple[bytes, ...]:
    """Cut bytes into pieces of the given sizes; what is left is the last piece."""
    pieces = []
    for size in sizes:
        if not body:
            break
        pieces.append(body[: max(size, 1)])
        body = body[max(size, 1) :]
    return tuple(piece for piece in (*pieces, body) if piece)


class Server:
    """Answer requests with `replies` in order, or by `route(path, reply)`; keep what came in `requests`.

    A reply may be a function of the request; `tls` makes the server speak https. When nothing fits, the answer is
    status 500 with a sentence saying so.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self.replies: list[Reply | Callable[[Request], Reply]] = []
        self.requests: list[Request] = []
        self.connections = 0
        self._routes: dict[str, Reply | Callable[[Request], Reply]] = {}
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._left = asyncio.Event()

    @property
    def port(self) -> int:
        """Give the port."""
        if self._server is None:
            raise RuntimeError("the server is not running: use it with `async with Server() as server`")
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """Give the base address, without a slash at its end."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def route(self, path: str, reply: Reply | Callable[[Request], Reply]) -> None:
        """Answer every request for a path (without its query) with one reply."""
        self._routes[path] = reply

    async def client_left(self) -> None:
        """Wait until a client has closed a connection on which an answer was pending."""
        await self._left.wait()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=HEADER_LIMIT, ssl=self._tls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await self._server.wait_closed()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve a connection in a task of our own: asyncio logs its own ones as failed when they are cancelled."""
        self.connections += 1
        task = asyncio.create_task(self._connected(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await _read_request(reader)) is not None:
                self.requests.append(request)
                if not await self._answer(self._choose(request), request, reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            self._left.set()
        finally:
            writer.close()

    def _choose(self, request: Request) -> Reply:
        found = self._routes.get(request.path.partition("?")[0])
        if found is None and self.replies:
            found = self.replies.pop(0)
        if found is None:
            return Reply.of(f"the test has no reply for {request.method} {request.path}", 500)
        return found if isinstance(found, Reply) else found(request)

    async def _answer(
        self, reply: Reply, request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Write one answer and tell whether the connection may be used again."""
        if reply.silent:
            return False
        if not reply.mute:
            writer.write(_head(reply))
        if request.method != "HEAD":
            for piece in _pieces(reply):
                writer.write(b"%x\r\n%b\r\n" % (len(piece), piece) if reply.chunked else piece)
                await writer.drain()
                await asyncio.sleep(0)  # let the client see one piece before the next is sent
        if reply.hang or reply.mute:
            await reader.read(1)
            self._left.set()
            return False
        if reply.cut:
            return False
        if reply.chunked:
            writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True


def _pieces(reply: Reply) -> Iterable[bytes]:
    return chain(reply.pieces, repeat(reply.pieces[-1])) if reply.endless else reply.pieces


def _head(reply: Reply) -> bytes:
    headers = dict(reply.headers)
    if reply.chunked:
        headers["transfer-encoding"] = "chunked"
    elif "content-length" not in headers:
        body = sum(map(len, reply.pieces))
        headers["content-length"] = str(body + 1 if reply.cut or reply.hang else body)  # announce more than will come
    lines = [f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, 'Status')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    """Read one request, None when the client has closed the connection between two."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)
    }
    if headers.get("transfer-encoding") == "chunked":
        body = await _read_chunks(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, headers, body)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readuntil(b"\r\n")
    return body
