"""What this distribution provides; imports nothing but the contract."""

from __future__ import annotations

from llmspell.spec import Component, config_section, hookimpl, provider


@hookimpl
def llmspell_providers() -> list[Component]:
    """Offer the models of an Ollama server."""
    return [
        provider(
            "ollama",
            "llmspell_provider_ollama.provider:OllamaProvider",
            "Models of an Ollama server, on this machine or another.",
            models=("*:latest", "*:*[0-9]b", "*:*[0-9]m", "*-cloud"),
            url_env="OLLAMA_HOST",
            capabilities=("text", "tools", "json_schema", "images", "reasoning", "embeddings", "models", "pull"),
            cost="free",
            price=(0, 0),
            duration="long",
        )
    ]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    """Own `[providers.ollama]`."""
    return [
        config_section(
            "ollama",
            "llmspell_provider_ollama.section:OllamaSection",
            "Where the server is, and what to ask for by default.",
            path="providers.ollama",
        )
    ]
