from __future__ import annotations

import pytest

from llmspell.services.http_address import (
    is_literal,
    is_loopback,
    is_private_name,
    is_public,
    may_be_metadata,
    spellings,
)

BESIDE_US = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.192",
    "168.63.129.16",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12::1",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::127.0.0.1",
    "::ffff:0:127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "2001:0:5ef5:79fb:0:59b:80ff:fffe",
    "2001:db8::1",
]
PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "93.184.216.34",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2a00:1450::1",
]


@pytest.mark.parametrize("address", BESIDE_US)
def test_what_lies_beside_us_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "fe80::1%eth0",
        "64:ff9b::a9fe:a9fe",
        "100.100.100.200",
        "fd00:ec2::254",
    ],
)
def test_metadata_in_every_form(address: str) -> None:
    assert may_be_metadata(address)
    assert not is_loopback(address)


def test_loopback_in_every_form() -> None:
    assert all(map(is_loopback, ["127.0.0.1", "::1", "::ffff:127.0.0.1", "2002:7f00:1::"]))


def test_an_address_is_spelled_in_many_ways() -> None:
    assert set(spellings("::ffff:8.8.8.8")) == {"::ffff:8.8.8.8", "8.8.8.8"}
    assert "8.8.8.8" in spellings("64:ff9b::808:808")
    assert "127.0.0.1" in spellings("2002:7f00:1::")


def test_names_that_only_a_private_network_resolves() -> None:
    assert all(
        map(is_private_name, ["gpu-box", "localhost", "x.localhost", "nas.local", "api.internal", "a.home.arpa"])
    )
    assert not any(map(is_private_name, ["example.com", "local.example.com", "internal.example"]))


def test_only_addresses_are_literals() -> None:
    assert all(map(is_literal, ["1.2.3.4", "::1"]))
    assert not any(map(is_literal, ["example.com", "2130706433", "0x7f.1", "127.1"]))
