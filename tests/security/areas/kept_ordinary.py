"""What may be written beside what is kept: each of these must pass."""

from __future__ import annotations

from tests.security.areas.kept import try_place
from tests.security.probe import Area, Case, cases_of


def load() -> list[Case]:
    """Give the cases that must pass."""
    return [case for case in cases_of("kept.toml") if case.data.get("passes")]


AREA = Area(
    "kept_ordinary",
    promise="G18",
    title="What is written beside what no tool may write",
    how="files are written, moved and removed beside llmspell's own, under names like theirs, in the folder of a "
    "spell, and where llmspell shares a folder with its user",
    load=load,
    try_=try_place,
    sample=12,
    also=True,
)
