"""What is known of servers that speak chat completions, by the host of their base URL."""

from __future__ import annotations

from typing import NamedTuple


class Preset(NamedTuple):
    """How one server differs.

    key_env         the variable its users keep the key in, if there is a usual one
    key_header      where the key goes, and in which form
    needs_key       False where a request without a key is worth sending
    limit_field     what it calls the limit on an answer's tokens
    stream_usage    whether `stream_options` may be sent; those that refuse it send their counts unasked
    """

    key_env: str = ""
    key_header: str = "Authorization"
    key_template: str = "Bearer {}"
    needs_key: bool = True
    limit_field: str = "max_tokens"
    stream_usage: bool = True


PRESETS = {
    "api.openai.com": Preset("OPENAI_API_KEY", limit_field="max_completion_tokens"),
    "openai.azure.com": Preset("AZURE_OPENAI_API_KEY", "api-key", "{}", limit_field="max_completion_tokens"),
    "openrouter.ai": Preset("OPENROUTER_API_KEY"),
    "api.groq.com": Preset("GROQ_API_KEY"),
    "api.deepseek.com": Preset("DEEPSEEK_API_KEY"),
    "api.mistral.ai": Preset("MISTRAL_API_KEY", stream_usage=False),
    "api.together.xyz": Preset("TOGETHER_API_KEY"),
    "api.x.ai": Preset("XAI_API_KEY"),
    "generativelanguage.googleapis.com": Preset("GEMINI_API_KEY"),
}
ANYONE = Preset(needs_key=False)


def preset_for(host: str) -> Preset:
    """Give what is known of a host or of the domain it lies in."""
    for known, preset in PRESETS.items():
        if host == known or host.endswith("." + known):
            return preset
    return ANYONE
