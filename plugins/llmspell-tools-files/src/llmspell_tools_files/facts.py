"""What is known of a file, in the words of results: times, modes and sizes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from llmspell.model.units import format_size

if TYPE_CHECKING:
    from llmspell.spec.files import FileInfo

_NANO = 1_000_000_000
_LETTERS = "rwxrwxrwx"
_SPECIAL = ((0o4000, 2, "s"), (0o2000, 5, "s"), (0o1000, 8, "t"))


def brief(info: FileInfo) -> dict[str, Any]:
    """Give kind, size, times and mode, as `include_metadata` of other tools adds them; `created` as `full` gives it."""
    return {
        "kind": info.kind,
        "size": info.size,
        "size_text": format_size(info.size),
        "modified": moment(info.modified),
        "created": moment(_created(info)),
        "mode": f"{info.mode:04o}",
    }


def full(info: FileInfo) -> dict[str, Any]:
    """Give all that the system tells of a file; `created` is None where it does not keep that time."""
    changed = info.changed_ns / _NANO
    created = _created(info)
    return {
        "kind": info.kind,
        "size": info.size,
        "size_text": format_size(info.size),
        "mode": f"{info.mode:04o}",
        "permissions": permissions(info.mode),
        "uid": info.uid,
        "gid": info.gid,
        "inode": info.inode,
        "links": info.links,
        "modified": moment(info.modified),
        "accessed": moment(info.accessed),
        "changed": moment(changed),
        "created": moment(created),
        "epoch": {"modified": info.modified, "accessed": info.accessed, "changed": changed, "created": created},
    }


def _created(info: FileInfo) -> float | None:
    """Give the time of birth, None where the system put the time of change in its place."""
    return None if info.created == info.changed_ns / _NANO else info.created


def moment(seconds: float | None) -> str | None:
    """Write a time as ISO 8601 in UTC; None for no time, and for one before year 1 or after 9999 (disks hold such)."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def permissions(mode: int) -> str:
    """Write a mode as `rwxr-x---`, with `s` and `t` as `ls` shows them."""
    shown = [letter if mode >> (8 - bit) & 1 else "-" for bit, letter in enumerate(_LETTERS)]
    for flag, place, letter in _SPECIAL:
        if mode & flag:
            shown[place] = letter if shown[place] == "x" else letter.upper()
    return "".join(shown)
