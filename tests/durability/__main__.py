"""Try whether runs survive: `python -m tests.durability [AREA ...] [options]`, `--help` has the options.

Its status is 1 when something did not hold, 2 when there is no area of a name.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from time import monotonic
from typing import TYPE_CHECKING

from tests.durability.page import PAGE, markdown
from tests.durability.probe import areas
from tests.durability.runner import keep, kept, run_area

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.durability.probe import Area
    from tests.durability.runner import Outcome


def main(words: Sequence[str] | None = None) -> int:
    """Try the areas that are named, or all; return the exit status."""
    options = _options(words)
    there = areas()
    if unknown := sorted(set(options.names) - set(there)):
        print(f"durability: no area named {', '.join(unknown)}; there are: {', '.join(there)}", file=sys.stderr)
        return 2
    failed = 0
    for name in () if options.page else options.names or there:
        outcomes = _tried(there[name], options)
        failed += sum(len(one.failures) for one in outcomes.values())
        if options.write:
            keep(name, outcomes, part=options.only != "*")
    if options.write or options.page:
        PAGE.write_text(markdown(there, kept()), encoding="utf-8")
    return 1 if failed else 0


def _tried(area: Area, options: argparse.Namespace) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    for variant in area.variants:
        if not variant.name.startswith(options.engine):
            continue
        begun = monotonic()
        told = run_area(area, variant, options.sample, _say, options.only)
        outcomes[variant.name] = outcome = asyncio.run(told)
        counts = outcome.unmeasured or f"{outcome.tried} tried, {len(outcome.failures)} failed"
        print(f"{area.name}, {variant.name}: {counts} ({monotonic() - begun:.1f} s)", flush=True)
    return outcomes


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.durability", description="Try whether runs survive.")
    parser.add_argument("names", nargs="*", metavar="AREA", help="of those in tests/durability/areas (default: all)")
    parser.add_argument("--engine", default="", metavar="NAME", help="only engines whose names begin so")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="only cases whose names are like this")
    parser.add_argument("--sample", type=int, metavar="N", help="try N cases of each area instead of all")
    parser.add_argument("--write", action="store_true", help="keep what was found, and write the page")
    parser.add_argument("--page", action="store_true", help="try nothing: write the page from what was kept")
    options = parser.parse_args(words)
    if options.sample is not None and (options.write or options.sample < 1):
        parser.error("--sample takes a number above 0 and does not go with --write: the page tells of whole runs")
    if options.page and (options.write or options.names or options.sample):
        parser.error("--page goes alone: it tries nothing")
    return options


if __name__ == "__main__":
    sys.exit(main())
