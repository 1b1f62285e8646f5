"""The folders above a file that is about to be written."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from llmspell.errors import PermissionDeniedError

if TYPE_CHECKING:
    from llmspell.spec.context import Context


async def make_above(path: str, ctx: Context) -> None:
    """Make the folders above a file; where only the file is granted they must be there, which the write will tell."""
    folder = posixpath.dirname(path.rstrip("/"))
    if not folder:
        return
    try:
        await ctx.fs.mkdir(folder)
    except PermissionDeniedError:
        ctx.log.debug("no right to make %s; it has to be there", folder)
