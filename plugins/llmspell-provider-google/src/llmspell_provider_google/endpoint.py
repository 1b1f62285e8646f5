"""Where requests go and what goes with each: worked out once from the config section."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from attrs import field, frozen

from llmspell.errors import AuthenticationError
from llmspell.spec.endpoints import host_and_port, key_of
from llmspell.spec.secrets import SecretRef
from llmspell_provider_google.section import GoogleSection

if TYPE_CHECKING:
    from llmspell.spec import Secrets

SECTION = "providers.google"
BASE_URL = f"{SECTION}.base_url"
KEY_VARIABLES = ("GEMINI_API_KEY", "GOOGLE_API_KEY")
KEY_HEADER = "x-goog-api-key"
SERVICE = "googleapis.com"


@frozen(kw_only=True)
class Endpoint:
    """The address of the service and the headers of every request."""

    host: str
    headers: Mapping[str, str | SecretRef] = field(repr=False)  # a key may be among them, if the section has one
    section: GoogleSection

    def url(self, path: str) -> str:
        """Give the address of a path below the version."""
        return f"{self.section.base_url.rstrip('/')}/{self.section.api_version}/{path}"

    def require_key(self) -> None:
        """Raise `AuthenticationError` when Google would be asked without a key; a proxy may add its own."""
        if KEY_HEADER not in self.headers and self.host.endswith(SERVICE):
            raise AuthenticationError(
                f"there is no key for {self.host}",
                suggestions=[
                    f"set {KEY_VARIABLES[0]} in the environment",
                    f"set api_key_env or api_key_file in [{SECTION}]",
                ],
            )


def model_path(model: str) -> str:
    """Give the path of a model: `models/gemini-2.5-flash`; a name with a slash (`tunedModels/mine`) is one."""
    return quote(model if "/" in model else f"models/{model}", safe="/")


def section_of(config: object) -> GoogleSection:
    """Give the section; an installation without one has its defaults."""
    return config if isinstance(config, GoogleSection) else GoogleSection()


def open_endpoint(section: GoogleSection, secrets: Secrets) -> Endpoint:
    """Work out the endpoint of a section."""
    host, _ = host_and_port(section.base_url, BASE_URL)
    headers: dict[str, str | SecretRef] = dict(section.headers)
    key = key_of(section, secrets, SECTION, KEY_VARIABLES)
    if key is not None:
        headers[KEY_HEADER] = key.bound(host)
    return Endpoint(host=host, headers=headers, section=section)
