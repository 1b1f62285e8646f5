"""HTTP as a service: one set of pools for a process, one cheap port for each component.

httpx and TLS are imported with the first request; making the service and its ports imports neither.
"""

from __future__ import annotations

import asyncio
import json as json_module
import sys
from typing import TYPE_CHECKING, Protocol

from llmspell.errors import ValidationError
from llmspell.spec.http import Response

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Callable, Mapping
    from types import TracebackType

    from llmspell.services.http_dial import Resolver
    from llmspell.services.http_exchange import Exchange
    from llmspell.services.http_response import OpenResponse
    from llmspell.services.http_target import Hop
    from llmspell.spec.context import Grants
    from llmspell.spec.http import ServerEvent, StreamResponse
    from llmspell.spec.secrets import SecretRef

STREAM_REDIRECTS = 10


class ResolvesSecrets(Protocol):
    """Turn a handle into its value for one host."""

    def resolve(self, ref: SecretRef, host: str) -> str:
        """Give the value in the handle's template; raises when the handle is bound to another host."""
        ...


class HttpService:
    """Own the connections of a process; `aclose` ends them all.

    `resolver` gives the addresses of a host (the system's when None), `tls` makes the context for https (public
    authorities when None).
    """

    def __init__(
        self,
        *,
        secrets: ResolvesSecrets,
        resolver: Resolver | None = None,
        tls: Callable[[], ssl.SSLContext] | None = None,
    ) -> None:
        self._secrets = secrets
        self._resolver = resolver
        self._tls = tls
        self._exchange: Exchange | None = None

    def port(self, grants: Grants, who: str) -> HttpPort:
        """Give HTTP with these grants; `who` is named in errors."""
        return HttpPort(self, grants, who)

    @property
    def exchange(self) -> Exchange:
        """Give what sends requests, made when it is first asked for."""
        if self._exchange is None:
            from llmspell.services.http_dial import SystemResolver  # noqa: PLC0415 - httpx is paid by the first request
            from llmspell.services.http_exchange import Exchange  # noqa: PLC0415

            self._exchange = Exchange(secrets=self._secrets, resolver=self._resolver or SystemResolver(), tls=self._tls)
        return self._exchange

    async def aclose(self) -> None:
        """Close every connection; later requests fail."""
        if self._exchange is not None:
            await self._exchange.aclose()


class HttpPort:
    """Implement `llmspell.spec.http.Http` with the grants of one component."""

    __slots__ = ("_grants", "_service", "_who")

    def __init__(self, service: HttpService, grants: Grants, who: str) -> None:
        self._service = service
        self._grants = grants
        self._who = who

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
        """Send a request and read the whole answer, all within `timeout` seconds."""
        hop = _hop(method, url, headers, json, body)
        try:
            async with asyncio.timeout(timeout):
                response = await self._open(hop, timeout, redirects)
                try:
                    content = await response.read(limit)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            from llmspell.services.http_errors import deadline_passed  # noqa: PLC0415

            raise deadline_passed(hop.target.authority, timeout) from error
        return Response(response.status, response.headers, content, response.url)

    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str | SecretRef] | None = None,
        json: object = None,
        body: bytes | None = None,
        timeout: float = 30.0,
    ) -> Streaming:
        """Send a request and read its answer in pieces; `timeout` bounds the wait for it and each silence in it."""
        return Streaming(self, _hop(method, url, headers, json, body), timeout)

    def sse(self, response: StreamResponse) -> AsyncIterator[ServerEvent]:
        """Parse an event stream."""
        from llmspell.services.http_sse import EventStream  # noqa: PLC0415 - only streams need it

        return EventStream(response)

    async def _open(self, hop: Hop, timeout: float, redirects: int) -> OpenResponse:
        from llmspell.services.http_exchange import Caller  # noqa: PLC0415

        caller = Caller(self._grants, self._who)
        return await self._service.exchange.open(hop, caller, timeout=timeout, redirects=redirects)


class Streaming:
    """The block in which a streamed answer is open."""

    __slots__ = ("_hop", "_port", "_response", "_timeout")

    def __init__(self, port: HttpPort, hop: Hop, timeout: float) -> None:
        self._port = port
        self._hop = hop
        self._timeout = timeout
        self._response: OpenResponse | None = None

    async def __aenter__(self) -> OpenResponse:
        try:
            async with asyncio.timeout(self._timeout):
                self._response = await self._port._open(self._hop, self._timeout, STREAM_REDIRECTS)  # noqa: SLF001
        except TimeoutError as error:
            from llmspell.services.http_errors import deadline_passed  # noqa: PLC0415

            raise deadline_passed(self._hop.target.authority, self._timeout) from error
        return self._response

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._response is not None:
            await self._response.aclose(drain=kind is None)


def _hop(method: str, url: str, headers: Mapping[str, str | SecretRef] | None, json: object, body: bytes | None) -> Hop:
    from llmspell.services.http_exchange import caller_headers  # noqa: PLC0415
    from llmspell.services.http_target import Hop, parse_target  # noqa: PLC0415

    checked = caller_headers(headers)
    if json is not None:
        if body is not None:
            raise ValidationError("a request has either `json` or `body`, not both")
        body = encode_json(json)
        if all(name != "content-type" for name, _ in checked):
            checked = (*checked, ("content-type", "application/json"))
    if not method.isascii() or not method.isalpha():
        raise ValidationError(f"{method!r} is not an HTTP method")
    return Hop(method.upper(), parse_target(url), checked, body)


def encode_json(value: object) -> bytes:
    """Encode JSON, with msgspec where something has imported it already.

    Raises `ValidationError` for what is not JSON data.
    """
    msgspec_json = sys.modules.get("msgspec.json")
    try:
        if msgspec_json is not None:
            encoded: bytes = msgspec_json.encode(value)
            return encoded
        return json_module.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise ValidationError(f"the body cannot be written as JSON: {error}") from error
