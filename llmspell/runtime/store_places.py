"""Where the store of an application lies: in files below a folder, on a server, or in memory alone."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from llmspell.errors import StorageError

if TYPE_CHECKING:
    from llmspell.runtime.app import App


class StorePlace(NamedTuple):
    """One store: `path` is the folder (or file) of one in files, `server` tells which one on a server it is.

    Both are empty for a store that ends with its process.
    """

    backend: str
    path: Path | None = None
    server: str = ""

    @property
    def folder(self) -> Path | None:
        """Give the folder that its files lie in."""
        return self.path.parent if self.path is not None and self.path.suffix else self.path

    @property
    def label(self) -> str:
        """Give a name for files that tells this store from others: that of the back end and some hexadecimal digits."""
        about = self.server or str(self.path or "")
        return f"{self.backend}-{hashlib.sha256(about.encode()).hexdigest()[:8]}"


def require_kept(app: App, name: str | None = None) -> None:
    """Refuse a store, the configured one or that of a name, whose content ends with the process.

    Raises `StorageError`: what a command does to it, nobody would ever see.
    """
    component = app.stores.chosen() if name is None else app.catalog.get("storage", name)
    if "durable" not in component.capabilities:
        raise StorageError(
            f"what is in the store {component.name} ends with each process, and this command is one of its own",
            suggestions=["name another store in `[storage] backend`" if name is None else "name another store"],
        )


def place_of(app: App) -> StorePlace:
    """Tell where the configured store lies; nothing is opened.

    A store on a server names the keys of its section that tell one store from another: `extra["place"]`.
    """
    component = app.stores.chosen()
    keys = component.extra.get("place")
    if isinstance(keys, tuple):
        section = app.config.section(f"storage.{component.name}")
        return StorePlace(component.name, server=" ".join(f"{key} {getattr(section, key)}" for key in keys))
    if "durable" not in component.capabilities:
        return StorePlace(component.name)
    given: Path | None = app.config.section("storage").path
    return StorePlace(component.name, (given or app.services.paths.data).expanduser().absolute())


def check_copy(app: App, source: str | None, target: str) -> None:
    """Refuse places (`BACKEND[:PATH]`, None for the configured store) between which nothing can be copied.

    Raises `StorageError` for a store that ends with the process, a path of one on a server, and a source that is not
    there: opening it would make an empty one.
    """
    for place in (source, target):
        name, _, path = (place or "").partition(":")
        require_kept(app, name or None)
        if path and "place" in app.catalog.get("storage", name).extra:
            message = f"the store {name} lies on a server, which `[storage.{name}]` names: it has no path"
            raise StorageError(message, suggestions=[f"leave out :{path}"])
    if not is_there(app, source):
        told = source or app.stores.chosen().name
        raise StorageError(f"there is no store {told}", suggestions=["llmspell doctor says where the store lies"])


def is_there(app: App, place: str | None) -> bool:
    """Tell whether there are files at a place; a store on a server always counts as there."""
    name, _, given = (place or "").partition(":")
    if name and "place" in app.catalog.get("storage", name).extra:
        return True
    if given:
        path: Path | None = Path(given).expanduser()
    elif name:
        path = app.config.section("storage").path or app.services.paths.data
    else:
        path = place_of(app).path
    return path is None or path.is_file() or (path.is_dir() and any(path.iterdir()))
