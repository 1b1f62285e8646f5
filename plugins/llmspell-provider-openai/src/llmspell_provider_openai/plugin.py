"""What this distribution provides; imports nothing but the contract."""

from __future__ import annotations

from llmspell.spec import Component, config_section, hookimpl, provider


@hookimpl
def llmspell_providers() -> list[Component]:
    """Offer the models of OpenAI and of every server that speaks its chat completions."""
    return [
        provider(
            "openai",
            "llmspell_provider_openai.provider:OpenAIProvider",
            "Chat models of OpenAI and of compatible servers.",
            models=("gpt-*", "o1*", "o3*", "o4*", "chatgpt-*"),
            key_env="OPENAI_API_KEY",
            url_env="OPENAI_BASE_URL",
            default_model="gpt-4o-mini",
            capabilities=("text", "tools", "json_schema", "images", "audio", "files", "reasoning"),
            cost="paid",
            duration="long",
        )
    ]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    """Own `[providers.openai]`."""
    return [
        config_section(
            "openai",
            "llmspell_provider_openai.section:OpenAISection",
            "Where the models are, with which key, and what to ask for by default.",
            path="providers.openai",
        )
    ]
