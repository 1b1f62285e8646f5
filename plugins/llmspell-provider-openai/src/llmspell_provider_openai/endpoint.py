"""Where requests go and what goes with each: worked out once from the config section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from attrs import frozen

from llmspell.errors import AuthenticationError, ConfigError
from llmspell.spec.secrets import SecretRef
from llmspell_provider_openai.presets import Preset, preset_for
from llmspell_provider_openai.section import OpenAISection

if TYPE_CHECKING:
    from llmspell.spec import Secrets

FILE_SECRET = "providers.openai.api_key"  # noqa: S105 - the name under which the config keeps the file's content
PORTS = {"http": 80, "https": 443}


@frozen(kw_only=True)
class Endpoint:
    """The address of a server's chat completions, the headers of every request, and how the server differs."""

    url: str
    host: str
    headers: Mapping[str, str | SecretRef]
    preset: Preset
    section: OpenAISection

    def require_key(self) -> None:
        """Raise `AuthenticationError` when a server that never answers without a key would be asked without one."""
        if self.preset.needs_key and self.preset.key_header not in self.headers:
            raise AuthenticationError(
                f"there is no key for {self.host}",
                suggestions=[
                    f"set {self.preset.key_env} in the environment",
                    "set api_key_env or api_key_file in [providers.openai]",
                ],
            )


def section_of(config: object) -> OpenAISection:
    """Give the section; an installation without one has its defaults."""
    return config if isinstance(config, OpenAISection) else OpenAISection()


def host_of(section: OpenAISection) -> tuple[str, int]:
    """Give host and port of the base URL. Raises `ConfigError` when it has none."""
    try:
        parts = urlsplit(section.base_url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(f"providers.openai.base_url is not an address: {error}") from error
    if not host:
        raise ConfigError(f"providers.openai.base_url names no host: {section.base_url!r}")
    return host, port or PORTS[parts.scheme]


def open_endpoint(section: OpenAISection, secrets: Secrets) -> Endpoint:
    """Work out the endpoint of a section."""
    host, _ = host_of(section)
    preset = preset_for(host)
    named = {"OpenAI-Organization": section.organization, "OpenAI-Project": section.project}
    headers: dict[str, str | SecretRef] = {**section.headers, **{name: text for name, text in named.items() if text}}
    key = _key(section, preset, secrets)
    if key is not None:
        headers[preset.key_header] = key.bound(host, preset.key_template)
    return Endpoint(
        url=f"{section.base_url.rstrip('/')}/chat/completions",
        host=host,
        headers=headers,
        preset=preset,
        section=section,
    )


def _key(section: OpenAISection, preset: Preset, secrets: Secrets) -> SecretRef | None:
    """Find the key: what the section names, and only that; else the usual variables."""
    if section.api_key is not None:
        return section.api_key
    if section.api_key_file:
        return _named(secrets, FILE_SECRET, "api_key_file", section.api_key_file)
    if section.api_key_env:
        return _named(secrets, section.api_key_env, "api_key_env", section.api_key_env)
    return secrets.get(preset.key_env) or secrets.get("OPENAI_API_KEY")


def _named(secrets: Secrets, name: str, field: str, told: str) -> SecretRef:
    ref = secrets.get(name)
    if ref is None:
        path = f"providers.openai.{field}"
        raise ConfigError(
            f"{path} names {told!r}, which holds no key",
            faults=[(path, "holds no key")],
            suggestions=[f"Set {told} in the environment.", f"Name another variable in {path}."],
        )
    return ref
