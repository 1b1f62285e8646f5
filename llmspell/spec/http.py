"""The HTTP port: every host asks for a right; pools are bounded, redirects checked, bytes capped."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from contextlib import AbstractAsyncContextManager

    from llmspell.spec.secrets import SecretRef


class Response(NamedTuple):
    """A whole answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class StreamResponse(Protocol):
    """An answer whose body is read piece by piece."""

    @property
    def status(self) -> int:
        """Give the status code."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Give the headers, names in lower case."""
        ...

    def chunks(self) -> AsyncIterator[bytes]:
        """Yield the decoded body; a body shorter than announced is a `NetworkError`."""
        ...

    async def read(self, limit: int = 1 << 20) -> bytes:
        """Read the whole body; more than `limit` bytes is a `ResourceExhaustedError`."""
        ...


class ServerEvent(NamedTuple):
    """One server-sent event (WHATWG HTML, section 9.2)."""

    event: str
    data: str
    id: str


class Http(Protocol):
    """HTTP to granted hosts. Header values may be `SecretRef`s, resolved at dial time for the host they are bound to.

    Raises `PermissionDeniedError` (right `net.connect`, target `host:port`), `NetworkError`,
    `ResourceExhaustedError` over a cap, `ValidationError` for what is no request. An answer with an error status is an
    answer, not an exception. Loopback and private addresses are reached only when a grant names them.
    """

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str | SecretRef] | None = None,
        json: object = None,
        body: bytes | None = None,
        timeout: float = 30.0,
        limit: int = 10 << 20,
        redirects: int = 10,
    ) -> Response:
        """Send a request and read the whole answer, within `timeout` seconds and up to `limit` bytes.

        Redirects are followed and checked like the request itself: credentials stay with their origin, a body too;
        with `redirects=0` a redirect is an answer.
        """
        ...

    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str | SecretRef] | None = None,
        json: object = None,
        body: bytes | None = None,
        timeout: float = 30.0,
    ) -> AbstractAsyncContextManager[StreamResponse]:
        """Send a request and hand out the answer while it comes; `timeout` bounds the wait for it and each silence."""
        ...

    def sse(self, response: StreamResponse) -> AsyncIterator[ServerEvent]:
        """Parse an event stream: any chunking, CRLF, comments, BOM."""
        ...


def read_json(text: str | bytes) -> Any:
    """Decode JSON that a server sent, with msgspec where something has imported it already: five times as fast.

    What msgspec refuses is given to `json`, which takes more (NaN, half a surrogate pair) and says more about the rest.
    Raises `ValueError`, or `RecursionError` for what is nested too deeply.
    """
    fast = sys.modules.get("msgspec.json")
    if fast is not None:
        try:
            return fast.decode(text)
        except (ValueError, RecursionError, sys.modules["msgspec"].MsgspecError):
            pass
    return json.loads(text)
