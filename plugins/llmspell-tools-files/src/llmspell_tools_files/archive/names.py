"""Which names of an archive may become files: no way out of the folder, and no two that are one on some disk."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Literal

from llmspell_tools_files.archive.faults import Limits, too_many, unsafe

if TYPE_CHECKING:
    Kind = Literal["file", "directory", "link", "other"]

_DRIVE = re.compile(r"[A-Za-z]:")
_MAX_NAME = 255
_JOINERS = "\u200c\u200d"
"""Format characters that real names need: Persian and Indic spelling, and emoji."""


def clean(raw: str, limits: Limits) -> str:
    """Give the path an entry's name means, without leading `./` and trailing `/`; empty for the folder itself.

    Any other part that is empty, `.` or `..`, an absolute path, a drive, a backslash, characters no name should have,
    and names too long or too deep raise `ToolExecutionError`.
    """
    if raw.startswith("/"):
        raise unsafe(raw, "is an absolute path")
    if "\\" in raw or _DRIVE.match(raw):
        raise unsafe(raw, "has a backslash or a drive letter, which leads elsewhere on some systems")
    if not raw:
        raise unsafe(raw, "is an empty name")
    if len(raw) > limits.length:
        raise unsafe(raw, f"is a path of more than {limits.length} characters", "Raise `max_path_length`.")
    path = raw.removesuffix("/")
    while path.startswith("./"):
        path = path[2:]
    if path == ".":
        return ""
    parts = path.split("/")
    if len(parts) > limits.depth:
        raise unsafe(raw, f"lies more than {limits.depth} folders deep", "Raise `max_depth`.")
    for part in parts:
        _check(part, raw)
    return path


def _check(part: str, raw: str) -> None:
    if part in ("", ".", ".."):
        raise unsafe(raw, f"has the part {part!r}, which leads elsewhere")
    if not part.isprintable():
        for one in part:
            if unicodedata.category(one) in ("Cc", "Cf", "Cs") and one not in _JOINERS:
                advice = "If the names are of another encoding than UTF-8, give it as `name_encoding`."
                raise unsafe(raw, f"has the character U+{ord(one):04X}, which file names may not hold", advice)
    if len(part.encode("utf-8")) > _MAX_NAME:
        raise unsafe(raw, f"has a name of more than {_MAX_NAME} bytes")


class Names:
    """All names admitted so far, with the folders they imply; these count as entries: each one would be made."""

    def __init__(self, limits: Limits, *, case_sensitive: bool) -> None:
        self._limits = limits
        self._case_sensitive = case_sensitive
        self._known: dict[str, tuple[str, Kind]] = {}

    def admit(self, raw: str, kind: Kind) -> str:
        """Give the path of an entry, or raise `ToolExecutionError` for a name that is unsafe or taken."""
        path = clean(raw, self._limits)
        if not path:
            if kind != "directory":
                raise unsafe(raw, "is the folder itself, but no folder")
            return path
        position = path.find("/")
        while position >= 0:
            self._enter(path[:position], "directory", raw)
            position = path.find("/", position + 1)
        if not self._enter(path, kind, raw) and kind != "directory":
            raise unsafe(raw, "is there twice")
        return path

    def _enter(self, path: str, kind: Kind, raw: str) -> bool:
        """Note a path and tell whether it is new."""
        key = path if self._case_sensitive else unicodedata.normalize("NFC", path.casefold())
        if key not in self._known:
            self._known[key] = (path, kind)
            if len(self._known) > self._limits.entries:
                raise too_many(self._limits.entries)
            return True
        name, known = self._known[key]
        if name != path:
            reason = f"differs only in case or in the form of its letters from {name!r}"
            raise unsafe(raw, reason, "Set `case_sensitive` where the disk can tell the two apart.")
        if known != kind:
            raise unsafe(raw, f"needs {path!r} to be a {kind}, while another entry makes it a {known}")
        return False
