"""Keep what this release writes, for releases to come: `python -m tests.formats` adds a folder of its version.

Run it when a release is made; what is there already stays as it is.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import llmspell
from tests.formats.home import CONFIGS, Home

KEPT: Final = Path(__file__).with_name("kept")
LEFT: Final = ("kept/llmspell.sqlite3", "secrets", "audit.jsonl", "audit.anchor", "store.anchor", "calls.jsonl")
"""The files of a home that are kept."""

COPY: Final = "state.json"
VALUES: Final = "values.json"


def write(kind: str, to: Path) -> None:
    """Keep something of every kind in a new home, and its files in a folder."""
    with TemporaryDirectory() as folder:
        home = Home(Path(folder), kind)
        home.say("session", "create", "trip", "--tag", "travel", "--value", "city=Lisbon")
        home.cast("write.lua", "--session", "trip", "--transcript", "calls.jsonl")
        home.cast("pause.lua", "--session", "trip")
        home.say("keys", "set", "WORK_KEY", "--host", "api.example.com", typed="sk-123456789")
        to.mkdir(parents=True)
        for name in LEFT:
            if (home.folder / name).exists():
                shutil.copy(home.folder / name, to)
        (to / COPY).write_text(home.say("state", "export", "--scope", "shared"), encoding="utf-8")
        values = home.cast("read.lua", "--session", "trip")
        (to / VALUES).write_text(json.dumps(values, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def main() -> None:
    """Write what is not there of this release."""
    for kind in CONFIGS:
        to = KEPT / llmspell.__version__ / kind
        if not to.exists():
            write(kind, to)


if __name__ == "__main__":
    main()
