"""Run the benches of this folder, each in a fresh process: `python -m tests.bench [name ...]`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SHARED = {"__main__", "measure"}


def main(names: list[str]) -> int:
    """Run the named benches, or all of them; a name that nobody has is an error, and so is a bench that fails."""
    known = sorted(path.stem for path in HERE.glob("*.py") if path.stem not in SHARED)
    if unknown := set(names) - set(known):
        print(f"bench: no bench named {', '.join(sorted(unknown))}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    root = HERE.parents[1]
    failed = [
        name
        for name in names or known
        if subprocess.run([sys.executable, "-m", f"tests.bench.{name}"], cwd=root, check=False).returncode
    ]
    if failed:
        print(f"bench: these failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
