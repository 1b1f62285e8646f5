"""A plugin with providers of every kind of configuration, for the tests of choosing one."""

from __future__ import annotations

from typing import ClassVar

from attrs import frozen

from llmspell.spec import Component, config_section, hookimpl, provider
from llmspell.spec.secrets import SecretRef


@frozen(kw_only=True)
class Section:
    """Hold what a provider's section usually has."""

    SECRETS: ClassVar[frozenset[str]] = frozenset({"api_key"})

    api_key: SecretRef | None = None
    api_key_env: str | None = None
    base_url: str | None = None
    model: str | None = None


@hookimpl
def llmspell_providers() -> list[Component]:
    """Describe them; none is ever asked."""
    target = "tests.unit.runtime.model_providers:Section"
    return [
        provider("alpha", target, "Has an address.", url_env="ALPHA_HOST", key_env="ALPHA_KEY"),
        provider("beta", target, "Has a key.", key_env="BETA_KEY"),
        provider("gamma", target, "Has another key.", key_env="GAMMA_KEY"),
        provider("delta", target, "Needs none."),
    ]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    """Own their sections."""
    target = "tests.unit.runtime.model_providers:Section"
    return [config_section(n, target, "A section.", path=f"providers.{n}") for n in ("alpha", "beta", "gamma", "delta")]
