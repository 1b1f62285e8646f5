"""Which addresses are the public internet, and which lie beside us: loopback, private networks, metadata services."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

_BESIDE_US = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments; `ipaddress` calls a few of them global
        "168.63.129.16/32",  # the metadata and health address of one large cloud, public by its number
        "100.64.0.0/10",
        "fec0::/10",  # site-local, deprecated and still routed here and there
        "ff00::/8",
    )
)
_EMBEDDING = (
    (IPv6Network("::ffff:0:0:0/96"), 0),  # translated (SIIT)
    (IPv6Network("::/96"), 0),  # compatible
    (IPv6Network("64:ff9b:1::/48"), 0),  # NAT64, local prefix
    (IPv6Network("2002::/16"), 80),  # 6to4: the address follows the prefix
)
_NAT64 = IPv6Network("64:ff9b::/96")
_TEREDO = IPv6Network("2001::/32")
_MASK = 0xFFFFFFFF

PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".test")


@lru_cache(maxsize=4096)
def is_public(address: str) -> bool:
    """Tell whether an IP literal is on the public internet; an IPv6 form that carries IPv4 counts as both."""
    if "%" in address:
        return False  # a zone id is only ever needed for what is not global
    ip = _parse(address)
    return all(_is_global(form) for form in (ip, *_embedded(ip)))


@lru_cache(maxsize=4096)
def is_link_local(address: str) -> bool:
    """Tell whether an IP literal is link-local, where clouds keep their metadata services."""
    ip = _parse(address.partition("%")[0])
    return any(form.is_link_local for form in (ip, *_embedded(ip)))


@lru_cache(maxsize=4096)
def is_loopback(address: str) -> bool:
    """Tell whether an IP literal is this machine."""
    ip = _parse(address.partition("%")[0])
    return ip.is_loopback or any(form.is_loopback for form in _embedded(ip))


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
    if isinstance(ip, IPv4Address):
        return ip
    if ip in _NAT64:  # how a network without IPv4 spells an IPv4 address
        return IPv4Address(int(ip) & _MASK)
    return ip.ipv4_mapped or ip


def _is_global(ip: IPv4Address | IPv6Address) -> bool:
    return (
        ip.is_global
        and not ip.is_multicast
        and not ip.is_reserved
        and not any(ip in network for network in _BESIDE_US if network.version == ip.version)
    )


def _embedded(ip: IPv4Address | IPv6Address) -> tuple[IPv4Address, ...]:
    """Give the IPv4 addresses that an IPv6 address carries."""
    if isinstance(ip, IPv4Address):
        return ()
    number = int(ip)
    if ip in _TEREDO:
        return (IPv4Address(number >> 64 & _MASK), IPv4Address(~number & _MASK))
    return tuple(IPv4Address(number >> shift & _MASK) for network, shift in _EMBEDDING if ip in network)
