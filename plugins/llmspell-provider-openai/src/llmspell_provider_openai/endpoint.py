"""Where requests go and what goes with each: worked out once from the config section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import field, frozen

from llmspell.errors import AuthenticationError, ConfigError
from llmspell.spec.endpoints import host_and_port, hosts_of, key_of
from llmspell.spec.secrets import SecretRef
from llmspell_provider_openai.presets import Preset, preset_for
from llmspell_provider_openai.section import OpenAISection

if TYPE_CHECKING:
    from llmspell.spec import Secrets


@frozen(kw_only=True)
class Endpoint:
    """The address of a server, the headers of every request, and how the server differs; `path` is its config."""

    base: str
    host: str
    path: str
    headers: Mapping[str, str | SecretRef] = field(repr=False)  # a key may be among them, if the section has one
    preset: Preset
    section: OpenAISection

    def url(self, path: str) -> str:
        """Give the address of one of its services."""
        return f"{self.base}/{path}"

    def require_key(self) -> None:
        """Raise `AuthenticationError` when a server that never answers without a key would be asked without one."""
        if self.preset.needs_key and self.preset.key_header not in self.headers:
            raise AuthenticationError(
                f"there is no key for {self.host}",
                suggestions=[
                    f"set {self.preset.key_env} in the environment",
                    f"set api_key_env or api_key_file in [{self.path}]",
                ],
            )


def allowed_hosts(section: OpenAISection) -> list[str]:
    """Give the `host:port` of a section, and of its networks."""
    return hosts_of(_address(section), section.networks, f"providers.{section.NAME}.base_url")


def open_endpoint(section: OpenAISection, secrets: Secrets) -> Endpoint:
    """Work out the endpoint of a section. Raises `ConfigError` where no address is named and none is usual."""
    path = f"providers.{section.NAME}"
    base = _address(section)
    host, _ = host_and_port(base, f"{path}.base_url")
    preset = preset_for(host)
    named = {"OpenAI-Organization": section.organization, "OpenAI-Project": section.project}
    headers: dict[str, str | SecretRef] = {**section.headers, **{name: text for name, text in named.items() if text}}
    # only the general section may send OpenAI's key to whatever server it names
    variables = (preset.key_env, "OPENAI_API_KEY") if section.NAME == OpenAISection.NAME else (preset.key_env,)
    key = key_of(section, secrets, path, filter(None, variables))
    if key is not None:
        headers[preset.key_header] = key.bound(host, preset.key_template)
    return Endpoint(base=base, host=host, path=path, headers=headers, preset=preset, section=section)


def _address(section: OpenAISection) -> str:
    if section.address:
        return section.address
    path, variable = f"providers.{section.NAME}.base_url", section.ENVIRONMENT["base_url"]
    raise ConfigError(
        f"{path} is not set", faults=[(path, "is not set")], suggestions=[f"Set {path}.", f"Set {variable}."]
    )
