"""Where a request goes: a URL taken apart once, and the place a redirect leads to."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import httpx

from llmspell.errors import NetworkError, ValidationError
from llmspell.services.http_address import authority, check_host

if TYPE_CHECKING:
    from llmspell.spec.secrets import SecretRef

PORTS = {"http": 80, "https": 443}
MAX_PORT = 65535
REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HARMLESS = frozenset(
    {
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "cache-control",
        "content-language",
        "content-type",
        "if-modified-since",
        "if-none-match",
        "pragma",
        "range",
        "user-agent",
    }
)
"""Headers that go along to another origin; any other might be a credential, whatever its name."""


class Target(NamedTuple):
    """One URL: `host` is lower case and ASCII (IDNA), without brackets; `url` is normalised and has no fragment."""

    scheme: str
    host: str
    port: int
    url: httpx.URL

    @property
    def authority(self) -> str:
        """Give `host:port`, what the right `net.connect` is asked for."""
        return authority(self.host, self.port)

    @property
    def host_header(self) -> str:
        """Give the value of the Host header: without the port where it is the scheme's own."""
        if self.port == PORTS[self.scheme]:
            return f"[{self.host}]" if ":" in self.host else self.host
        return self.authority

    @property
    def origin(self) -> tuple[str, str, int]:
        """Give scheme, host and port."""
        return (self.scheme, self.host, self.port)


@lru_cache(maxsize=256)
def parse_target(text: str) -> Target:
    """Take a URL apart. Raises `ValidationError` unless it is absolute http or https, without user and password."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, TypeError, UnicodeError) as error:  # UnicodeError: what idna raises past httpx
        raise ValidationError(f"{text[:200]!r} is not a URL: {error}") from error
    if url.scheme not in PORTS or not url.raw_host:
        message = f"{text[:200]!r} is not an absolute http or https URL"
        raise ValidationError(message, suggestions=["write http://host/path or https://host/path"])
    host = url.raw_host.decode("ascii").lower().removesuffix(".")
    if url.port is not None and not 0 < url.port <= MAX_PORT:
        raise ValidationError(f"the URL for {host} has no port between 1 and {MAX_PORT}")
    if url.userinfo:
        message = f"the URL for {host} carries a user or password, which would end up in logs"
        raise ValidationError(message, suggestions=["send an Authorization header instead"])
    check_host(host)
    return Target(url.scheme, host, url.port or PORTS[url.scheme], url.copy_with(fragment=None))


def ascii_host(host: str) -> str:
    """Give the form of a name that goes over the wire (IDNA 2008), as a URL with that name has it.

    Raises `ValidationError` for what has none.
    """
    try:
        return httpx.URL(scheme="http", host=host).raw_host.decode("ascii")
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ValidationError(f"{host[:80]!r} is no host name: {error}") from error


class Hop(NamedTuple):
    """What is sent to one place on the way: headers are as the caller gave them, secrets still unresolved."""

    method: str
    target: Target
    headers: tuple[tuple[str, str | SecretRef], ...]
    body: bytes | None


def follow(hop: Hop, status: int, location: str) -> Hop:
    """Give what a redirect asks for next.

    To another origin only headers go that are known to carry no credential. Raises `NetworkError` for a step from https
    to http, and for a body that would go to another origin.
    """
    try:
        target = parse_target(str(hop.target.url.join(location)))
    except (httpx.InvalidURL, ValidationError) as error:
        message = f"{hop.target.authority} redirects to something that is no http URL: {location[:200]!r}"
        raise NetworkError(message, retryable=False) from error
    if hop.target.scheme == "https" and target.scheme == "http":
        message = f"{hop.target.authority} redirects from https to plain http at {target.authority}; not followed"
        raise NetworkError(message, retryable=False)
    method, body = hop.method, hop.body
    if (status == 303 and method != "HEAD") or (status in (301, 302) and method == "POST"):  # noqa: PLR2004
        method, body = "GET", None
    headers = hop.headers
    if body is None:
        headers = tuple(h for h in headers if not h[0].startswith("content-"))
    if target.origin != hop.target.origin:
        if body is not None:
            message = f"{hop.target.authority} redirects a {method} with a body to {target.authority}; not followed"
            raise NetworkError(
                message, retryable=False, suggestions=[f"send it to {target.authority} yourself if it belongs there"]
            )
        headers = tuple(h for h in headers if h[0] in _HARMLESS and isinstance(h[1], str))
    return Hop(method, target, headers, body)
