"""The spells that are cut and killed: one program in up to three languages, each a file of `spells`."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

SPELLS = Path(__file__).with_name("spells")


class Variant(NamedTuple):
    """An engine and where it runs."""

    engine: str
    ending: str
    isolation: str

    @property
    def name(self) -> str:
        """Give its name, as in tables."""
        return f"{self.engine} {self.isolation}"


VARIANTS = (
    Variant("lua", ".lua", "inline"),
    Variant("lua", ".lua", "process"),
    Variant("javascript", ".js", "inline"),
    Variant("javascript", ".js", "process"),
    Variant("python", ".py", "process"),
)


def asks_again(spell: Path) -> bool:
    """Tell whether a spell asks the model once more when a stream was cut off."""
    return spell.stem.startswith("stream")


def draws(spell: Path) -> bool:
    """Tell whether what a spell gives is another thing in each run."""
    return spell.stem.startswith("chance")


def keeps(spell: Path) -> bool:
    """Tell whether a spell keeps things in a store: a log alone cannot tell what was in it at a crash."""
    return spell.stem.startswith("state")


def spells(variant: Variant) -> list[Path]:
    """Give the spells of a language; those that others load have a folder of their own."""
    return sorted(SPELLS.glob(f"*{variant.ending}"))
