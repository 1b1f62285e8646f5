"""Decisions are one page each, numbered without a gap; news fragments have a kind that the changelog knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

PAGE = 60
HEADINGS = ["## Context", "## Decision", "## Consequences"]


def test_decisions_are_numbered_without_a_gap(root: Path) -> None:
    numbers = [int(path.name[:4]) for path in sorted(root.glob("docs/adr/*.md")) if path.name[0].isdigit()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert numbers


def test_a_decision_fits_one_page_and_has_its_three_parts(root: Path) -> None:
    for path in sorted(root.glob("docs/adr/[0-9]*.md")):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= PAGE, path.name
        assert lines[0].startswith(f"# {int(path.name[:4])}. "), path.name
        assert [line for line in lines if line.startswith("## ")] == HEADINGS, path.name


def test_a_news_fragment_has_a_known_kind(root: Path, tools: dict[str, Any]) -> None:
    kinds = {kind["directory"] for kind in tools["towncrier"]["type"]}
    for path in sorted(root.glob("docs/changes/*.md")):
        parts = path.name.split(".")
        assert (len(parts), parts[1] in kinds) == (3, True), path.name
