"""Try whether runs survive: `python -m tests.durability [AREA ...] [options]`, `--help` has the options.

Its status is 1 when something did not hold, 2 when there is no area of a name.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from time import monotonic
from typing import TYPE_CHECKING

from tests.durability.page import PAGE, markdown
from tests.durability.probe import areas
from tests.durability.runner import keep, kept, run_area
from tests.proof import areas as proof

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Sequence

    from tests.durability.probe import Area
    from tests.durability.runner import Outcome


def main(words: Sequence[str] | None = None) -> int:
    """Try the areas that are named, or all; return the exit status."""
    options = _options(words)
    there = areas()
    if proof.unknown("durability", options.names, there):
        return 2
    logging.getLogger("llmspell").addHandler(logging.NullHandler())  # spells that are to fail say so hundreds of times
    failed = tried = 0
    for name in () if options.page else options.names or there:
        outcomes = _tried(there[name], options)
        tried += len(outcomes)
        failed += sum(len(one.failures) for one in outcomes.values())
        if options.write:
            keep(name, outcomes, part=options.only != "*")
    if options.write or options.page:
        PAGE.write_text(markdown(there, kept()), encoding="utf-8")
    if not tried and not options.page:
        proof.say(f"durability: no case is like {options.only}")
        return 2
    return 1 if failed else 0


def _tried(area: Area, options: Namespace) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    for variant in area.variants:
        if not variant.name.startswith(options.engine):
            continue
        begun = monotonic()
        told = run_area(area, variant, options.sample, proof.say, options.only)
        outcomes[variant.name] = outcome = asyncio.run(told)
        if not outcome.cases and outcome.unmeasured is None:
            del outcomes[variant.name]  # no case is like the pattern
            continue
        counts = outcome.unmeasured or f"{outcome.tried} tried, {len(outcome.failures)} failed"
        print(f"{area.name}, {variant.name}: {counts} ({monotonic() - begun:.1f} s)", flush=True)
    return outcomes


def _options(words: Sequence[str] | None) -> Namespace:
    parser = proof.options("durability", "Try whether runs survive.")
    parser.add_argument("--engine", default="", metavar="NAME", help="only engines whose names begin so")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="only cases whose names are like this")
    return proof.chosen(parser, words)


if __name__ == "__main__":
    sys.exit(main())
