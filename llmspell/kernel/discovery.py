"""Find plugins by reading entry points from disk; nothing is imported.

`entry_points.txt` is the file of the entry points specification (packaging.python.org): an INI file whose sections are
groups. Reading them ourselves costs about a millisecond for a hundred distributions; a metadata library costs twenty.
"""
# ruff: noqa: PTH118, PTH208 - importing pathlib would cost more than the whole scan

from __future__ import annotations

import os
import sys
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

API = "v1"
"""The major version of the plugin API that this kernel speaks."""

GROUP_STEM = "llmspell.v"
GROUP = f"llmspell.{API}"

_FILE = "entry_points.txt"
_MARK = GROUP_STEM.encode()
_NAME_LENGTH = 64
_LARGEST = 64 << 10
_MOST = 256
"""Declarations of one distribution; those beyond are not looked at."""
_TOO_LONG = b"\n[llmspell.v1]\nthe rest is left out: the file is longer than 64 KiB"
_KERNEL = "llmspell"


class PluginRef(NamedTuple):
    """Point at a plugin for one kind, as declared by `<kind>.<plugin> = module` in a group.

    `kind` is plural (`tools`, `hooks`); `dist` is the normalised name of the distribution; `fault` says why a
    declaration cannot be used (then `plugin` may be the raw text); `info` is its `.dist-info` folder, where it has one.
    """

    kind: str
    plugin: str
    module: str
    dist: str
    version: str
    group: str = GROUP
    fault: str = ""
    info: str = ""

    @property
    def speaks(self) -> str:
        """Give the API major of the declaration: `v1`."""
        return self.group.removeprefix("llmspell.")


def scan(paths: Iterable[str] | None = None) -> list[PluginRef]:
    """List the plugin declarations of all distributions on `paths` (default `sys.path`), of every API major.

    The first distribution of a name on the path wins, as it does for imports. Sorted by kind, plugin and distribution.
    """
    seen: set[str] = set()
    found: list[PluginRef] = []
    for path in dict.fromkeys(sys.path if paths is None else paths):
        for dist, version, text, info in _declarations(path or os.curdir, seen):
            found.extend(islice(_parse(text, dist, version, info), _MOST))
    return sorted(set(found))


def is_name(text: str) -> bool:
    """Tell whether a text may name a plugin or kind: snake_case, ASCII, at most 64 characters."""
    return (
        text.isidentifier()
        and text.isascii()
        and text == text.lower()
        and not text.startswith("_")
        and len(text) <= _NAME_LENGTH
    )


def normalise(dist: str) -> str:
    """Give a distribution's name in the one spelling it is compared in (PEP 503)."""
    return "-".join(part for part in dist.lower().replace("_", "-").replace(".", "-").split("-") if part)


def _declarations(path: str, seen: set[str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield distribution, version, entry point text and metadata folder of what one folder or archive holds."""
    try:
        names = os.listdir(path)
    except NotADirectoryError:
        yield from _read_metadata(path, seen)
        return
    except OSError:
        return  # a folder that is not there or not ours to read holds nothing that could be imported
    if path.endswith(".egg") and "EGG-INFO" in names:
        yield from _read_metadata(path, seen)
        return
    # reversed: should an interrupted upgrade have left two versions side by side, the later one counts
    infos = sorted((name for name in names if name.endswith(".dist-info")), reverse=True)
    for name in infos:
        dist, _, version = name.removesuffix(".dist-info").partition("-")
        dist = normalise(dist)
        if dist in seen:
            continue
        seen.add(dist)
        info = os.path.join(path, name)
        text = _read(os.path.join(info, _FILE))
        if text is not None:
            yield dist, version, text, info
    eggs = (name for name in names if name.endswith(".egg-info"))
    if any(_read(os.path.join(path, name, _FILE)) is not None for name in eggs):
        yield from _read_metadata(path, seen)


def _read(file: str) -> str | None:
    """Give the text of an entry point file that mentions us; bytes that are not UTF-8 only spoil their own line.

    No more is read than a file of entry points may have, and nothing is waited for: it may be a pipe.
    """
    try:
        with open(file, "rb", buffering=0, opener=_open) as stream:
            data = stream.read(_LARGEST)
    except OSError:
        return None  # most distributions declare nothing; one that cannot be read cannot be imported either
    if not data or _MARK not in data:
        return None
    whole = data if len(data) < _LARGEST else data.rpartition(b"\n")[0] + _TOO_LONG
    return whole.decode("utf-8", "replace")


def _open(file: str, flags: int) -> int:
    return os.open(file, flags | getattr(os, "O_NONBLOCK", 0))


def _read_metadata(path: str, seen: set[str]) -> Iterator[tuple[str, str, str, str]]:
    """Yield the same for an archive or a legacy layout, through `importlib_metadata`, which knows them all."""
    from importlib_metadata import distributions  # noqa: PLC0415 - only such paths pay for it

    for distribution in distributions(path=[path]):
        name = normalise(distribution.name or "")
        if not name or name in seen:
            continue
        seen.add(name)
        text = distribution.read_text(_FILE)
        if text and GROUP_STEM in text:
            yield name, distribution.version, text, ""


def _parse(text: str, dist: str, version: str, info: str) -> Iterator[PluginRef]:
    """Yield the declarations of our groups; a line that is none is a declaration with a fault."""
    group = ""
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line[0] == "[" and line[-1] == "]":
            group = line[1:-1].strip()
        elif group.startswith(GROUP_STEM) and group.removeprefix(GROUP_STEM).isdigit():
            yield _declaration(line, dist, version, group)._replace(info=info)


def _declaration(line: str, dist: str, version: str, group: str) -> PluginRef:
    name, equals, module = (part.strip() for part in line.partition("="))
    kind, _, plugin = name.partition(".")
    module = module.partition("[")[0].strip()  # extras, which the specification has deprecated
    if not equals:
        fault = f"the line {line!r} is not 'kind.plugin = module'"
        return PluginRef("", line, "", dist, version, group, fault)
    if not (is_name(kind) and is_name(plugin)):
        fault = f"the name {name!r} is not 'kind.plugin' in snake_case, such as 'tools.web'"
        return PluginRef(kind, plugin or name, module, dist, version, group, fault)
    if not all(part.isidentifier() for part in module.split(".")):
        fault = f"the value {module!r} of {name!r} is not a dotted module"
        return PluginRef(kind, plugin, module, dist, version, group, fault)
    if module.partition(".")[0] == _KERNEL:
        fault = f"{name!r} names {module!r}, a module of llmspell itself, which is nobody else's plugin"
        return PluginRef(kind, plugin, module, dist, version, group, fault)
    return PluginRef(kind, plugin, module, dist, version, group)
