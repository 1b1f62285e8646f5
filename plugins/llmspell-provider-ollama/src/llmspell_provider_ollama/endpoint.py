"""Where requests go and what goes with each: worked out once from the config section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from attrs import field, frozen

from llmspell.spec.endpoints import host_and_port, key_of
from llmspell.spec.secrets import SecretRef
from llmspell_provider_ollama.section import OllamaSection

if TYPE_CHECKING:
    from llmspell.spec import Secrets

SECTION = "providers.ollama"
BASE_URL = f"{SECTION}.base_url"
KEY_VARIABLE = "OLLAMA_API_KEY"


@frozen(kw_only=True)
class Endpoint:
    """The address of a server and the headers of every request."""

    host: str
    headers: Mapping[str, str | SecretRef] = field(repr=False)  # a key may be among them, if the section has one
    section: OllamaSection

    def url(self, path: str) -> str:
        """Give the address of `/api/<path>`."""
        return f"{self.section.base_url}/api/{path}"


def section_of(config: object) -> OllamaSection:
    """Give the section; an installation without one has its defaults."""
    return config if isinstance(config, OllamaSection) else OllamaSection()


def open_endpoint(section: OllamaSection, secrets: Secrets) -> Endpoint:
    """Work out the endpoint of a section; a server without a key is the usual case."""
    host, _ = host_and_port(section.base_url, BASE_URL)
    headers: dict[str, str | SecretRef] = dict(section.headers)
    key = key_of(section, secrets, SECTION, (KEY_VARIABLE,))
    if key is not None:
        headers["Authorization"] = key.bound(host, "Bearer {}")
    return Endpoint(host=host, headers=headers, section=section)
