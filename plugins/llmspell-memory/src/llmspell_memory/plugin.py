"""What this distribution provides; imports nothing but the contract."""

from __future__ import annotations

from llmspell.spec import Component, config_section, hookimpl, provider, script_module

FUNCTIONS = ("add", "store", "search", "get", "forget", "remove", "list", "clear", "stats", "reindex")


@hookimpl
def llmspell_script_modules() -> list[Component]:
    """Bring `Memory`."""
    return [
        script_module(
            "memory",
            "llmspell_memory.module:Memory",
            "Texts found by meaning.",
            namespace="Memory",
            functions=FUNCTIONS,
            needs=("state.read", "state.write"),
            section="memory",
        )
    ]


@hookimpl
def llmspell_providers() -> list[Component]:
    """Offer vectors of words, made without a model."""
    return [
        provider(
            "words",
            "llmspell_memory.words:Words",
            "Vectors of the words in a text, made without a model and without a network.",
            capabilities=("embeddings",),
            default_model="words-512",
        )
    ]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    """Own `[memory]`."""
    return [
        config_section("memory", "llmspell_memory.section:MemorySection", "Memories of texts.", path="memory"),
        config_section("words", "llmspell_memory.section:WordsSection", "Vectors of words.", path="providers.words"),
    ]
