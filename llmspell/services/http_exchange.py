"""Send a request and follow its redirects; the one place of the kernel that opens connections to web servers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import httpx

from llmspell import __version__
from llmspell.errors import LlmspellError, NetworkError, ValidationError
from llmspell.services.http_decode import ACCEPTED
from llmspell.services.http_dial import reachable
from llmspell.services.http_errors import FAULTS, network_error
from llmspell.services.http_heard import begun
from llmspell.services.http_pool import Pools, pinned
from llmspell.services.http_response import OpenResponse
from llmspell.services.http_target import REDIRECTS, Hop, follow

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    from llmspell.services.http import ResolvesSecrets
    from llmspell.services.http_dial import Resolver
    from llmspell.services.http_heard import Exchanged
    from llmspell.services.http_pool import Lease
    from llmspell.spec.context import Grants
    from llmspell.spec.secrets import SecretRef

CONNECT_SECONDS = 10.0
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*\Z")
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"})


class Caller(NamedTuple):
    """On whose behalf a request is sent."""

    grants: Grants
    who: str


class Exchange:
    """Pools, secrets and the resolver; made at the first request."""

    def __init__(
        self, *, secrets: ResolvesSecrets, resolver: Resolver, tls: Callable[[], ssl.SSLContext] | None = None
    ) -> None:
        self._secrets = secrets
        self._resolver = resolver
        self._pools = Pools(tls)

    async def open(self, hop: Hop, caller: Caller, *, timeout: float, redirects: int) -> OpenResponse:
        """Send a request and give the first answer that is no redirect; with `redirects=0` a redirect is an answer.

        `timeout` bounds each wait in seconds: connecting, one write, one silence. Every hop is checked like the first.
        """
        left = redirects
        while True:
            heard = begun(hop)
            response = await (
                self._send(hop, caller, timeout) if heard is None else self._told(hop, caller, timeout, heard)
            )
            location = response.headers.get("location")
            if response.status not in REDIRECTS or location is None or redirects == 0:
                return response
            await response.aclose()
            if left == 0:
                message = f"{hop.target.authority} redirects more than {redirects} times"
                raise NetworkError(message, retryable=False)
            left -= 1
            hop = follow(hop, response.status, location)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pools.aclose()

    async def _told(self, hop: Hop, caller: Caller, timeout: float, heard: Exchanged) -> OpenResponse:
        """Do the same for somebody who listens."""
        try:
            response = await self._send(hop, caller, timeout, heard)
        except LlmspellError as error:
            heard.ends(error)
            raise
        heard.answers(response.status, response.headers)
        response.heard = heard
        return response

    async def _send(self, hop: Hop, caller: Caller, timeout: float, heard: Exchanged | None = None) -> OpenResponse:
        target = hop.target
        addresses = await reachable(target, caller.grants, caller.who, self._resolver)
        headers = self._wire_headers(hop)
        if heard is not None:
            heard.sends(headers)
        waits = {"connect": min(timeout, CONNECT_SECONDS), "read": timeout, "write": timeout, "pool": timeout}
        fault: Exception | None = None
        for address in sorted(addresses, key=lambda a: not self._pools.proven(target, a)):
            lease = await self._pools.lease(target, address)
            extensions: dict[str, object] = {"timeout": waits}
            if target.scheme == "https" and address != target.host:
                extensions["sni_hostname"] = (
                    target.host
                )  # the certificate is checked against this name, not the address
            request = httpx.Request(
                hop.method,
                pinned(target.url, address),
                headers=headers,
                stream=httpx.ByteStream(hop.body or b""),
                extensions=extensions,
            )
            try:
                return await _exchange(request, lease, hop)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                lease.pool.proven = False
                fault = error  # nothing was sent: another address may still serve
            except FAULTS as error:
                raise network_error(error, target.authority) from error
        assert fault is not None  # noqa: S101 - there is at least one address
        raise network_error(fault, target.authority) from fault

    def _wire_headers(self, hop: Hop) -> list[tuple[bytes, bytes]]:
        """Encode the headers, with secrets in place; an error names the header, never its value."""
        target = hop.target
        lines = [(b"host", target.host_header.encode("ascii"))]
        given = set()
        for name, value in hop.headers:
            given.add(name)
            text = value if isinstance(value, str) else self._secrets.resolve(value, target.host)
            text = text.strip()
            if not _VALUE.match(text):
                raise ValidationError(f"the value of header {name!r} has characters that HTTP does not allow")
            lines.append((name.encode("ascii"), text.encode("latin-1")))
        for name, default in _DEFAULTS:
            if name not in given:
                lines.append((name.encode("ascii"), default))
        if hop.body is not None or hop.method in ("POST", "PUT", "PATCH"):
            lines.append((b"content-length", b"%d" % len(hop.body or b"")))
        return lines


_DEFAULTS = (
    ("accept", b"*/*"),
    ("accept-encoding", ACCEPTED.encode("ascii")),
    ("user-agent", f"llmspell/{__version__}".encode("ascii")),
)


async def _exchange(request: httpx.Request, lease: Lease, hop: Hop) -> OpenResponse:
    try:
        response = await lease.transport.handle_async_request(request)
        lease.pool.proven = True
        try:
            where = hop.target.authority
            return OpenResponse(response, lease, str(hop.target.url), where, bodiless=hop.method == "HEAD")
        except BaseException:
            await response.aclose()
            raise
    except BaseException:
        await lease.release()
        raise


def caller_headers(headers: Mapping[str, str | SecretRef] | None) -> tuple[tuple[str, str | SecretRef], ...]:
    """Check and lower the names of headers. Raises `ValidationError` for bad ones and for those we set ourselves."""
    checked = []
    for name, value in (headers or {}).items():
        lowered = name.lower()
        if not _NAME.match(lowered):
            raise ValidationError(f"{name!r} is not the name of an HTTP header")
        if lowered in _OURS:
            raise ValidationError(f"header {name!r} is set from the URL and the body", suggestions=["leave it out"])
        checked.append((lowered, value))
    return tuple(checked)
