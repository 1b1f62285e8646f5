"""Prove wheels: each builds from its source distribution, installs alone beside the kernel and passes its tests there.

    python -m tests.proof.wheels [DIST ...] [--changed] [--pip]

Without a name all distributions. `--changed` takes those whose files changed since the commit in `LLMSPELL_BASE`, else
since the newest tag. Exit status: 0 all passed, 1 one did not, 2 unknown name.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter

from tests.proof.alone import Tried, build, open_place, try_alone
from tests.proof.distributions import KERNEL, changed, distributions

HEADER = ("distribution", "wheel", "install", "tests", "passed", "failed", "skipped")


def main(words: list[str] | None = None) -> int:
    """Prove what the command line names and print one row for each, as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof.wheels", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("dist", nargs="*", help="names of distributions (default: all)")
    parser.add_argument("--changed", action="store_true", help="those that changed since LLMSPELL_BASE or the last tag")
    parser.add_argument("--pip", action="store_true", help="install with pip even where uv is on the PATH")
    options = parser.parse_args(words)
    known = distributions()
    if unknown := sorted(set(options.dist) - set(known)):
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(known)}")
    names = options.dist or list(known)
    if options.changed:
        found, why = changed()
        names = [one.name for one in found if one.name in names]
        print(f"wheels: {why}: {', '.join(names) or 'none'}", flush=True)
    tried = _prove(names, pip=options.pip)
    for one in tried:
        for reason, times in Counter(one.skipped).items():
            print(f"{one.name}: {times} skipped: {reason}")
    for one in tried:
        if not one.well:
            print(f"\n{one.name} does not work alone beside the kernel:\n{one.said}", file=sys.stderr)
    return 0 if all(one.well for one in tried) else 1


def _prove(names: list[str], *, pip: bool) -> list[Tried]:
    tried = []
    known = distributions()
    with open_place() as folder:
        built = (
            {name: build(known[name], folder / "built") for name in dict.fromkeys([KERNEL, *names])} if names else {}
        )
        if names:
            print(_row(HEADER))
        for name in names:
            tried.append(try_alone(name, built, folder / name, pip=pip))
            print(_row(_columns(tried[-1])), flush=True)
    return tried


def _columns(one: Tried) -> tuple[str, ...]:
    size, install, tests = (
        f"{one.wheel_bytes / 1024:.0f} KiB",
        f"{one.install_seconds:.1f} s",
        f"{one.test_seconds:.1f} s",
    )
    return one.name, size, install, tests, str(one.passed), str(one.failed), str(len(one.skipped))


def _row(columns: tuple[str, ...]) -> str:
    return f"{columns[0]:28}" + "".join(f"{column:>10}" for column in columns[1:])


if __name__ == "__main__":
    sys.exit(main())
