"""The records as the page `docs/reference/durability.md`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tests.durability.corpus import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.durability.corpus import Variant
    from tests.durability.probe import Area
    from tests.durability.runner import Outcome

    Outcomes = Mapping[str, Mapping[str, Outcome]]

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "durability.md"
NOTICE = "<!-- written by `make proof`: do not edit -->"
INTRODUCTION = """\
Whether runs survive: what was tried with each engine, and how often it failed. A run that was cut off has to end as if
nothing had happened: with the same value, with every outward effect done once, and with all of it in its log. Effects
are counted by the tools and the model themselves, in a file that no log knows of. What was not measured says so and
why: it never counts as 0. A part of every area runs with the fast tests, all of it with `make proof`."""
HOW_TO = """\
## Try it yourself

```sh
make proof                                          # everything, and this page
.venv/bin/python -m tests.durability                # these areas alone, to the terminal
.venv/bin/python -m tests.durability cut --sample 5 # five spells of an area, in a few places
```

The spells are in `tests/durability/spells`, mostly the same program in each language; a module in
`tests/durability/areas` says how an area is tried."""


def markdown(areas: Mapping[str, Area], outcomes: Outcomes) -> str:
    """Write the page; an outcome of an area that is gone says nothing any more."""
    outcomes = {name: found for name, found in outcomes.items() if name in areas}
    parts = ["# Whether runs survive", NOTICE, INTRODUCTION, "Each field: *tried* / *failed*.", _table(areas, outcomes)]
    parts += ["## How", "\n".join(f"- **{area.title}**: {area.how}" for area in areas.values())]
    if untried := _untried(areas, outcomes):
        parts += ["## What could not be tried", untried]
    if failures := _failures(areas, outcomes):
        parts += ["## What failed", failures]
    machines = dict.fromkeys(one.machine for found in outcomes.values() for one in found.values())
    if machines:
        parts.append(f"Tried on: {'; '.join(machines)}.")
    return "\n\n".join([*parts, HOW_TO]) + "\n"


def _table(areas: Mapping[str, Area], outcomes: Outcomes) -> str:
    names = [f"{one.engine} ({one.isolation})" for one in VARIANTS]
    lines = [f"| what | {' | '.join(names)} |", f"| --- |{' ---: |' * len(names)}"]
    for name, area in areas.items():
        fields = [_counts(area, one, outcomes.get(name, {}).get(one.name)) for one in VARIANTS]
        lines.append(f"| {area.title} | {' | '.join(fields)} |")
    return "\n".join(lines)


def _counts(area: Area, variant: Variant, outcome: Outcome | None) -> str:
    if variant not in area.variants:
        return "not of this engine"
    if outcome is None:
        return "not measured yet"
    if outcome.unmeasured is not None:
        return f"not measured: {outcome.unmeasured}"
    return f"{outcome.tried:,} / {len(outcome.failures):,}"


def _failures(areas: Mapping[str, Area], outcomes: Outcomes) -> str:
    return "\n".join(
        f"- {areas[name].title}, {variant}: {place}: {_flat(fault)}"
        for name, found in outcomes.items()
        for variant, outcome in found.items()
        for place, fault in outcome.failures.items()
    )


def _untried(areas: Mapping[str, Area], outcomes: Outcomes) -> str:
    found = {
        f"- {areas[name].title}: {case}: {why}": None
        for name, found in outcomes.items()
        for outcome in found.values()
        for case, why in outcome.untried.items()
    }
    return "\n".join(found)


def _flat(fault: str) -> str:
    """Give a fault in one line, shortened, with nothing in it that Markdown reads."""
    line = " ".join(fault.split())[:300].replace("`", "'")
    return f"`{line}`"
