"""Trusted code: spells of an engine that cannot hold a script to its rights (`trusted_only`), and their modules.

Such code is loaded from what the user named, or from the folders of `[scripting] trusted_paths`. No tool may write
where it was loaded from, nor a file that it would be loaded from (docs/explanation/security.md).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from llmspell.errors import PermissionDeniedError, ScriptSecurityError
from llmspell.runtime.kept import INSTALLED, TRUSTED_ONLY, TRUSTED_PATHS, installed
from llmspell.services.files_kept import Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from llmspell.runtime.app import App
    from llmspell.spec import Component

WHAT: Final = "code that llmspell trusts"


def is_trusted(engine: Component) -> bool:
    """Tell whether what this engine runs counts as trusted."""
    return TRUSTED_ONLY in engine.capabilities


def require_trusted(app: App, engine: Component, path: Path | None) -> None:
    """Keep the file of a spell, and refuse one from elsewhere than the trusted folders; None is a text.

    Raises `ScriptSecurityError`.
    """
    if not is_trusted(engine):
        return
    folders = _folders(app)
    if path is None:
        if folders:
            raise _outside("a spell that is no file", engine, folders)
        return
    if folders and not _within(folders, path):
        raise _outside(str(path), engine, folders)
    keep_code(app, [path.absolute()])


def keep_module(app: App, name: str, paths: Iterable[Path]) -> None:
    """Keep the files that a module's name may mean below a spell's folder, and what Python itself would import."""
    keep_code(app, paths)
    if name.isidentifier():
        for path in installed(name):
            app.services.kept.keep(Place(path, INSTALLED))


def keep_code(app: App, paths: Iterable[Path]) -> None:
    """Keep files that code is loaded from, or would be; one that a tool has written is refused."""
    kept = app.services.kept
    for path in paths:
        if kept.was_written(str(path)):
            message = f"{path} was written by a tool, and what it holds would count as trusted code"
            raise ScriptSecurityError(message, suggestions=["look at the file, then run it yourself"])
        kept.keep(Place(str(path), WHAT))


def _within(folders: list[str], path: Path) -> bool:
    """Tell whether a file lies in one of the folders, by the guard of files: no link leads out of them."""
    from llmspell.services.files_descend import find  # noqa: PLC0415 - paid by who names trusted folders
    from llmspell.services.files_guard import READ, Guard  # noqa: PLC0415 - likewise
    from llmspell.services.permissions import Grants  # noqa: PLC0415 - likewise

    guard = Guard(Grants.parse([f"{READ}={one}" for one in folders]), Path.cwd(), "a trusted spell")
    try:
        with find(guard, (READ,), str(path)) as spot:
            return spot.info is not None
    except (PermissionDeniedError, OSError):
        return False


def _folders(app: App) -> list[str]:
    if app.config.get(TRUSTED_PATHS) is None:
        return []
    paths = app.config.section("scripting", app.catalog).trusted_paths
    return [str(one.expanduser().absolute()) for one in paths]


def _outside(what: str, engine: Component, folders: list[str]) -> ScriptSecurityError:
    message = f"{what} is in no trusted folder, and a spell of {engine.name} counts as trusted code"
    remedy = f"move it below {', '.join(folders)}, or name its folder in [scripting] trusted_paths"
    return ScriptSecurityError(message, suggestions=[remedy])
