"""Which addresses are the public internet, and which lie beside us: loopback, private networks, metadata services.

The table is our own and frozen: what `ipaddress` calls global changed between point releases of Python, and never knew
of site-local addresses, multicast or the forms of IPv6 that carry an IPv4 address. Of IPv4 all is public that is not
listed; of IPv6 nothing is that is not global unicast. Source: the IANA registries of special-purpose addresses for
IPv4 and IPv6 as of November 2026.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from llmspell.errors import ValidationError

_BESIDE_US_4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",
            "100.64.0.0/10",  # behind a carrier's translation, and one cloud's metadata service
            "127.0.0.0/8",
            "168.63.129.16/32",  # the metadata and health address of one large cloud, public by its number
            "169.254.0.0/16",  # link-local, and most metadata services
            "172.16.0.0/12",
            "192.0.0.0/24",  # protocol assignments, and one cloud's metadata service
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
_GLOBAL_6 = IPv6Network("2000::/3")
_BESIDE_US_6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: benchmarks, overlays, anycast within a network
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "3fff::/20",
        ),
    )
)
_TRANSPARENT = (
    IPv6Network("::ffff:0:0/96"),  # mapped: how a socket for both families spells IPv4
    IPv6Network("64:ff9b::/96"),  # NAT64: how a network without IPv4 spells it
)
"""Forms that mean the IPv4 address in their last 32 bits, and nothing else."""

_CARRYING = (
    IPv6Network("::/96"),  # compatible, deprecated
    IPv6Network("::ffff:0:0:0/96"),  # translated (SIIT)
    IPv6Network("64:ff9b:1::/48"),  # NAT64 for one network's own use, with a prefix of any length
)
"""Forms that may carry an IPv4 address at their end; what they mean depends on who forwards them."""

_TEREDO, _SIX_TO_FOUR = IPv6Network("2001::/32"), IPv6Network("2002::/16")
_LOOPBACK_4, _LOOPBACK_6 = IPv4Network("127.0.0.0/8"), IPv6Address("::1")
_METADATA_4 = (
    IPv4Network("169.254.0.0/16"),
    *map(IPv4Network, ("100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32")),
)
_METADATA_6 = (IPv6Network("fe80::/10"), *map(IPv6Network, ("fd00:ec2::254/128", "fd20:ce::254/128")))
"""Where clouds keep their metadata services: the link-local networks, and what single clouds have chosen."""

_MASK = 0xFFFFFFFF

PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test")

_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*\Z")
_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\Z")
"""A host that ends with a number is an address or nothing (WHATWG URL, "ends in a number")."""


def check_host(host: str) -> None:
    """Raise `ValidationError` for a host (lower case, ASCII, no brackets) that programs could read in two ways.

    Such are numbers that some libraries take for an address (`0x7f.1`, `2130706433`, `127.1`), zone ids, and names with
    characters that no name of the internet has.
    """
    if _NAME.match(host):
        if not _NUMBER.match(host) or is_literal(host):
            return
        advice = "write an IPv4 address as four decimal numbers without leading zeros"
    elif ":" in host and is_literal(host) and "%" not in host:
        return
    else:
        advice = "a name has letters, digits, hyphens and dots; an IPv6 address stands in brackets, without a zone"
    raise ValidationError(f"{host[:80]!r} is neither a host name nor an IP address", suggestions=[advice])


@lru_cache(maxsize=4096)
def is_public(address: str) -> bool:
    """Tell whether an IP literal is on the public internet; what only may lead there (6to4, Teredo) is not."""
    if "%" in address:
        return False  # a zone id is only ever needed for what is not global
    ip = _parse(address)
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _BESIDE_US_4)
    return ip in _GLOBAL_6 and not any(ip in network for network in _BESIDE_US_6)


@lru_cache(maxsize=4096)
def may_be_metadata(address: str) -> bool:
    """Tell whether an IP literal is link-local, or where else clouds keep their metadata services."""
    return any(
        any(ip in network for network in (_METADATA_4 if isinstance(ip, IPv4Address) else _METADATA_6))
        for ip in _forms(address)
    )


@lru_cache(maxsize=4096)
def is_loopback(address: str) -> bool:
    """Tell whether an IP literal is this machine."""
    return any(ip in _LOOPBACK_4 if isinstance(ip, IPv4Address) else ip == _LOOPBACK_6 for ip in _forms(address))


@lru_cache(maxsize=4096)
def spellings(address: str) -> tuple[str, ...]:
    """Give an IP literal, its normal form, and every address that it carries: a rule that denies one denies it."""
    return tuple(dict.fromkeys((address, *map(str, _forms(address)))))


def authority(host: str, port: int) -> str:
    """Join a host and a port; an IPv6 literal gets its brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def is_literal(host: str) -> bool:
    """Tell whether a host is an IP literal (without brackets)."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_private_name(host: str) -> bool:
    """Tell whether only a private network can resolve a name: nobody outside can point it somewhere else."""
    return "." not in host or host.endswith(PRIVATE_SUFFIXES)


def _parse(address: str) -> IPv4Address | IPv6Address:
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and any(ip in network for network in _TRANSPARENT):
        return IPv4Address(int(ip) & _MASK)
    return ip


def _forms(address: str) -> tuple[IPv4Address | IPv6Address, ...]:
    """Give what an address is, and the IPv4 addresses that it carries."""
    ip = _parse(address.partition("%")[0])
    if isinstance(ip, IPv4Address):
        return (ip,)
    number = int(ip)
    if ip in _TEREDO:
        carried = [number >> 64, ~number]  # the server, and the client inverted
    elif ip in _SIX_TO_FOUR:
        carried = [number >> 80]
    else:
        carried = [number for network in _CARRYING if ip in network]
    return (ip, *(IPv4Address(one & _MASK) for one in carried))
