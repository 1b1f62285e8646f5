from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from llmspell.errors import ConfigError
from llmspell.services.secrets import SecretService
from llmspell.spec import SecretRef
from llmspell.spec.endpoints import check_web_address, host_and_port, hosts_of, key_of


class Section(NamedTuple):
    api_key: SecretRef | None = None
    api_key_env: str | None = None
    api_key_file: str | None = None


SECRETS = SecretService({"FIRST_API_KEY": "1", "SECOND_API_KEY": "2"})


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://example.com/v1", ("example.com", 443)),
        ("http://[::1]:8080", ("::1", 8080)),
        ("http://localhost", ("localhost", 80)),
    ],
)
def test_host_and_port(url: str, found: tuple[str, int]) -> None:
    assert host_and_port(url, "providers.x.base_url") == found


@pytest.mark.parametrize("url", ["https://", "http://[::1", "http://host:port"])
def test_an_address_without_a_host_names_its_key(url: str) -> None:
    with pytest.raises(ConfigError, match=r"providers\.x\.base_url"):
        host_and_port(url, "providers.x.base_url")


def test_networks_share_the_port() -> None:
    found = hosts_of("http://[::1]:8080", ("10.0.0.0/8", "fd00::/8"), "x")
    assert found == ["[::1]:8080", "10.0.0.0/8:8080", "[fd00::/8]:8080"]


def test_only_web_addresses_pass() -> None:
    check_web_address(None, None, "http://x")
    with pytest.raises(ValueError, match="must start with http"):
        check_web_address(None, None, "ftp://x")


@pytest.mark.parametrize(
    ("section", "name"),
    [
        (Section(), "FIRST_API_KEY"),
        (Section(api_key_env="SECOND_API_KEY"), "SECOND_API_KEY"),
        (Section(api_key=SecretRef("own"), api_key_env="SECOND_API_KEY"), "own"),
    ],
)
def test_what_the_section_names_comes_first(section: Section, name: str) -> None:
    found: Any = key_of(section, SECRETS, "providers.x", ("NONE_API_KEY", "FIRST_API_KEY"))
    assert found.name == name


def test_no_key_is_none() -> None:
    assert key_of(Section(), SECRETS, "providers.x", ("NONE_API_KEY",)) is None


@pytest.mark.parametrize("field", ["api_key_env", "api_key_file"])
def test_a_named_key_without_a_value_is_a_fault(field: str) -> None:
    values: Any = {field: "MISSING_API_KEY"}
    section = Section(**values)
    with pytest.raises(ConfigError, match=rf"providers\.x\.{field} names 'MISSING_API_KEY'"):
        key_of(section, SECRETS, "providers.x", ("FIRST_API_KEY",))
