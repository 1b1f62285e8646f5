"""Where requests go and what goes with each: worked out once from the config section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import frozen

from llmspell.errors import AuthenticationError
from llmspell.spec.endpoints import host_and_port, key_of
from llmspell.spec.secrets import SecretRef
from llmspell_provider_openai.presets import Preset, preset_for
from llmspell_provider_openai.section import OpenAISection

if TYPE_CHECKING:
    from llmspell.spec import Secrets

SECTION = "providers.openai"
BASE_URL = f"{SECTION}.base_url"


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


def open_endpoint(section: OpenAISection, secrets: Secrets) -> Endpoint:
    """Work out the endpoint of a section."""
    host, _ = host_and_port(section.base_url, BASE_URL)
    preset = preset_for(host)
    named = {"OpenAI-Organization": section.organization, "OpenAI-Project": section.project}
    headers: dict[str, str | SecretRef] = {**section.headers, **{name: text for name, text in named.items() if text}}
    key = key_of(section, secrets, SECTION, (preset.key_env, "OPENAI_API_KEY"))
    if key is not None:
        headers[preset.key_header] = key.bound(host, preset.key_template)
    return Endpoint(
        url=f"{section.base_url.rstrip('/')}/chat/completions",
        host=host,
        headers=headers,
        preset=preset,
        section=section,
    )
