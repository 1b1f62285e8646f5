"""What this distribution provides; imports nothing but the contract."""

from __future__ import annotations

from typing import Any

from llmspell.spec import Component, config_section, hookimpl, provider

_PLAIN = ("text", "tools", "tool_choice", "images", "audio", "files", "reasoning", "embeddings", "models")
_SCHEMA = (*_PLAIN, "json_schema")
_BOTH = (*_SCHEMA, "json_schema_with_tools")
"""What a server can: answers by a schema; such answers beside tools, where it does not hold every word to the schema.

Sources: the pages on structured outputs of OpenAI, Azure and xAI for both; DeepSeek's page on JSON mode for neither.
"""
_CLASSES = {
    "openai": "OpenAI", "azure": "Azure", "groq": "Groq", "deepseek": "DeepSeek", "mistral": "Mistral", "xai": "Xai",
    "together": "Together", "openrouter": "OpenRouter", "vllm": "Vllm", "llamacpp": "LlamaCpp", "lmstudio": "LmStudio",
}  # fmt: skip
"""Every server by name, and the beginning of its classes' names."""
_GPT = ("gpt-*", "o1*", "o3*", "o4*", "chatgpt-*", "text-embedding-*")
_MISTRAL = ("mistral-*", "codestral-*", "ministral-*", "magistral-*")


def _server(
    name: str,
    summary: str,
    key_env: str | None = None,
    *,
    module: str = "servers",
    can: tuple[str, ...] = _SCHEMA,
    **more: Any,
) -> Component:
    target = f"llmspell_provider_openai.{module}:{_CLASSES[name]}Provider"
    cost = "paid" if key_env else "free"
    return provider(name, target, summary, key_env=key_env, capabilities=can, cost=cost, duration="long", **more)


@hookimpl
def llmspell_providers() -> list[Component]:
    """Offer the models of OpenAI and of every server that speaks its API."""
    openai: dict[str, Any] = {
        "url_env": "OPENAI_BASE_URL",
        "default_model": "gpt-4o-mini",
        "models": _GPT,
        "can": _BOTH,
    }
    deepseek: dict[str, Any] = {"default_model": "deepseek-chat", "models": ("deepseek-*",), "can": _PLAIN}
    mistral: dict[str, Any] = {"default_model": "mistral-small-latest", "models": _MISTRAL}
    azure = "Deployments of OpenAI's models in an Azure resource."
    return [
        _server("openai", "Models of OpenAI and of compatible servers.", "OPENAI_API_KEY", module="provider", **openai),
        _server("azure", azure, "AZURE_OPENAI_API_KEY", url_env="AZURE_OPENAI_ENDPOINT", can=_BOTH),
        _server("groq", "Models at Groq.", "GROQ_API_KEY"),
        _server("deepseek", "Models of DeepSeek.", "DEEPSEEK_API_KEY", **deepseek),
        _server("mistral", "Models of Mistral.", "MISTRAL_API_KEY", **mistral),
        _server("xai", "Models of xAI.", "XAI_API_KEY", models=("grok-*",), can=_BOTH),
        _server("together", "Models at Together.", "TOGETHER_API_KEY"),
        _server("openrouter", "Models behind OpenRouter.", "OPENROUTER_API_KEY"),
        _server("vllm", "Models that vLLM serves on this machine or another."),
        _server("llamacpp", "The model that llama.cpp's server has loaded."),
        _server("lmstudio", "Models that LM Studio serves."),
    ]


@hookimpl
def llmspell_config_sections() -> list[Component]:
    """Own a section for each server."""
    about = "Where the models are, with which key, and what to ask for by default."
    target = "llmspell_provider_openai.section"
    return [config_section(n, f"{target}:{c}Section", about, path=f"providers.{n}") for n, c in _CLASSES.items()]
