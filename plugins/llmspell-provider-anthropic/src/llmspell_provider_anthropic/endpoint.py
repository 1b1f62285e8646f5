"""Where requests go and what goes with each: worked out once from the config section."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from attrs import field, frozen

from llmspell.errors import AuthenticationError
from llmspell.spec.endpoints import host_and_port, key_of
from llmspell.spec.secrets import SecretRef
from llmspell_provider_anthropic.section import AnthropicSection

if TYPE_CHECKING:
    from llmspell.spec import Secrets

SECTION = "providers.anthropic"
BASE_URL = f"{SECTION}.base_url"
KEY_ENV = "ANTHROPIC_API_KEY"
OWN_DOMAIN = "anthropic.com"


@frozen(kw_only=True)
class Endpoint:
    """The address of a server's messages, the headers of every request, and the section they come from."""

    url: str
    host: str
    headers: Mapping[str, str | SecretRef] = field(repr=False)  # a key may be among them, if the section has one
    section: AnthropicSection

    def require_key(self) -> None:
        """Raise `AuthenticationError` when Anthropic itself would be asked without a key."""
        if "x-api-key" not in self.headers and f".{self.host}".endswith(f".{OWN_DOMAIN}"):
            raise AuthenticationError(
                f"there is no key for {self.host}",
                suggestions=[f"set {KEY_ENV} in the environment", f"set api_key_env or api_key_file in [{SECTION}]"],
            )

    def headers_with(self, betas: Iterable[str]) -> Mapping[str, str | SecretRef]:
        """Give the headers with more beta features switched on."""
        wanted = tuple(dict.fromkeys((*self.section.betas, *betas)))
        return {**self.headers, "anthropic-beta": ",".join(wanted)} if wanted else self.headers


def section_of(config: object) -> AnthropicSection:
    """Give the section; an installation without one has its defaults."""
    return config if isinstance(config, AnthropicSection) else AnthropicSection()


def open_endpoint(section: AnthropicSection, secrets: Secrets) -> Endpoint:
    """Work out the endpoint of a section."""
    host, _ = host_and_port(section.base_url, BASE_URL)
    headers: dict[str, str | SecretRef] = {**section.headers, "anthropic-version": section.version}
    key = key_of(section, secrets, SECTION, (KEY_ENV,))
    if key is not None:
        headers["x-api-key"] = key.bound(host)
    root = section.base_url.rstrip("/").removesuffix("/v1")  # both spellings are in use
    return Endpoint(url=f"{root}/v1/messages", host=host, headers=headers, section=section)
