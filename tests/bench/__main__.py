"""Measure the budgets: `python -m tests.bench [NAME ...] [--json FILE] [--write]`.

Timings never fail the command: its status is 1 when a bench broke, 2 when there is none of a name.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench.budgets import BUDGETS
from tests.bench.contestants import ROOT
from tests.bench.page import machine, markdown, text
from tests.bench.rows import rows_of
from tests.bench.runner import BENCHES, apart

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.bench.runner import Measured

PAGE = ROOT / "docs" / "reference" / "performance.md"
NAMES = tuple(dict.fromkeys(budget.bench for budget in BUDGETS))


def main(words: Sequence[str] | None = None) -> int:
    """Run the benches that are named, or all; return the exit status."""
    options = _options(words)
    if unknown := sorted(set(options.names) - set(NAMES)):
        print(f"bench: no bench named {', '.join(unknown)}; there are: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    results: dict[str, Measured | None] = {}
    for name in options.names or NAMES:
        print(f"bench: {name} ...", file=sys.stderr)
        results[name] = apart(f"{BENCHES}.{name}")
    return report(results, page=PAGE if options.write else None, data=options.json)


def report(results: Mapping[str, Measured | None], *, page: Path | None = None, data: Path | None = None) -> int:
    """Print the rows of what was measured and write what is wanted; the page only when every bench ran to its end."""
    measured = {name: result for name, result in results.items() if result is not None}
    contests = {what: samples for result in measured.values() for what, samples in result.contests.items()}
    versions = {dist: version for result in measured.values() for dist, version in result.versions.items()}
    rows = rows_of(tuple(budget for budget in BUDGETS if budget.bench in measured), contests)
    print(text(rows))
    if data is not None:
        document = {"machine": machine(), "versions": versions, "rows": [asdict(r) for r in rows], "rounds": contests}
        data.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    if failed := [name for name in results if name not in measured]:
        print(f"bench: these failed: {', '.join(failed)}", file=sys.stderr)
        return 1
    if page is not None:
        page.write_text(markdown(rows, versions), encoding="utf-8")
    return 0


def _options(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure the budgets.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(NAMES)} (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write rows and rounds there")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}; needs all benches")
    options = parser.parse_args(words)
    if options.write and options.names:
        parser.error("--write needs all benches: name none")
    return options


if __name__ == "__main__":
    sys.exit(main())
