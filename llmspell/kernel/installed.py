"""What an installed distribution consists of: its RECORD, and one digest over the files that are really there.

RECORD is the file of PEP 376 and PEP 627 in a `.dist-info` folder: a CSV of path, `sha256=<base64>` and size. Whoever
changes a file can change its RECORD, too, so the digest never reads a hash from there: RECORD only says which files
belong, and what lies beside them in the same folders counts as well, since Python would import it first.

Left out are what differs from machine to machine: scripts outside the folder, what installers note about themselves,
and bytecode, which Python makes from the files.
"""

from __future__ import annotations

import csv
import hashlib
import os
from importlib.machinery import PathFinder
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import PluginLoadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

RECORD = "RECORD"
NOTES = frozenset({"RECORD", "RECORD.jws", "RECORD.p7s", "INSTALLER", "REQUESTED", "direct_url.json", "uv_cache.json"})
"""Files of a `.dist-info` folder that tell of the installation, not of what was installed."""

CACHE = "__pycache__"


class Recorded(NamedTuple):
    """One line of RECORD: the path from the site folder, the hash (`sha256=...` or empty) and the size, if told."""

    path: str
    digest: str
    size: int | None


def recorded(info: Path) -> list[Recorded]:
    """Read RECORD; raises `PluginLoadError` when there is none or it is not one."""
    try:
        with (info / RECORD).open(encoding="utf-8", newline="") as file:
            return [_line(row) for row in csv.reader(file) if row]
    except OSError as error:
        raise _unreadable(info, error.strerror or "cannot be read") from error
    except (ValueError, csv.Error) as error:  # UnicodeDecodeError among them
        raise _unreadable(info, str(error)) from error


def _line(row: list[str]) -> Recorded:
    path, digest, size = (*row, "", "")[:3]
    if not path or "\0" in path:
        raise ValueError("a line names no file")
    return Recorded(path, digest, int(size) if size else None)


def _unreadable(info: Path, why: str) -> PluginLoadError:
    message = f"{info.name} has no RECORD that tells its files: {why}"
    return PluginLoadError(message, suggestions=["install the distribution anew, from a wheel"])


def is_inside(path: str) -> bool:
    """Tell whether a recorded path stays in the site folder."""
    pure = PurePosixPath(path)
    return not pure.is_absolute() and ".." not in pure.parts


def belongs(path: str) -> bool:
    """Tell whether a file counts for the digest."""
    pure = PurePosixPath(path)
    note = pure.name in NOTES and pure.parent.name.endswith(".dist-info")
    return is_inside(path) and not note and CACHE not in pure.parts


def beside(site: Path, paths: Iterable[str]) -> Iterator[str]:
    """Yield every file in the folders that hold recorded files, and below them; folders of bytecode aside."""
    folders = {PurePosixPath(path).parent for path in paths if is_inside(path)}
    topmost = [
        one for one in folders if one.parts and not any(above in folders for above in one.parents if above.parts)
    ]
    for top in sorted(topmost):
        for folder, inner, names in os.walk(site / top):
            inner[:] = sorted(name for name in inner if name != CACHE)
            where = Path(folder).relative_to(site)
            yield from ((where / name).as_posix() for name in sorted(names))


def digest_of(info: Path) -> str:
    """Give `sha256:<hex>` over the names and contents of a distribution's files, whatever RECORD says of them.

    Raises `PluginLoadError` for one without RECORD, and when a file that it names is not there.
    """
    site = info.parent
    paths = [line.path for line in recorded(info) if belongs(line.path)]
    return _digest(site, {*paths, *(path for path in beside(site, paths) if belongs(path))}, info.name)


def digest_of_file(file: Path) -> str:
    """Give the same for a plugin that is one file of the user's own."""
    return _digest(file.parent, {file.name}, file.name)


def _digest(site: Path, paths: Iterable[str], who: str) -> str:
    whole = hashlib.sha256()
    for path in sorted(paths):
        try:
            with (site / path).open("rb") as file:
                one = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            message = f"{path} of {who} cannot be read: {error.strerror}"
            raise PluginLoadError(message, suggestions=["install the distribution anew"]) from error
        whole.update(f"{path}\0{one}\n".encode("utf-8", "surrogateescape"))
    return f"sha256:{whole.hexdigest()}"


def require_recorded(info: Path, module: str) -> None:
    """Raise `PluginLoadError` unless Python would import a module from the files of this very distribution.

    An editable installation records a pointer to code that lies elsewhere; a folder earlier on the path may hold
    another module of this name. In both cases a digest of the recorded files would say nothing about what is run.
    """
    top = module.partition(".")[0]
    spec = PathFinder.find_spec(top)
    own = {str(info.parent / line.path) for line in recorded(info) if is_inside(line.path)}
    where = {str(Path(place)) for place in spec.submodule_search_locations or ()} if spec else set()
    origins = {spec.origin} if spec and spec.origin else set()
    if origins <= own and (origins or any(str(Path(one).parent) in where for one in own)):
        return
    found = next(iter(sorted(origins or where)), "nowhere")
    message = f"the module {top!r} of {info.name} is found at {found}, which is none of its recorded files"
    remedies = ["install it from a wheel, not in place", "look for another module of this name on the path"]
    raise PluginLoadError(message, suggestions=remedies)
