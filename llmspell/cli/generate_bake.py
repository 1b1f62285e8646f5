"""Bake a project from a template and put it in its place: whole or not at all."""

from __future__ import annotations

import errno
import importlib
import os
import shutil
import tempfile
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from llmspell.cli.generate_answers import FILE, context, to_text
from llmspell.errors import ComponentUnavailableError, InternalError, SystemFailure, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from llmspell.cli.generate_answers import Answer
    from llmspell.cli.generate_kinds import Template

_CHOOSABLE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}
"""Failures that another folder would not have."""


class Change(NamedTuple):
    """What happens to one file of a project: `added`, `changed`, or `same`."""

    path: str
    change: str


def require_cookiecutter() -> None:
    """Raise `ComponentUnavailableError` when cookiecutter is not installed, before anybody is asked anything."""
    try:
        importlib.import_module("cookiecutter.generate")
    except ModuleNotFoundError as error:
        message = f"`llmspell generate` needs cookiecutter: there is no module {error.name!r}"
        raise ComponentUnavailableError(message, suggestions=["pip install 'llmspell[scaffold]'"]) from error


def render(text: str, known: Mapping[str, object]) -> str:
    """Fill in the default of a question."""
    from cookiecutter.utils import create_env_with_context  # noqa: PLC0415 - only this verb pays for it

    return str(create_env_with_context({}).from_string(text).render(cookiecutter=known))


def bake(template: Template, answers: Mapping[str, Answer], home: Path) -> Path:
    """Write the project below an empty folder `home` and give the project's own folder.

    What all templates have lies in one place: the template is put together beside `home`. Of cookiecutter only the
    renderer is used: its configuration, replays and hooks have no say. What is answered once for all components is
    rendered again for each of them, with the same result.
    """
    from cookiecutter.generate import generate_files  # noqa: PLC0415 - only this verb pays for it

    if (Path(template.folder) / "hooks").exists():
        raise InternalError(f"the template {template.kind!r} has hooks, and no hook is run")
    known = context(template, answers)
    project = home / str(known["dist"])
    whole = home.with_name(f"{home.name}-template")
    shutil.copytree(template.common, whole)
    shutil.copytree(template.folder, whole, dirs_exist_ok=True)
    for component in answers[template.components]:
        values = {**known, "component": component}
        generate_files(whole, {"cookiecutter": values}, str(home), overwrite_if_exists=True, accept_hooks=False)
    shutil.rmtree(whole)
    (project / FILE).write_text(to_text(template, answers), encoding="utf-8")
    return project


def files(project: Path) -> list[str]:
    """List the files of a project by their paths below it."""
    return sorted(path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file())


def changes(project: Path, target: Path) -> list[Change]:
    """Tell what putting a project at `target` does to each file.

    Raises `UsageError` when a file would have to go through a link or where a folder is.
    """
    found = []
    for path in files(project):
        place = target / path
        links = [one for one in (place, *place.parents) if one.is_relative_to(target) and one.is_symlink()]
        if links or place.is_dir() or any(one.is_file() for one in place.parents if one.is_relative_to(target)):
            what = links[0] if links else place
            message = f"{what} is in the way: it is a link, or a folder where a file belongs, or a file for a folder"
            raise UsageError(message, suggestions=["move it away", "generate somewhere else with --output-dir"])
        old = place.read_bytes() if place.exists() else None
        new = (project / path).read_bytes()
        found.append(Change(path, "added" if old is None else "same" if old == new else "changed"))
    return found


def refuse_occupied(target: Path, *, force: bool) -> None:
    """Raise `UsageError` unless `target` is free, or `force` may fill it: it is empty or was generated, too."""
    if not os.path.lexists(target):
        return
    if target.is_symlink() or not target.is_dir():
        message = f"{target} is there and is no folder"
        raise UsageError(message, suggestions=["choose another name", "say where with --output-dir"])
    generated = not any(target.iterdir()) or (target / FILE).is_file()
    if not generated:
        message = f"the folder {target} is there, and `llmspell generate` did not make it"
        raise UsageError(message, suggestions=["choose another name", "say where with --output-dir"])
    if not force:
        message = f"the folder {target} is there"
        raise UsageError(
            message, suggestions=["use --force to write its generated files anew", "say where with --output-dir"]
        )


@contextmanager
def workplace(folder: Path) -> Iterator[Path]:
    """Give a temporary folder in a folder, so that renaming is enough to move what is in it; it goes away in any case.

    Raises `UsageError` for a folder that cannot be written, `SystemFailure` for what else goes wrong with files.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".llmspell-generate-", dir=folder) as home:
            yield Path(home).absolute()
    except OSError as error:
        what = f"cannot write to {folder}: {error.strerror or error}"
        if error.errno in _CHOOSABLE:
            raise UsageError(what, suggestions=["choose another folder with --output-dir"]) from error
        raise SystemFailure(what, suggestions=["nothing was generated; try again when that is mended"]) from error


def put(project: Path, target: Path, found: list[Change], kept: Path) -> None:
    """Move a project to its place; of files that change, `kept` holds copies that a failure brings back."""
    if target.exists() and not any(target.iterdir()):
        target.rmdir()
    if not target.exists():
        project.rename(target)
        return
    undo: list[Callable[[], object]] = []
    try:
        for change in found:
            if change.change != "same":
                _replace(project / change.path, target / change.path, kept / change.path, undo)
    except BaseException:
        for step in reversed(undo):
            step()
        raise


def _replace(new: Path, place: Path, copy: Path, undo: list[Callable[[], object]]) -> None:
    """Move one file to its place, whole; steps that take it back join `undo` before each act."""
    for folder in reversed([one for one in place.parents if not one.exists()]):
        folder.mkdir()
        undo.append(folder.rmdir)
    if place.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(place, copy)
        undo.append(partial(copy.replace, place))
    else:
        undo.append(partial(place.unlink, missing_ok=True))
    new.replace(place)
