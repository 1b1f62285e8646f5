"""Remove whole trees, however deep: never through a link, and with two descriptors open at a time."""

# Descriptor-relative calls have no pathlib form.

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from llmspell.services.files_openat import open_folder, open_listing

if TYPE_CHECKING:
    from collections.abc import Sequence


def remove_tree(folder: int | None, name: str) -> None:
    """Remove the folder `name` in the folder that is open as `folder`, with all that is in it.

    `shutil.rmtree` calls itself for each level and keeps each open: a thousand levels are its end. Without a descriptor
    (Windows) `name` is a whole path, and it does the work all the same.
    """
    if folder is None:
        import shutil  # noqa: PLC0415 - loads every compressor there is

        shutil.rmtree(name)
        return
    top = open_listing(folder, [name])
    if top is None:
        os.unlink(name, dir_fd=folder)  # a link has just taken its place
        return
    try:
        _remove_below(top)
    finally:
        os.close(top)
    os.rmdir(name, dir_fd=folder)


def _remove_below(top: int) -> None:
    parts: list[str] = []
    waiting = [_empty(top, parts)]
    while waiting:
        if waiting[-1]:
            parts.append(waiting[-1].pop())
            waiting.append(_empty(top, parts))
            continue
        waiting.pop()
        if parts:
            _remove_folder(top, parts)
            parts.pop()


def _empty(top: int, parts: Sequence[str]) -> list[str]:
    """Remove all but the folders from a folder, and give their names."""
    fd = None
    with suppress(FileNotFoundError, NotADirectoryError):  # went away, or something else has just taken its place
        fd = open_listing(top, parts)
    if fd is None:
        return []
    folders = []
    try:
        with os.scandir(fd) as found:
            entries = list(found)
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            else:
                with suppress(FileNotFoundError):
                    os.unlink(entry.name, dir_fd=fd)
    finally:
        os.close(fd)
    return folders


def _remove_folder(top: int, parts: Sequence[str]) -> None:
    above = open_folder(top, parts[:-1])
    if above is None:
        return  # a link has just taken the place of a folder above: that one's removal takes it away
    try:
        os.rmdir(parts[-1], dir_fd=above)
    except FileNotFoundError:
        return
    except NotADirectoryError:
        os.unlink(parts[-1], dir_fd=above)
    finally:
        os.close(above)
