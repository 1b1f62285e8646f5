"""A guard rail in a spell's own process: what reaches past the API is refused with the name of the tool to use.

This is an audit hook. It says early and clearly what is wrong; it is no wall, because code that means to can get round
it. The walls are the limits, Landlock and seccomp that the host puts around the process.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from llmspell_engine_python.errors import SpellSecurityError

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = 'use a tool: await Tools.get("file_writer").execute(...), and allow it with --allow-write=FOLDER'
NETWORK = "use a tool that connects, and allow it with --allow-net=HOST"
PROCESSES = "use a tool that runs programs, and allow it with --allow=process.exec=PROGRAM"
NATIVE = "native code cannot be called from a spell: put it into a plugin"

WRITING = 0o3 | 0o100 | 0o1000
"""Flags of `open` that are not for reading alone: an access mode, `O_CREAT`, `O_TRUNC`."""

REFUSED: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        (
            "os.chflags", "os.chmod", "os.chown", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir",
            "os.setxattr", "os.removexattr", "os.symlink", "os.truncate", "os.utime", "shutil.copyfile", "shutil.move",
            "shutil.rmtree", "shutil.make_archive", "tempfile.mkdtemp", "tempfile.mkstemp",
        ),
        ("change files", FILES),
    ),
    **dict.fromkeys(
        (
            "socket.__new__", "socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyaddr",
            "socket.gethostbyname", "socket.sendto", "socket.sendmsg",
        ),
        ("use the network", NETWORK),
    ),
    **dict.fromkeys(
        (
            "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn",
            "subprocess.Popen",
        ),
        ("start processes", PROCESSES),
    ),
    **dict.fromkeys(
        ("ctypes.cdata", "ctypes.dlopen", "ctypes.dlsym", "ctypes.call_function", "ctypes.PyObj_FromPtr"),
        ("call native code", NATIVE),
    ),
}  # fmt: skip


def watch() -> None:
    """Refuse from here on, for good: a hook cannot be taken back."""
    sys.dont_write_bytecode = True
    sys.addaudithook(make_hook())


def make_hook() -> Callable[[str, tuple[Any, ...]], None]:
    """Give the hook; what it needs is bound here, out of reach of a script that changes this module."""
    refused, writing, error = dict(REFUSED), WRITING, SpellSecurityError

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            if (isinstance(flags, int) and flags & writing) or (
                isinstance(mode, str) and any(letter in mode for letter in "wax+")
            ):
                raise error(f"a spell cannot open {path!r} for writing", suggestions=[FILES])
        elif event in refused:
            what, remedy = refused[event]
            raise error(f"a spell cannot {what} ({event})", suggestions=[remedy])

    return hook
