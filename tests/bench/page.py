"""The rows as a table for a terminal and as the page `docs/reference/performance.md`."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.bench.rows import Row
    from tests.bench.samples import Spread

HEADINGS = ("what", "goal", "llmspell", "floor", "best peer", "ratio", "verdict")
NOTICE = "<!-- written by `make bench`: do not edit -->"
INTRODUCTION = """\
What llmspell costs, against what it may cost. A goal is a multiple of somebody else's cost measured in the same run, or
an absolute bound; one with a star is none of the design's, it was set from the floor. The floor is a program that does
only what cannot be left out; a peer is a project with the same purpose.

Cells are the median of seven interleaved rounds with the lowest and the highest (three where each needs a process of
its own to grow in); ratios are taken round by round. Read the ratio first: times belong to the machine, and a
difference under 20 % says nothing."""
HOW_TO = """\
## Measure it yourself

```sh
make bench                                  # all, and this page
BENCH_VENVS=FOLDER make bench               # with peers: one virtual environment each below FOLDER
.venv/bin/python -m tests.bench hooks       # one bench, to the terminal only
```

The environments are named after what is installed in them: `agno` (with `openai`), `pydantic-ai`
(`pydantic-ai-slim[openai]`), `langgraph` (`langgraph langgraph-checkpoint-sqlite langchain langchain-openai`), `dbos`,
`openai-agents`, `llm`, and `base` (`aiohttp pyee aiosqlite`). One that is missing leaves its column empty. Timings
never fail the command; a bench that breaks does."""


def machine() -> str:
    """Describe the machine without naming it."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, {python}"


def markdown(rows: Sequence[Row], versions: Mapping[str, str]) -> str:
    """Write the page."""
    present = ", ".join(f"{name} {version}" for name, version in sorted(versions.items())) or "none"
    parts = [
        "# Performance",
        NOTICE,
        INTRODUCTION,
        f"Machine: {machine()}. Others: {present}.",
        _table(rows),
    ]
    if missed := [f"- **{row.what}**: {row.cause or 'not understood yet'}." for row in rows if "missed" in row.verdict]:
        parts += ["## Missed, and why", "\n".join(missed)]
    return "\n\n".join([*parts, HOW_TO]) + "\n"


def text(rows: Sequence[Row]) -> str:
    """Write the table for a terminal."""
    lines = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _table(rows: Sequence[Row]) -> str:
    lines = [HEADINGS, tuple("---" for _ in HEADINGS), *(_cells(row) for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.what,
        row.goal,
        f"{_spread(row.measured)} {row.unit}",
        f"{row.floor[0]}: {_number(row.floor[1].median)}" if row.floor else "",
        f"{row.peer[0]}: {_number(row.peer[1].median)}" if row.peer else "",
        f"{_spread(row.ratio)}" if row.ratio else "",
        row.verdict,
    )


def _spread(spread: Spread) -> str:
    return f"{_number(spread.median)} ({_number(spread.low)} .. {_number(spread.high)})"


def _number(value: float) -> str:
    """Show three digits that matter."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
