"""What `llmspell doctor` finds of the machine: walls, folders, the store, the terminal."""

from __future__ import annotations

import asyncio
import locale
import os
import shutil
import sys
from typing import TYPE_CHECKING

from llmspell.cli.doctor_installed import BROKEN, NOTE, OK, Finding
from llmspell.errors import ComponentNotFoundError, ConfigError, LlmspellError
from llmspell.model.units import format_size
from llmspell.runtime.host.walls import ABSENT, probe
from llmspell.runtime.store_places import place_of
from llmspell.runtime.stores import opened_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

    from llmspell.cli.console import Console
    from llmspell.runtime.app import App
    from llmspell.runtime.store_places import StorePlace

LITTLE = 100 << 20
"""Bytes of free disk below which a store may soon fail."""

_NUMBER = 20
"""Digits of a process number, with room to spare."""


def walls() -> Iterator[Finding]:
    """Tell the walls around a spell's process that stand here: each was tried."""
    for wall in probe():
        about = f"{wall.state} ({wall.detail}): {wall.meaning}"
        yield Finding("walls", wall.name, NOTE if wall.state == ABSENT else OK, about)


def places(app: App) -> Iterator[Finding]:
    """Tell where files of the user lie, whether they can be written, and who has the store open."""
    group = "places"
    paths = app.services.paths
    for name in ("config", "data", "cache"):
        try:
            folder = getattr(paths, name)
        except LlmspellError as error:
            state = BROKEN if name == "data" else NOTE
            yield Finding(group, f"{name} folder", state, error.message, "; or ".join(error.suggestions))
            continue
        yield _folder(group, f"{name} folder", folder, needed=name == "data")
        if name == "data":
            yield from _store(app, folder)


def _folder(group: str, what: str, path: Path, *, needed: bool) -> Finding:
    try:
        there = path
        while not there.exists() and there != there.parent:
            there = there.parent
        state = "is there" if there == path else "is made when it is needed"
        if there != path and not there.is_dir():
            return Finding(group, what, BROKEN, f"{path}: {there} is no folder", "move it out of the way")
        if not os.access(there, os.W_OK | os.X_OK):
            about = f"{path} cannot be written"
            return Finding(group, what, BROKEN if needed else NOTE, about, f"let this user write to {there}")
        free = shutil.disk_usage(there).free
    except OSError as error:
        about = f"{path} cannot be looked at: {error.strerror or error}"
        return Finding(group, what, BROKEN if needed else NOTE, about, "check the path and who may read it")
    short = free < LITTLE
    about = f"{path} {state}, {format_size(free)} free"
    return Finding(group, what, NOTE if short else OK, about, "make room on the disk" if short else "")


def _store(app: App, data: Path) -> Iterator[Finding]:
    try:
        place = place_of(app)
    except ComponentNotFoundError as error:
        names = [component.name for component in app.catalog.list("storage")]
        remedy = f"change `[storage] backend` to one of {', '.join(names)}" if names else "install llmspell[standard]"
        yield Finding("places", "store", BROKEN, error.message, remedy)
        return
    except ConfigError:
        yield Finding("places", "store", NOTE, "is not looked for while its part of the configuration is wrong")
        return
    except LlmspellError as error:
        yield Finding("places", "store", BROKEN, error.message, "; or ".join(error.suggestions))
        return
    if place.server:
        yield asyncio.run(_server(app, place))
    elif place.path is None or place.folder is None:
        about = f"{place.backend}: what is stored ends with each process"
        yield Finding("places", "store", NOTE, about, "name another store in `[storage] backend` to keep it")
    else:
        yield Finding("places", "store", OK, f"{place.backend}, in {place.path}")
        if place.path != data:
            yield _folder("places", "store folder", place.folder, needed=True)
        yield from _locks(place.path)


async def _server(app: App, place: StorePlace) -> Finding:
    """Open a store on a server, for nothing that is on this machine tells whether it could be."""
    about = f"{place.backend}, {place.server}"
    try:
        async with opened_store(app, place.backend):
            return Finding("places", "store", OK, about)
    except LlmspellError as error:
        return Finding("places", "store", BROKEN, f"{about}: {error.message}", "; or ".join(error.suggestions))


def _locks(path: Path) -> Iterator[Finding]:
    """Tell who holds a lock file of the store; a lock is looked at by trying to share it, and given back at once."""
    try:
        import fcntl  # noqa: PLC0415 - POSIX alone can share a lock
    except ImportError:
        return
    try:
        files = sorted(path.glob("*.lock")) if path.is_dir() else [path.with_name(f"{path.name}.lock")]
        for file in (one for one in files if one.is_file()):
            with file.open("rb") as stream:
                try:
                    fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    holder = stream.read(_NUMBER).decode(errors="replace").strip() or "of unknown number"
                    about = f"{file.name.removesuffix('.lock')} is open in process {holder}"
                    yield Finding("places", "lock", NOTE, about, "wait until it has ended")
    except OSError as error:
        about = f"locks in {path} cannot be looked at: {error.strerror or error}"
        yield Finding("places", "lock", NOTE, about)


def terminal(console: Console) -> Iterator[Finding]:
    """Tell what is known of the place where results are read."""
    group = "terminal"
    yield Finding(group, "standard output", OK, _stream(console.out))
    yield Finding(group, "standard error", OK, f"{_stream(console.err)}, {'with' if console.color else 'no'} colours")
    encoding = (console.out.encoding or "").lower().replace("-", "")
    language = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or "not set"
    about = f"{language}, {locale.getpreferredencoding(do_setlocale=False)}; files {sys.getfilesystemencoding()}"
    plain = encoding != "utf8"
    remedy = "set LANG=C.UTF-8, or PYTHONUTF8=1" if plain else ""
    yield Finding(group, "locale", NOTE if plain else OK, about, remedy)


def _stream(stream: TextIO) -> str:
    if not stream.isatty():
        return f"no terminal, {stream.encoding}"
    size = shutil.get_terminal_size()
    return (
        f"a terminal ({os.environ.get('TERM', 'of unknown kind')}, {size.columns} by {size.lines}), {stream.encoding}"
    )
