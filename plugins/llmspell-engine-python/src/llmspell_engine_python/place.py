"""Where in a script something was written, and on whose behalf it runs."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import NamedTuple

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
