"""Measure what a user waits for before anything happens: CPU of a whole command over `python -c pass`.

Seven interleaved rounds after one warm-up. The goals are those of the design: 3x for `--version`, 4.5x for `--help`,
8x for a one-line Lua spell run inline, and 21 ms more with its engine in a child process.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from tests.bench.measure import interleaved, ratio

ROUNDS = 7
FLOOR = "python -c pass"
GOALS = {"--version": "3x", "--help": "4.5x", "one-line Lua, inline": "8x", "one-line Lua, child": "inline + 21 ms"}


def commands(spell: Path) -> dict[str, list[str]]:
    """Return what is compared; llmspell runs from its installed script, as a user runs it."""
    llmspell = str(Path(sys.executable).with_name("llmspell"))
    return {
        FLOOR: [sys.executable, "-c", "pass"],
        "--version": [llmspell, "--version"],
        "--help": [llmspell, "--help"],
        "one-line Lua, inline": [llmspell, "run", str(spell), "--isolation", "inline"],
        "one-line Lua, child": [llmspell, "run", str(spell), "--isolation", "process"],
    }


def main() -> None:
    """Print one line per command: ratio with spread, CPU, memory and the goal."""
    with tempfile.TemporaryDirectory() as folder:
        spell = Path(folder) / "one.lua"
        spell.write_text("return 1 + 1\n", encoding="utf-8")
        samples = interleaved(commands(spell), rounds=ROUNDS, cwd=Path(folder))
    print(f"cold start, CPU over `{FLOOR}`, median of {ROUNDS} interleaved rounds (lowest .. highest)")
    for name, taken in samples.items():
        cpu = statistics.median(sample.cpu for sample in taken) * 1000
        rss = max(sample.rss for sample in taken) / 1024
        print(
            f"  {name:22} {ratio(taken, samples[FLOOR])}   {cpu:6.1f} ms {rss:6.1f} MiB   goal {GOALS.get(name, '-')}"
        )


if __name__ == "__main__":
    main()
