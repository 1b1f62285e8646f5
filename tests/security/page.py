"""The records as the page `docs/reference/security.md`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.security.probe import Area
    from tests.security.runner import Outcome

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "security.md"
NOTICE = "<!-- written by `make proof`: do not edit -->"
INTRODUCTION = """\
What was tried against llmspell, and how much of it got through. Read each row as a pair: what was *tried* and what
*failed* to hold. What was not measured says so and why: it never counts as 0. A part of every area runs with the fast
tests, all of it with `make proof`. What is promised, and what is not, is in
[Security](../explanation/security.md)."""
ORDINARY = """\
Blocking too much is a defect as well: these uses must pass, and *failed* counts those that were refused."""
HOW_TO = """\
## Try it yourself

```sh
make proof                                        # everything, and this page
.venv/bin/python -m tests.security                # the probes alone, to the terminal
.venv/bin/python -m tests.security --sample 10    # ten cases of each area
```

Cases are data, in `tests/security/cases`; a module in `tests/security/areas` says how they are tried."""


def markdown(areas: Mapping[str, Area], outcomes: Mapping[str, Outcome]) -> str:
    """Write the page; an outcome of an area that is gone says nothing any more."""
    outcomes = {name: outcome for name, outcome in outcomes.items() if name in areas}
    machines = list(dict.fromkeys(one.machine for one in outcomes.values()))
    hostile = {name: area for name, area in areas.items() if not area.also}
    ordinary = {name: area for name, area in areas.items() if area.also}
    parts = ["# What was tried", NOTICE, INTRODUCTION, _table(hostile, outcomes)]
    if ordinary:
        parts += ["## What must pass", ORDINARY, _table(ordinary, outcomes)]
    if figures := _figures(areas, outcomes):
        parts += ["## What was measured on the way", figures]
    parts += ["## How", "\n".join(f"- **{area.title}**: {area.how}" for area in areas.values())]
    if failures := _failures(areas, outcomes):
        parts += ["## What failed", failures]
    if machines:
        parts.append(f"Tried on: {'; '.join(machines)}.")
    return "\n\n".join([*parts, HOW_TO]) + "\n"


def _table(areas: Mapping[str, Area], outcomes: Mapping[str, Outcome]) -> str:
    lines = ["| what | promise | tried | failed |", "| --- | --- | ---: | ---: |"]
    for name, area in areas.items():
        lines.append(f"| {area.title} | {area.promise} | {_counts(outcomes.get(name))} |")
    return "\n".join(lines)


def _counts(outcome: Outcome | None) -> str:
    if outcome is None:
        return "not measured yet | "
    if outcome.unmeasured is not None:
        return f"not measured: {outcome.unmeasured} | "
    return f"{outcome.tried:,} | {len(outcome.failures):,}"


def _figures(areas: Mapping[str, Area], outcomes: Mapping[str, Outcome]) -> str:
    rows = [
        f"| {areas[name].title} | {what} | {value:.3g} |"
        for name, outcome in outcomes.items()
        for what, value in outcome.figures.items()
    ]
    return "\n".join(["| where | what | worst |", "| --- | --- | ---: |", *rows]) if rows else ""


def _failures(areas: Mapping[str, Area], outcomes: Mapping[str, Outcome]) -> str:
    return "\n".join(
        f"- {areas[name].title}: {case}: {fault}"
        for name, outcome in outcomes.items()
        for case, fault in outcome.failures.items()
    )
