"""The programs of the engine contract, in the toy language."""

from __future__ import annotations

from pathlib import Path

SPELLS = Path(__file__).parents[1] / "spells"
SOURCES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((SPELLS / "machine").iterdir())}
