"""A tool's context with its files confined to a folder."""

# Rules about path strings: what is there is the port's matter.
# ruff: noqa: PTH118

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llmspell.spec.context import Context
    from llmspell.spec.files import FileSystem


class Confined:
    """Be the context given, but for `fs`; without a base the folder is the working folder and nothing is confined.

    base   the absolute path of the folder that relative paths start from
    """

    def __init__(self, ctx: Context, base: str | None) -> None:
        self._ctx = ctx
        self.base = os.path.normpath(os.path.join(ctx.paths.working, base or "."))
        self.fs: FileSystem = ctx.fs if base is None else ctx.fs.within(self.base)

    def absolute(self, path: str) -> str:
        """Give the absolute path that a path means, links not looked at."""
        return os.path.normpath(os.path.join(self.base, path))

    def covers(self, path: str, other: str) -> bool:
        """Tell whether `other` is `path` or lies below it; both absolute."""
        return other == path or other.startswith(path.rstrip(os.sep) + os.sep)

    def __getattr__(self, name: str) -> Any:
        """Give everything else as it is."""
        return getattr(self._ctx, name)
