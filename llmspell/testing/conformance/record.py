"""The recorded cells of one engine: a JSON file beside its spells, compared by tests and shown by the parity page.

{"engine": "lua", "items": {"1": {"inline": "holds", "process": "holds"},
                            "74": {"inline": "child only", "process": "holds", "reason": "..."}}}
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple, cast

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

OPTION = "--record-conformance"
FILE = "record.json"

Cells = dict[str, dict[str, str]]
"""By number: place -> state, and `reason` where a state has one."""
NEW: pytest.StashKey[dict[Path, tuple[str, Cells]]] = pytest.StashKey()
"""What this run of the tests found, by file, when it records."""


def read(path: Path) -> Cells:
    """Read a record; raises `ValueError` when the file is none, and `OSError` when it cannot be read."""
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict) or not isinstance(found.get("items"), dict):
        message = f"{path.name} is no record of conformance"
        raise ValueError(message)  # noqa: TRY004 - a file of the wrong shape, not an argument
    return cast("Cells", found["items"])


def write(path: Path, engine: str, cells: Mapping[str, Mapping[str, str]]) -> None:
    """Write a record, one line an item, in the order of the list."""
    lines = [f'    "{number}": {json.dumps(dict(cells[number]))}' for number in sorted(cells, key=int)]
    text = ",\n".join(lines)
    path.write_text(f'{{\n  "engine": {json.dumps(engine)},\n  "items": {{\n{text}\n  }}\n}}\n', encoding="utf-8")


class Cell(NamedTuple):
    """What one test found; `reason` is empty where the behaviour holds."""

    number: int
    place: str
    state: str
    reason: str


def settle(config: pytest.Config, path: Path, engine: str, found: Cell) -> None:
    """Compare a cell with the record, or put it into the new one; fails the test when it differs."""
    if config.getoption(OPTION, default=False):
        _, cells = config.stash.setdefault(NEW, {}).setdefault(path, (engine, {}))
        cell = cells.setdefault(str(found.number), {})
        cell[found.place] = found.state
        if found.reason:
            cell["reason"] = found.reason
        return
    advice = f"run pytest with {OPTION} if that is what you want"
    if not path.is_file():
        pytest.fail(f"there is no record beside the spells: {advice}")
    cell = read(path).get(str(found.number), {})
    recorded = (cell.get(found.place), cell.get("reason", "") if found.reason else "")
    if recorded != (found.state, found.reason):
        pytest.fail(f"item {found.number}: {found}, but the record says {cell}: {advice}")


def finish(config: pytest.Config) -> None:
    """Write what was found; items that did not run keep what the record had."""
    for path, (engine, cells) in config.stash.get(NEW, {}).items():
        old = read(path) if path.is_file() else {}
        write(path, engine, {**old, **cells})
