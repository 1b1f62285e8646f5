"""What models cost: the shipped table, and what the configuration says besides.

`prices.json` is made by `development/make_prices.py`; it names its date, source and licence.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from llmspell.model.price import Tariff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from llmspell_resilience.part import Target
    from llmspell_resilience.sections import PricesSection

FREE = frozenset({"local", "ollama", "scripted", "test"})
"""Providers whose models run on the user's own machine."""

_DATE = re.compile(r"-(\d{4}-\d{2}-\d{2}|\d{8}|latest)\Z")


@cache
def table() -> Mapping[str, Any]:
    """Read the shipped table."""
    found: Mapping[str, Any] = json.loads(files(__package__).joinpath("prices.json").read_text(encoding="utf-8"))
    return found


def known(target: Target, section: PricesSection | None) -> Mapping[str, Any] | None:
    """Give what the shipped table says of a model, also under its name without a date; None when it does not know it.

    `vendor` of the section says whose models a provider really serves.
    """
    vendor = target.provider if section is None else section.vendor.get(target.provider, target.provider)
    models = table()["models"]
    for name in (target.model, _DATE.sub("", target.model)):
        found: Mapping[str, Any] | None = models.get(f"{vendor}/{name}")
        if found is not None:
            return found
    return None


def tariff(target: Target, section: PricesSection | None) -> Tariff | None:
    """Give the prices of a model; None when nobody knows them. The configuration is asked before the table."""
    if section is not None:
        own = section.models.get(str(target)) or section.models.get(target.provider)
        if own is not None:
            return Tariff(own.input, own.output, own.cached, own.cache_write)
    found = known(target, section)
    if found is not None:
        above = found.get("above")
        tier = None if above is None else (above["input"], above["output"], above.get("cached"))
        from_tokens = None if above is None else above["tokens"]
        return Tariff(found["input"], found["output"], found.get("cached"), found.get("cache_write"), from_tokens, tier)
    return Tariff(0.0, 0.0) if target.provider in FREE else None
