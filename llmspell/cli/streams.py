"""The standard streams where they are closed or can take no more."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from llmspell.errors import SystemFailure


def open_missing() -> None:
    """Open nothing in place of each standard stream that whoever started us has closed.

    Its number is taken with it: the next file that is opened, a store say, would be standard output otherwise.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # in the order of their numbers, of which a system gives the lowest free one
            number = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, open(number, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - until the process ends


def unwritten(error: OSError) -> int:
    """End when output could not be written: quietly when its reader has gone, as `head` does."""
    silence(sys.stdout, sys.stderr)
    if isinstance(error, BrokenPipeError):
        return 0
    from llmspell.cli.console import Console  # noqa: PLC0415 - a completion needs to silence only

    return Console().error(refused(error))


def refused(error: OSError) -> SystemFailure:
    """Say that standard output takes nothing more."""
    from llmspell.errors import SystemFailure  # noqa: PLC0415 - likewise

    message = f"standard output cannot be written: {error.strerror or error}"
    return SystemFailure(message, suggestions=["make room, or send it elsewhere"])


def silence(*streams: TextIO) -> None:
    """Send what is left in the buffers of streams that cannot be written nowhere, or Python complains at its end."""
    for stream in streams:
        try:
            stream.flush()
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
