"""What this distribution provides; imports nothing but the contract."""

from __future__ import annotations

from llmspell.spec import Component, config_section, hookimpl, provider


@hookimpl
def llmspell_providers() -> list[Component]:
    """Offer the models of Anthropic and of every server that speaks its Messages API."""
    return [
        provider(
            "anthropic",
            "llmspell_provider_anthropic.provider:AnthropicProvider",
            "Claude models of Anthropic.",
            models=("claude-*",),
            key_env="ANTHROPIC_API_KEY",
            url_env="ANTHROPIC_BASE_URL",
            default_model="claude-sonnet-5",
            capabilities=(
                "text",
                "tools",
                "tool_choice",
                "json_schema",
                "json_schema_with_tools",
                "images",
                "files",
                "reasoning",
                "count_tokens",
            ),
            aliases=("claude",),
            cost="paid",
            duration="long",
        )
    ]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    """Own `[providers.anthropic]`."""
    return [
        config_section(
            "anthropic",
            "llmspell_provider_anthropic.section:AnthropicSection",
            "Where the models are, with which key, and what to ask for by default.",
            path="providers.anthropic",
        )
    ]
