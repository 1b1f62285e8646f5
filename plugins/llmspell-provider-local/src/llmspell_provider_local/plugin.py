"""What this distribution provides; imports nothing but the contract."""

from __future__ import annotations

from llmspell.spec import Component, config_section, hookimpl, provider


@hookimpl
def llmspell_providers() -> list[Component]:
    """Offer the model files of a folder."""
    return [
        provider(
            "local",
            "llmspell_provider_local.driver:LocalProvider",
            "GGUF model files on this machine, run by llama.cpp in a process of their own.",
            models=("*.gguf",),
            default_model="*",  # the only file there is
            capabilities=(
                "text",
                "tools",
                "tool_choice",
                "json_schema",
                "reasoning",
                "embeddings",
                "models",
                "count_tokens",
            ),
            cost="free",
            price=(0, 0),
            duration="long",
            native=("files", "process"),
            native_for="the model files of its folder, and the process that runs one",
        )
    ]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    """Own `[providers.local]`."""
    return [
        config_section(
            "local",
            "llmspell_provider_local.section:LocalSection",
            "Where the model files are, and how to run them.",
            path="providers.local",
        )
    ]
