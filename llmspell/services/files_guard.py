"""Which absolute path a caller means, whether its name is fit to use, and which grant covers it."""

# These are rules about path strings; pathlib would normalise before the rules see them.
# ruff: noqa: PTH100, PTH116, PTH118, PTH206

from __future__ import annotations

import os.path
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from llmspell.errors import ValidationError
from llmspell.services.files_machine import shows_the_machine

if TYPE_CHECKING:
    from pathlib import Path

    from llmspell.errors import PermissionDeniedError
    from llmspell.services.files_kept import Kept, Place
    from llmspell.spec.context import Grants

READ: Final = "fs.read"
WRITE: Final = "fs.write"
MAX_NAME: Final = 255
"""Bytes of one name: the limit of every common file system."""

_JOINERS = "\u200c\u200d"
"""Format characters that real names need: Persian and Indic spelling, and emoji."""

_WILDCARDS = "*?["
"""What a rule of the grants would not take as it stands."""

_KERNEL_TREES = ("/proc", "/sys", "/dev")
"""Trees whose files are the machine itself (`/proc/self/environ` holds our keys): a grant of `/` does not mean them."""

_BELOW_THEM = tuple(tree + os.sep for tree in _KERNEL_TREES)


_ELSEWHERE = "Write to another place; what llmspell relies on you change yourself."


class Guard:
    """Answer for one caller: its grants, where its relative paths start, and the private folders it was given."""

    __slots__ = ("_real_roots", "base", "grants", "kept", "own", "who", "working")

    def __init__(self, grants: Grants, working: Path | str, who: str, kept: Kept | None = None) -> None:
        self.grants = grants
        self.base: tuple[str, ...] = ()
        self.working = os.path.abspath(working)
        self.who = who
        self.own: list[str] = []
        self.kept = kept
        self._real_roots: dict[str, str] = {}

    def absolute(self, path: str) -> str:
        """Give the absolute path without `.` and `..`; a name no file should have is a `ValidationError`."""
        return _absolute(self.working, path)

    def within(self, path: str) -> Guard:
        """Give a guard for one folder: what it is called, what it really is if it is a link, and all below."""
        base = self.absolute(path)
        if any(sign in base for sign in _WILDCARDS):
            raise ValidationError(
                f"{path!r} cannot confine anything: its name holds a wildcard",
                suggestions=[f"Use a folder without {' '.join(_WILDCARDS)} in its path."],
            )
        places = dict.fromkeys((base, os.path.realpath(base)))
        rules = [f"{right}={place}" for right in (READ, WRITE) for place in places]
        inner = Guard(self.grants.narrow(rules, why=f"the tool is confined to {path}"), base, self.who, self.kept)
        inner.base = tuple(places)
        return inner

    def keeps(self, absolute: str) -> bool:
        """Tell whether a folder is one that was granted, or the one all is confined to: it is not ours to remove."""
        return absolute in self.base or absolute in map(str, self.grants.roots(WRITE))

    def require(self, right: str, absolute: str) -> None:
        """Raise `PermissionDeniedError` unless `right` holds for this path."""
        if not self._owned(absolute):
            self.grants.require(right, absolute, who=self.who)
            if right == WRITE and self.kept is not None:
                self._require_not_kept(self.kept, absolute)

    def _require_not_kept(self, kept: Kept, absolute: str) -> None:
        """Refuse to write what llmspell relies on, by whatever name it is granted."""
        root = self.root(WRITE, absolute)
        real = self._real_roots.get(root)
        if real is None:  # above a root links are the user's own doing; below it none is followed unseen
            real = self._real_roots[root] = os.path.realpath(root)
        path = os.path.join(real, absolute[len(root) :].lstrip(os.sep)) if absolute != root else real
        place = kept.why(path)
        if place is None:
            kept.wrote(path)
        elif not place.named or absolute not in map(str, self.grants.roots(WRITE)):
            raise self._kept_error(place, absolute)

    def _kept_error(self, place: Place, absolute: str) -> PermissionDeniedError:
        from llmspell.errors import PermissionDeniedError  # noqa: PLC0415 - the rare way out

        means = f"{place.path} is {place.what}" if place.path != absolute else f"it is {place.what}"
        rest = "which must be granted by name" if place.named else "which no tool may write, whatever is granted"
        advice = f"Run again with --allow-write={absolute} if this is really meant." if place.named else _ELSEWHERE
        return PermissionDeniedError(
            f"{self.who or 'this component'} may not write {absolute}: {means}, {rest}",
            suggestions=[advice],
            context={"right": WRITE, "target": absolute},
        )

    def plainly(self, right: str, path: str) -> str | None:
        """Require `right` for a path and give it absolute; None where it ends or begins as only `find` can judge."""
        absolute = self.absolute(path)
        self.require(right, absolute)
        return None if path.endswith(("/", "/.")) or absolute.startswith(_BELOW_THEM) else absolute

    def allows(self, right: str, absolute: str) -> bool:
        """Tell whether `right` holds for this path."""
        return self._owned(absolute) or self.grants.allows(right, absolute)

    def holds_grants(self, absolute: str) -> bool:
        """Tell whether a granted path is this one or lies below it, in no wider grant: the way there is trusted."""
        return any(
            covers(absolute, root) and self.root(right, root) == root
            for right in (READ, WRITE)
            for root in map(str, self.grants.roots(right))
        )

    def require_ordinary(self, right: str, absolute: str, device: int) -> None:
        """Refuse what lies on a file system of the kernel itself, unless a folder of that one was granted.

        It may be mounted elsewhere, too: `/proc` of the machine in a container, or that of another root.
        """
        if not shows_the_machine(device):
            return
        for root in map(str, self.grants.roots(right)):
            if covers(root, absolute) and shows_the_machine(os.stat(root).st_dev):
                return
        raise self._unnamed(right, absolute, "a part of the machine")

    def root(self, right: str, absolute: str) -> str:
        """Give the outermost granted folder (or file) that covers a path.

        What lies above it is the user's own doing and trusted.
        A path that only a pattern covers has the root of the file system: every link on its way is then looked at.
        """
        best = ""
        for root in (*self.own, *self.grants.roots(right)):
            name = str(root)
            if covers(name, absolute) and (not best or len(name) < len(best)):
                best = name
        for tree in _KERNEL_TREES:
            if covers(tree, absolute) and not covers(tree, best):
                best = self._named_root(right, tree, absolute)
        return best or os.path.splitdrive(absolute)[0] + os.sep

    def _named_root(self, right: str, tree: str, absolute: str) -> str:
        """Give the root within `tree` that a grant names, or refuse."""
        for root in map(str, self.grants.roots(right)):
            if covers(tree, root) and covers(root, absolute):
                return root
        raise self._unnamed(right, absolute, tree)

    def _unnamed(self, right: str, absolute: str, what: str) -> PermissionDeniedError:
        from llmspell.errors import PermissionDeniedError  # noqa: PLC0415 - the rare way out

        flag = "--allow-read" if right == READ else "--allow-write"
        return PermissionDeniedError(
            f"{self.who or 'this component'} may not use {absolute}: {what} must be granted by name",
            suggestions=[f"Run again with {flag}={absolute} if this is really meant."],
            context={"right": right, "target": absolute},
        )

    def _owned(self, absolute: str) -> bool:
        return any(covers(root, absolute) for root in self.own)


@lru_cache(maxsize=1024)
def _absolute(working: str, path: str) -> str:
    check_name(path)
    absolute = os.path.normpath(os.path.join(working, path))
    # POSIX lets exactly two leading slashes mean something else; nobody does.
    return absolute[1:] if absolute.startswith("//") and os.sep == "/" else absolute


def covers(root: str, path: str) -> bool:
    """Tell whether `path` is `root` or lies below it; both absolute and normal."""
    return path == root or path.startswith(root if root.endswith(os.sep) else root + os.sep)


def check_name(path: str) -> None:
    """Refuse an empty path, control and format characters, lone surrogates, and names too long for a file system."""
    if not path:
        raise ValidationError("a path is empty", suggestions=["Name a file, or '.' for the working folder."])
    if not path.isprintable():
        _check_characters(path)
    if len(path) * 4 > MAX_NAME:
        for name in path.split(os.sep):
            if len(name.encode("utf-8", "surrogatepass")) > MAX_NAME:
                raise ValidationError(
                    f"the name {name[:40]!r}... is longer than {MAX_NAME} bytes",
                    suggestions=["Use a shorter name: no common file system has longer ones."],
                )


def _check_characters(path: str) -> None:
    for character in path:
        if is_unfit(character):
            raise ValidationError(
                f"the path {path!a} holds the character U+{ord(character):04X}, which file names may not hold",
                suggestions=["Remove the character."],
            )


def is_unfit(character: str) -> bool:
    """Tell whether a character has no place in a file name: control, formatting that hides or reorders, half a pair."""
    import unicodedata  # noqa: PLC0415 - only paths that look odd pay for the tables

    return unicodedata.category(character) in ("Cc", "Cf", "Cs") and character not in _JOINERS
