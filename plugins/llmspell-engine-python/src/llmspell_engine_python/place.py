"""Where in a script something was written, and on whose behalf it runs."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection
    from types import FrameType

INVOKE: ContextVar[int] = ContextVar("INVOKE", default=0)
"""Which function of the script the kernel called, for whatever runs on its behalf; 0 is the script itself."""


class Place(NamedTuple):
    """Where a script made a call."""

    file: str
    line: int

    def text(self) -> str:
        """Give `file:line`."""
        return f"{self.file}:{self.line}"


_OWN = __file__.removesuffix("place.py")


def caller() -> Place:
    """Give the place in the script that led to this call: the innermost frame that is none of the engine's."""
    frame = sys._getframe(2)  # noqa: SLF001 - the only way to know
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_OWN):
        frame = frame.f_back
    return Place(frame.f_code.co_filename, frame.f_lineno)


def nearest(files: Collection[str]) -> Place | None:
    """Give the innermost place in one of these files that led to this call, None when none did."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - as above
    while frame is not None and frame.f_code.co_filename not in files:
        frame = frame.f_back
    return None if frame is None else Place(frame.f_code.co_filename, frame.f_lineno)
