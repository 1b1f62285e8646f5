"""A tree drawn with lines, as `tree` draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def draw(root: str, paths: Iterable[tuple[str, str]]) -> str:
    """Draw paths (relative, with their kinds) below `root`; folders on the way that were not chosen are drawn too."""
    top: dict[str, dict[str, object]] = {}
    folders = set()
    for path, kind in paths:
        level = top
        for name in path.split("/"):
            level = level.setdefault(name, {})  # type: ignore[assignment]
        if kind == "directory":
            folders.add(path)
    lines = [root]
    _draw(top, "", "", folders, lines)
    return "\n".join(lines)


def _draw(level: dict[str, dict[str, object]], indent: str, above: str, folders: set[str], lines: list[str]) -> None:
    for number, (name, below) in enumerate(level.items(), 1):
        last = number == len(level)
        path = f"{above}{name}"
        mark = "/" if below or path in folders else ""
        lines.append(f"{indent}{'└── ' if last else '├── '}{name}{mark}")
        _draw(below, indent + ("    " if last else "│   "), f"{path}/", folders, lines)  # type: ignore[arg-type]
