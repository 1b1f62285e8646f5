"""Logs of every released format, kept for ever: `python -m tests.durability.golden` writes those of today's.

Run it when the format changes, into a folder of its number; what is there already stays as it is.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from llmspell.runtime.journal.formats import encode_again
from llmspell.runtime.journal.migrations import TODAY
from llmspell.runtime.journal.reading import read
from tests.durability.corpus import SPELLS, VARIANTS
from tests.durability.world import World

if TYPE_CHECKING:
    from tests.durability.corpus import Variant

FOLDER = Path(__file__).with_name("golden")
KEPT = ("agents", "hooks", "parallel")
HOME = "/home/ada"
ENGINES = tuple(one for one in VARIANTS if one.isolation == "process")


async def record(spell: Path, variant: Variant, to: Path) -> None:
    """Record a spell and write its log without the paths of this machine."""
    with TemporaryDirectory() as folder:
        own = Path(folder, spell.name)
        shutil.copy(spell, own)
        log = Path(folder, "log.jsonl")
        await World(Path(folder), own, variant).begin(log)
        to.write_bytes(b"".join(encode_again(_scrubbed(one, folder)) for one in read(log)))


def _scrubbed(record: dict[str, object], folder: str) -> dict[str, object]:
    text = json.dumps(record)
    for path in (folder, str(Path.cwd()), str(Path.home()), str(SPELLS.parent)):
        text = re.sub(re.escape(json.dumps(path)[1:-1]) + r"(?![\w-])", HOME, text)
    found: dict[str, object] = json.loads(text)
    return {**found, "pid": 1} if found["k"] == "run" else found


def main() -> None:
    """Write the logs of today's format that are not there."""
    folder = FOLDER / str(TODAY.written)
    folder.mkdir(parents=True, exist_ok=True)
    os.chdir(SPELLS)
    for variant in ENGINES:
        for stem in KEPT:
            to = folder / f"{stem}{variant.ending}.jsonl"
            if not to.exists():
                asyncio.run(record(SPELLS / f"{stem}{variant.ending}", variant, to))


if __name__ == "__main__":
    main()
