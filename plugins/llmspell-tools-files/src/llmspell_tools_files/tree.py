"""A tree drawn with lines, as `tree` draws it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    _Level = dict[str, dict[str, object]]


class _Open(NamedTuple):
    """A folder being drawn: what its lines begin with, its path, and the entries still to draw, the next one last."""

    indent: str
    above: str
    entries: list[tuple[str, dict[str, object]]]


def draw(root: str, paths: Iterable[tuple[str, str]]) -> str:
    """Draw paths (relative, with their kinds) below `root`; folders on the way that were not chosen are drawn too."""
    top: _Level = {}
    folders = set()
    for path, kind in paths:
        level = top
        for name in path.split("/"):
            level = level.setdefault(name, {})  # type: ignore[assignment]
        if kind == "directory":
            folders.add(path)
    return "\n".join([root, *_lines(top, folders)])


def _lines(top: _Level, folders: set[str]) -> Iterator[str]:
    # Not by a function that calls itself: trees are deeper than that bears.
    waiting = [_Open("", "", list(top.items())[::-1])]
    while waiting:
        level = waiting[-1]
        if not level.entries:
            waiting.pop()
            continue
        name, below = level.entries.pop()
        last = not level.entries
        path = f"{level.above}{name}"
        mark = "/" if below or path in folders else ""
        yield f"{level.indent}{'└── ' if last else '├── '}{name}{mark}"
        if below:
            inner: _Level = below  # type: ignore[assignment]
            waiting.append(_Open(level.indent + ("    " if last else "│   "), f"{path}/", list(inner.items())[::-1]))
