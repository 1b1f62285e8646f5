"""The provider once more for each server that is known by name: with its own section, address and key."""

from __future__ import annotations

from llmspell_provider_openai import section
from llmspell_provider_openai.provider import OpenAIProvider


class AzureProvider(OpenAIProvider):
    """Deployments of an Azure resource."""

    section = section.AzureSection


class GroqProvider(OpenAIProvider):
    """Models at Groq."""

    section = section.GroqSection


class DeepSeekProvider(OpenAIProvider):
    """Models of DeepSeek."""

    section = section.DeepSeekSection


class MistralProvider(OpenAIProvider):
    """Models of Mistral."""

    section = section.MistralSection


class XaiProvider(OpenAIProvider):
    """Models of xAI."""

    section = section.XaiSection


class TogetherProvider(OpenAIProvider):
    """Models at Together."""

    section = section.TogetherSection


class OpenRouterProvider(OpenAIProvider):
    """Models behind OpenRouter."""

    section = section.OpenRouterSection


class VllmProvider(OpenAIProvider):
    """Models that vLLM serves."""

    section = section.VllmSection


class LlamaCppProvider(OpenAIProvider):
    """The model that llama.cpp's server has loaded."""

    section = section.LlamaCppSection


class LmStudioProvider(OpenAIProvider):
    """Models that LM Studio serves."""

    section = section.LmStudioSection
