"""Copies of a file from before it is overwritten: `name.bak` is the newest, `name.bak.1` the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import ValidationError

if TYPE_CHECKING:
    from llmspell.spec.files import FileSystem


async def back_up(fs: FileSystem, path: str, suffix: str, keep: int) -> str:
    """Copy `path` to its newest backup, older ones moved one number up; at most `keep` remain. Gives the new one."""
    newest = backup_name(path, suffix)
    if keep == 1 or not await fs.exists(newest):
        await fs.copy(path, newest)
        return newest
    fresh = f"{newest}.new"
    await fs.copy(path, fresh)  # before anything is moved: on a full disk all backups stay as they are
    try:
        await _make_room(fs, newest, keep)
        await fs.rename(fresh, newest)
    except BaseException:
        if await fs.exists(fresh):
            await fs.remove(fresh)
        raise
    return newest


async def _make_room(fs: FileSystem, newest: str, keep: int) -> None:
    """Move each backup one number up."""
    names = [newest, *(f"{newest}.{number}" for number in range(1, keep))]
    taken = 0
    while taken < len(names) and await fs.exists(names[taken]):
        taken += 1
    for number in range(min(taken, keep - 1), 0, -1):
        await fs.rename(names[number - 1], names[number])


def backup_name(path: str, suffix: str) -> str:
    """Give the name of the newest backup, or raise `ValidationError` for a suffix that names another place."""
    if not suffix.strip(". ") or "/" in suffix or "\\" in suffix:
        raise ValidationError(
            f"{suffix!r} is no suffix for a backup", suggestions=["Use one such as '.bak' or '~old'."]
        )
    return path + suffix
