"""What a permission rule covers: one kind of pattern for paths, one for hosts, one for names."""

# Paths are compared as text; `pathlib` would cost an object for each question.
# ruff: noqa: PTH111, PTH118, PTH206

from __future__ import annotations

import os
import re
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from llmspell.errors import ConfigError, ValidationError

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

EVERYTHING = "*"
PATHS = frozenset({"fs.read", "fs.write"})
HOSTS = frozenset({"net.connect", "net.listen"})
_UNTIDY = re.compile(r"//|/\.|/\Z")
MAGIC = re.compile(r"[*?\[]")
_MAX_PORT = 65535
_PLAIN_HOST = re.compile(r"(?:\*\.)?(?:[a-z0-9_]+[.-])*[a-z_][a-z0-9_]*\Z")
# Where the file system does not tell case apart, a rule that denies must not either.
_FOLDS_CASE = sys.platform in {"darwin", "win32"}


class Pattern(Protocol):
    """One side of a rule; `text` is its normal form, which reads back as the same pattern."""

    @property
    def text(self) -> str:
        """Give the normal form."""
        ...

    def covers(self, target: str) -> bool:
        """Tell whether an allowing rule reaches this target."""
        ...

    def touches(self, target: str) -> bool:
        """Tell whether a denying rule reaches this target; in doubt it does."""
        ...


class PathPattern:
    """A file or folder with all below it; `*` and `?` stay within one name, `**` spans folders.

    Resolved against `cwd` by text only: what links do is the file service's matter.
    """

    __slots__ = ("_below", "_cwd", "_expression", "text")

    def __init__(self, text: str, cwd: str) -> None:
        self._cwd = cwd
        self.text = text if text == EVERYTHING else _absolute(os.path.expanduser(text), cwd)
        magic = text != EVERYTHING and MAGIC.search(self.text)
        self._expression = _path_expression(self.text) if magic else None
        self._below = self.text if self.text.endswith(os.sep) else self.text + os.sep

    @property
    def magic(self) -> bool:
        """Tell whether there are wildcards."""
        return self._expression is not None

    @property
    def root(self) -> str:
        """Give the path that the rule names; of a rule with wildcards, the folder before the first."""
        if self.text == EVERYTHING:
            return os.sep
        magic = MAGIC.search(self.text)
        return self.text if magic is None else self.text[: magic.start()].rpartition(os.sep)[0] or os.sep

    def covers(self, target: str) -> bool:
        """Tell whether the path is the pattern or lies below it."""
        if self.text == EVERYTHING:
            return True
        if target == EVERYTHING:
            return False
        path = _absolute(target, self._cwd)
        if self._expression is not None:
            return self._expression.match(path) is not None
        return path == self.text or path.startswith(self._below)

    def touches(self, target: str) -> bool:
        """Tell the same, case aside where the platform's files know no case; `*` touches every pattern."""
        if target == EVERYTHING or self.covers(target):
            return True
        return _FOLDS_CASE and PathPattern(self.text.casefold(), self._cwd).covers(
            _absolute(target, self._cwd).casefold()
        )


class HostPattern:
    """`host`, `*.domain`, an address, a network in CIDR form; each with `:port` or for every port."""

    __slots__ = ("_host", "_network", "_port", "text")

    def __init__(self, text: str) -> None:
        if "://" in text or text.endswith("/"):
            raise ConfigError(
                f"{text!r} is an address of a page, a network right names a host",
                suggestions=("Write `api.example.com`, `api.example.com:443`, `*.example.com` or `10.0.0.0/8`.",),
            )
        self._host, self._port = split_host(text)
        self._network = _network(self._host)
        if self._network is None and self._host != EVERYTHING and not _PLAIN_HOST.match(self._host):
            _check_host(text, self._host)
        host = str(self._network) if self._network is not None else self._host
        host = host.removesuffix("/32").removesuffix("/128")
        self.text = host if self._port is None else f"[{host}]:{self._port}" if ":" in host else f"{host}:{self._port}"

    def covers(self, target: str) -> bool:
        """Tell whether host and port both fit; what is no host is never covered."""
        try:
            host, port = split_host(target)
        except ConfigError:
            return False
        return (self._port is None or self._port == port) and self._fits(host)

    def touches(self, target: str) -> bool:
        """Tell the same; a target without a port stands for all of them, and what is no host is always touched."""
        try:
            host, port = split_host(target)
        except ConfigError:
            return True
        return host == EVERYTHING or ((None in (self._port, port) or self._port == port) and self._fits(host))

    def _fits(self, host: str) -> bool:
        if self._host in {EVERYTHING, host}:
            return True
        if self._host.startswith("*."):
            return host.endswith(self._host[1:])
        if self._network is None:
            return False
        network = _network(host)
        return (
            network is not None
            and network.version == self._network.version
            and network.network_address in self._network
            and network.prefixlen >= self._network.prefixlen
        )


class NamePattern:
    """A name with `*` and `?`: a command, a variable, an agent, a key, a mail address."""

    __slots__ = ("_expression", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self._expression = re.compile(wildcards(text, any_of=".*", one_of=".") + r"\Z", re.DOTALL)

    def covers(self, target: str) -> bool:
        """Tell whether the name matches; only `*` covers `*`."""
        return self.text == EVERYTHING if target == EVERYTHING else self._expression.match(target) is not None

    def touches(self, target: str) -> bool:
        """Tell the same; `*` touches every pattern."""
        return target == EVERYTHING or self.covers(target)


@lru_cache(maxsize=1024)
def split_host(text: str) -> tuple[str, int | None]:
    """Split `host[:port]` into the normal form of the host (lower case, no final dot, IDNA) and the port.

    Raises `ConfigError` for what is neither.
    """
    host, port = text, ""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, port = text.split(":")
    if port and (not port.isdecimal() or not 0 < int(port) <= _MAX_PORT):
        raise ConfigError(f"{text!r} has no port between 1 and {_MAX_PORT}")
    host = host.lower().rstrip(".")
    if not host.isascii():
        from llmspell.services.http_target import ascii_host  # noqa: PLC0415 - few names need it

        wildcard, name = ("*.", host[2:]) if host.startswith("*.") else ("", host)
        try:
            host = wildcard + ascii_host(name)
        except ValidationError as error:
            raise ConfigError(f"{text!r} is no host name: {error.message}") from error
    if not host or any(c.isspace() or ord(c) < 32 for c in host):  # noqa: PLR2004 - the control characters
        raise ConfigError(f"{text!r} names no host")
    return host, int(port) if port else None


def _check_host(text: str, host: str) -> None:
    """Raise `ConfigError` for what no host can be: a rule that denies it would deny nothing."""
    from llmspell.services.http_address import check_host  # noqa: PLC0415 - few names need it

    if "/" in host:
        raise ConfigError(f"{text!r} is no network", suggestions=("Write one as `10.0.0.0/8` or `fd00::/8`.",))
    name = host.removeprefix("*.")
    if EVERYTHING in name or "?" in name:
        message = f"{text!r} has a wildcard within a name"
        raise ConfigError(message, suggestions=("Write `*.example.com` for all below a domain, `*` for every host.",))
    try:
        check_host(name)
    except ValidationError as error:
        raise ConfigError(error.message, suggestions=error.suggestions) from error


@lru_cache(maxsize=1024)
def _network(host: str) -> IPv4Network | IPv6Network | None:
    """Read an address or a network; IPv6 forms that hold an IPv4 address count as that address."""
    if not (":" in host or host[:1].isdigit()):
        return None
    from ipaddress import IPv4Network, IPv6Address, ip_network  # noqa: PLC0415 - only rules on addresses pay for it

    try:
        network = ip_network(host, strict=False)
    except ValueError:
        return None
    address = network.network_address
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None and network.prefixlen >= 96:  # noqa: PLR2004
        return IPv4Network((address.ipv4_mapped, network.prefixlen - 96), strict=False)
    return network


def _absolute(path: str, cwd: str) -> str:
    if "\0" in path:
        raise ConfigError(f"path {path!r} holds a NUL character")
    if path.startswith("/") and not _UNTIDY.search(path) and os.sep == "/":
        return path  # nearly every question comes from the file service, which asks in normal form
    whole = os.path.normpath(os.path.join(cwd, path))
    # POSIX lets exactly two leading slashes mean something else; nobody does.
    return whole[1:] if whole.startswith("//") and os.sep == "/" else whole


def _path_expression(text: str) -> re.Pattern[str]:
    slash = re.escape(os.sep)
    name = f"[^{slash}]"
    expression = ""
    drive, *parts = text.split(os.sep)
    for part in parts:
        if part == "**":
            expression += f"(?:{slash}{name}+)*"
        else:
            expression += slash + wildcards(part, any_of=f"{name}*", one_of=name)
    return re.compile(rf"{re.escape(drive)}{expression}(?:{slash}.*)?\Z", re.DOTALL)


def wildcards(text: str, *, any_of: str, one_of: str) -> str:
    """Write a name with `*` and `?` as an expression."""
    return "".join(any_of if c == "*" else one_of if c == "?" else re.escape(c) for c in text)
