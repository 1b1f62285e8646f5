"""Functions that the tests of `isolate` run in a child."""

# What the system does is asked for in the system's words.

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING, NoReturn

from llmspell.errors import ResourceUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable


def double(data: list[object]) -> list[object]:
    sys.stdout.write("printed, not answered")
    return data * 2


def about(_: object) -> dict[str, object]:
    return {"env": sorted(os.environ), "cwd": os.getcwd(), "pid": os.getpid(), "flags": sys.flags.isolated}


def ours(_: object) -> NoReturn:
    raise ResourceUnavailableError("no such thing", suggestions=["Look elsewhere."], context={"path": "x"})


def theirs(_: object) -> NoReturn:
    raise KeyError("oops")


def no_json(_: object) -> object:
    return {1, 2}


def hungry(_: object) -> int:
    return len(bytearray(1 << 40))


def spin(_: object) -> NoReturn:
    while True:
        pass


def wait(_: object) -> NoReturn:
    while True:
        signal.pause()


def crash(_: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError


def loud(_: object) -> str:
    return "x" * 10_000


def reach(data: list[str]) -> str:
    what, path = data
    attempts: dict[str, Callable[[], object]] = {
        "read": lambda: os.open(path, os.O_RDONLY),
        "write": lambda: os.open(path, os.O_WRONLY | os.O_TRUNC),
        "connect": socket.socket,
        "fork": os.fork,
    }
    try:
        attempts[what]()
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return "reached"


def leave(_: object) -> NoReturn:
    sys.stderr.write("giving up")
    sys.stderr.flush()
    os._exit(7)
