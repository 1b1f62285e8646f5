"""Try what is promised: `python -m tests.security [AREA ...] [--sample N] [--write] [--page]`.

Its status is 1 when something did not hold, 2 when there is no area of a name.
"""

from __future__ import annotations

import asyncio
import sys
from time import monotonic
from typing import TYPE_CHECKING

from tests.proof import areas as proof
from tests.security.page import PAGE, markdown
from tests.security.probe import areas
from tests.security.runner import keep, kept, run_area

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(words: Sequence[str] | None = None) -> int:
    """Try the areas that are named, or all; return the exit status."""
    options = proof.chosen(proof.options("security", "Try what is promised."), words)
    there = areas()
    if proof.unknown("security", options.names, there):
        return 2
    failed = 0
    for name in () if options.page else options.names or there:
        begun = monotonic()
        outcome = asyncio.run(run_area(there[name], options.sample, proof.say))
        failed += len(outcome.failures)
        counts = outcome.unmeasured or f"{outcome.tried} tried, {len(outcome.failures)} failed"
        figures = "".join(f"; {what}: {value:.3g}" for what, value in outcome.figures.items())
        print(f"{name}: {counts}{figures} ({monotonic() - begun:.1f} s)", flush=True)
        if options.write:
            keep(name, outcome)
    if options.write or options.page:
        PAGE.write_text(markdown(there, kept()), encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
