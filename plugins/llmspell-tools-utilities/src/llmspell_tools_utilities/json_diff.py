"""Differences of JSON values: by path, and as a patch that turns one into the other."""

from __future__ import annotations

import json
from typing import Any

from llmspell_tools_utilities.json_patch import canonical
from llmspell_tools_utilities.matching import Matcher

_LONG_LIST = 4000  # items from which lists are aligned by position only: alignment takes quadratic time
_SHOWN = 200
_SIGNS = {"added": "+", "removed": "-", "changed": "~"}

Change = dict[str, Any]
_Span = tuple[int, int, int, int]


def compare_json(left: Any, right: Any) -> dict[str, Any]:
    """Compare two JSON values; 1 and 1.0 are the same number, 1 and true are not the same."""
    changes, patch = _compare(left, right, "")
    kept = _leaves(left) - sum(_leaves(change["left"]) for change in changes if change["kind"] != "added")
    total = _leaves(left) + _leaves(right)
    counts = {kind: sum(change["kind"] == kind for change in changes) for kind in ("added", "removed", "changed")}
    return {
        "text": "\n".join(map(_line, changes)),
        "identical": not changes,
        "similarity": 1.0 if not changes else max(0.0, 2 * kept / total) if total else 0.0,
        "format": "json",
        "statistics": {**counts, "unchanged": max(kept, 0)},
        "changes": changes,
        "patch": patch,
    }


def _compare(left: Any, right: Any, path: str) -> tuple[list[Change], list[Change]]:
    """Give (changes in document order, patch operations in the order in which they apply)."""
    if canonical(left) == canonical(right):
        return [], []
    if isinstance(left, dict) and isinstance(right, dict):
        return _objects(left, right, path)
    if isinstance(left, list) and isinstance(right, list):
        return _lists(left, right, path)
    return [_change("changed", path, left, right)], [{"op": "replace", "path": path, "value": right}]


def _objects(left: dict[str, Any], right: dict[str, Any], path: str) -> tuple[list[Change], list[Change]]:
    changes: list[Change] = []
    patch: list[Change] = []
    for key in [*left, *(key for key in right if key not in left)]:
        here = f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
        if key not in right:
            changes.append(_change("removed", here, left[key], None))
            patch.append({"op": "remove", "path": here})
        elif key not in left:
            changes.append(_change("added", here, None, right[key]))
            patch.append({"op": "add", "path": here, "value": right[key]})
        else:
            inner, operations = _compare(left[key], right[key], here)
            changes += inner
            patch += operations
    return changes, patch


def _lists(left: list[Any], right: list[Any], path: str) -> tuple[list[Change], list[Change]]:
    """Align the lists. The patch works from the end to the start: no operation moves the place of a later one."""
    groups = [_span(left, right, span, path) for span in _spans(left, right)]
    changes = [change for group, _ in groups for change in group]
    patch = [operation for _, operations in reversed(groups) for operation in operations]
    return changes, patch


def _spans(left: list[Any], right: list[Any]) -> list[_Span]:
    if len(left) + len(right) > _LONG_LIST:
        return [(0, len(left), 0, len(right))]
    matcher = Matcher(list(map(canonical, left)), list(map(canonical, right)), autojunk=False)
    return [(i, j, k, m) for tag, i, j, k, m in matcher.get_opcodes() if tag != "equal"]


def _span(
    left: list[Any], right: list[Any], span: tuple[int, int, int, int], path: str
) -> tuple[list[Change], list[Change]]:
    i, j, k, m = span
    both = min(j - i, m - k)
    changes: list[Change] = []
    patch: list[Change] = []
    for step in range(both):
        inner, operations = _compare(left[i + step], right[k + step], f"{path}/{i + step}")
        changes += inner
        patch += operations
    changes += [_change("removed", f"{path}/{index}", left[index], None) for index in range(i + both, j)]
    patch += [{"op": "remove", "path": f"{path}/{index}"} for index in reversed(range(i + both, j))]
    for step in range(both, m - k):
        changes.append(_change("added", f"{path}/{i + step}", None, right[k + step]))
        patch.append({"op": "add", "path": f"{path}/{i + step}", "value": right[k + step]})
    return changes, patch


def _change(kind: str, path: str, left: Any, right: Any) -> Change:
    return {"kind": kind, "path": path, "left": left, "right": right}


def _line(change: Change) -> str:
    left, right = _shown(change["left"]), _shown(change["right"])
    value = {"added": right, "removed": left}.get(change["kind"], f"{left} -> {right}")
    return f"{_SIGNS[change['kind']]} {change['path'] or '/'}: {value}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def _leaves(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_leaves, value.values())) or 1
    if isinstance(value, list):
        return sum(map(_leaves, value)) or 1
    return 1
