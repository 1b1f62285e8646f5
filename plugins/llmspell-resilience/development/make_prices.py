"""Make `prices.json` from the price list inside a wheel of litellm (MIT licence, Copyright (c) 2023 Berri AI).

    pip download --no-deps litellm
    python development/make_prices.py litellm-1.109.1-*.whl 2026-11-21

Only models that chat, of the vendors below, with a price for input and output. Dollars for a million tokens.
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

LIST = "litellm/model_prices_and_context_window_backup.json"
TARGET = Path(__file__).parent.parent / "src" / "llmspell_resilience" / "prices.json"
VENDORS = {
    "openai": "openai",
    "anthropic": "anthropic",
    "gemini": "google",
    "mistral": "mistral",
    "groq": "groq",
    "deepseek": "deepseek",
    "xai": "xai",
    "together_ai": "together",
    "openrouter": "openrouter",
}
MILLION = 1_000_000
CAN = {"tools": "supports_function_calling", "images": "supports_vision", "json_schema": "supports_response_schema"}
ABOVE = re.compile(r"input_cost_per_token_above_(\d+)k_tokens\Z")


def dollars(value: Any) -> float | None:
    """Give dollars for a million tokens."""
    return None if value is None else round(float(value) * MILLION, 6)


def entry(about: dict[str, Any]) -> dict[str, Any]:
    """Give what is kept of one model."""
    kept = {
        "input": dollars(about["input_cost_per_token"]),
        "output": dollars(about["output_cost_per_token"]),
        "cached": dollars(about.get("cache_read_input_token_cost")),
        "cache_write": dollars(about.get("cache_creation_input_token_cost")),
        "window": about.get("max_input_tokens"),
        "can": sorted(name for name, key in CAN.items() if about.get(key)),
    }
    tiers = sorted(int(found[1]) for key in about if (found := ABOVE.match(key)))
    for thousands in tiers[:1]:
        end = f"above_{thousands}k_tokens"
        kept["above"] = {
            "tokens": thousands * 1000,
            "input": dollars(about[f"input_cost_per_token_{end}"]),
            "output": dollars(about.get(f"output_cost_per_token_{end}", about["output_cost_per_token"])),
            "cached": dollars(about.get(f"cache_read_input_token_cost_{end}")),
        }
    return {key: value for key, value in kept.items() if value not in (None, [])}


def main(wheel: str, date: str) -> None:
    """Write the table."""
    with zipfile.ZipFile(wheel) as archive:
        listed = json.loads(archive.read(LIST))
    models: dict[str, Any] = {}
    for name, about in listed.items():
        vendor = VENDORS.get(about.get("litellm_provider", ""))
        priced = about.get("input_cost_per_token") is not None and about.get("output_cost_per_token") is not None
        if vendor and priced and about.get("mode") in ("chat", "responses") and not name.startswith("ft:"):
            model = name.removeprefix(f"{about['litellm_provider']}/")
            models[f"{vendor}/{model}"] = entry(about)
    version = Path(wheel).name.split("-")[1]
    about_table = {
        "date": date,
        "source": f"litellm {version} (PyPI), {LIST}",
        "licence": "MIT, Copyright (c) 2023 Berri AI",
        "unit": "US dollars for a million tokens",
    }
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(models[name])}" for name in sorted(models))
    text = f'{{"about": {json.dumps(about_table, indent=1)},\n"models": {{\n{lines}\n}}}}\n'
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
