"""What this distribution provides; imports nothing but the contract."""

from __future__ import annotations

from llmspell.spec import Component, config_section, hookimpl, provider


@hookimpl
def llmspell_providers() -> list[Component]:
    """Offer the Gemini models of Google."""
    return [
        provider(
            "google",
            "llmspell_provider_google.provider:GoogleProvider",
            "Gemini models of Google.",
            models=("gemini-*", "gemma-*"),
            key_env="GEMINI_API_KEY",
            default_model="gemini-2.5-flash",
            capabilities=(
                "text",
                "tools",
                "tool_choice",
                "json_schema",
                "images",
                "audio",
                "files",
                "reasoning",
                "embeddings",
                "models",
            ),
            aliases=("gemini",),
            cost="paid",
            duration="long",
        )
    ]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    """Own `[providers.google]`."""
    return [
        config_section(
            "google",
            "llmspell_provider_google.section:GoogleSection",
            "Where the models are, with which key, and what to ask for by default.",
            path="providers.google",
        )
    ]
