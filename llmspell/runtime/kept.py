"""Which files and folders of this process no tool may write; see `services.files_kept`."""

from __future__ import annotations

import os
import site
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmspell.services.files_kept import CONFIGURATION, Kept, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from llmspell.kernel.catalog import Catalog
    from llmspell.services.config import Config
    from llmspell.services.paths import AppPaths

INSTALLED: Final = "installed code that runs with all your rights"
OURS: Final = "a folder of llmspell itself"

TRUSTED_ONLY: Final = "trusted_only"
"""Capability of an engine that cannot hold a script to its rights by itself: what it runs counts as trusted."""
TRUSTED_PATHS: Final = "scripting.trusted_paths"

_SITES: Final = frozenset({"site-packages", "dist-packages", "lib-dynload"})
_IN_WORKING: Final = ("audit", "backups", "config.toml", "llmspell.", "runs", "secrets.json", "storage", "templates")
"""How names begin that llmspell gives to files and folders of its own, where it shares a folder with its user."""


def kept_places(config: Config, catalog: Catalog, paths: AppPaths) -> Kept:
    """Give what knows them; nothing is looked up before a tool writes for the first time."""
    return Kept(lambda: _places(config, catalog, paths), lambda: _endings(catalog))


def _endings(catalog: Catalog) -> Iterator[str]:
    for engine in catalog.list("engine"):
        if TRUSTED_ONLY in engine.capabilities:
            yield from engine.extra["extensions"]  # type: ignore[misc]


def _places(config: Config, catalog: Catalog, paths: AppPaths) -> Iterator[Place]:
    working = paths.working.resolve()
    for folder in (paths.config_if_any, paths.data_if_any):
        if folder is not None:
            yield from _apart(folder, OURS, working)
    for path in config.files():
        yield Place(str(path), CONFIGURATION, named=True)
    for key, path in config.named_files():
        what = f"what `{key}` of the configuration names"
        yield from [Place(str(path), what)] if key == TRUSTED_PATHS else _apart(path, what, working)
    for code in _code(catalog.sources()):
        yield Place(code, INSTALLED)


def _apart(folder: Path, what: str, working: Path) -> Iterable[Place]:
    """Keep a folder whole, unless the user works in it: of that one, what llmspell owns, or what others own."""
    real = folder.resolve()
    if working == real:
        return [Place(str(one), what) for one in _inside(real) if _is_ours(one.name)]
    if real in working.parents:
        way = (working, *working.parents)
        return [Place(str(one), what) for one in _inside(real) if one not in way]
    return [Place(str(folder), what)]


def _is_ours(name: str) -> bool:
    return name.startswith(_IN_WORKING)


def _inside(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _code(plugins: Iterable[str]) -> Iterator[str]:
    """Give where the interpreter and its packages lie; of packages elsewhere ours, and those of plugins."""
    sources = dict.fromkeys(plugins)
    files = [one for one in sources if os.sep in one or one.endswith(".py")]
    modules = dict.fromkeys(["llmspell", *(one.partition(".")[0] for one in sources if one not in files)])
    yield from files
    yield str(Path(sys.executable).absolute().parent)  # a link there leads to the interpreter of all others
    yield str(Path(sys.prefix) / "pyvenv.cfg")
    yield str(Path(os.__file__).parent)
    yield from (one for one in sys.path if Path(one).name in _SITES)
    if site.ENABLE_USER_SITE:
        yield site.getusersitepackages()
    for module in modules:
        yield from installed(module)


def installed(module: str) -> Iterator[str]:
    """Give where Python would import a module from that is in no package: its folder or its file."""
    found = PathFinder.find_spec(module)
    if found is not None:
        yield from found.submodule_search_locations or filter(None, [found.origin])
