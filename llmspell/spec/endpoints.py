"""Where a provider's section says that its service is, and with which key."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from llmspell.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmspell.spec.secrets import SecretRef, Secrets

PORTS = {"http": 80, "https": 443}


def check_web_address(_section: object, attribute: object, value: str) -> None:
    """Be an attrs validator: a value that is no web address raises `ValueError`."""
    if not value.startswith(("http://", "https://")):
        name = getattr(attribute, "name", "the address")
        raise ValueError(f"{name} must start with http:// or https://, not {value[:40]!r}")


def host_and_port(url: str, path: str) -> tuple[str, int]:
    """Give host and port of a base URL; `path` names its key. Raises `ConfigError` when it has none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(f"{path} is not an address: {error}") from error
    if not host:
        raise ConfigError(f"{path} names no host: {url!r}")
    return host, port or PORTS[parts.scheme]


def hosts_of(url: str, networks: Iterable[str], path: str) -> list[str]:
    """Give the `host:port` of a base URL, and of the networks in which it may lie."""
    host, port = host_and_port(url, path)
    return places(host, port, networks)


def places(host: str, port: int, networks: Iterable[str]) -> list[str]:
    """Give the `host:port` of a server, and of the networks in which it may lie: what a driver may connect to."""
    return [f"[{one}]:{port}" if ":" in one else f"{one}:{port}" for one in (host, *networks)]


def key_of(
    section: object, secrets: Secrets, path: str, variables: Iterable[str], *, name: str = "api_key"
) -> SecretRef | None:
    """Find the key: what the section at `path` names, and only that; else the first of the usual variables.

    A section has `api_key` (a handle), `api_key_file` and `api_key_env`, or those of another `name`. Raises
    `ConfigError` for a named one without a value.
    """
    direct: SecretRef | None = getattr(section, name, None)
    if direct is not None:
        return direct
    file, variable = getattr(section, f"{name}_file", None), getattr(section, f"{name}_env", None)
    if file:
        return _named(secrets, f"{path}.{name}", f"{path}.{name}_file", file)
    if variable:
        return _named(secrets, variable, f"{path}.{name}_env", variable)
    return next(filter(None, map(secrets.get, variables)), None)


def _named(secrets: Secrets, name: str, path: str, told: str) -> SecretRef:
    ref = secrets.get(name)
    if ref is None:
        raise ConfigError(
            f"{path} names {told!r}, which holds no key",
            faults=[(path, "holds no key")],
            suggestions=[f"Set {told} in the environment.", f"Name another variable in {path}."],
        )
    return ref
