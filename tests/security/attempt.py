"""Try one thing by native code from within a process, and tell how the system answers; runs in the enclosed process.

It needs nothing but the standard library and the numbers of system calls, and says `refused NAME` with the name of an
errno, or `reached`.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import gc
import os
import resource
from typing import Any

from llmspell.spec import engine_seccomp

_MORE = {"inotify_init1": (294, 26), "clone": engine_seccomp._CLONE, "tgkill": engine_seccomp._TGKILL}
_COLUMN = {"x86_64": 0, "aarch64": 1}


def call(name: str, *arguments: Any) -> int:
    """Make a system call; raises `OSError` with its errno."""
    tables = {**engine_seccomp._REFUSED, **engine_seccomp._UNKNOWN, **engine_seccomp._ARGUED, **_MORE}
    number = tables[name][_COLUMN[os.uname().machine]]
    syscall = ctypes.CDLL(None, use_errno=True).syscall
    syscall.restype = ctypes.c_long
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in (number, *arguments)]
    answer = int(syscall(*words))
    if answer < 0:
        raise OSError(ctypes.get_errno(), name)
    return answer


def disarm() -> None:
    """Take the guard rail of a Python spell down, as one may who means to: what is left are the walls."""
    for one in gc.get_objects():
        if type(one) is dict and "os.fork" in one:
            one.clear()
        if getattr(one, "__qualname__", "") == "make_hook.<locals>.hook":
            one.__closure__[one.__code__.co_freevars.index("writing")].cell_contents = 0


def attempt(data: dict[str, Any]) -> str:
    """Run one piece of code; whatever is not refused by the system has reached something."""
    names = {"call": call, "ctypes": ctypes, "fcntl": fcntl, "os": os, "resource": resource, "params": data["params"]}
    try:
        exec(data["code"], names)
    except OSError as error:
        return f"refused {errno.errorcode[error.errno or 0]}"
    return "reached"
