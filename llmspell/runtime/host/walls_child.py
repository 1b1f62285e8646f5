"""Put up the walls of an engine's process in this one and try each of them. Standard library only.

Started as `python -I -S walls_child.py <engine_child.py>` in a session of its own; prints one JSON object that maps the
name of each wall to `[stands, words]`. Numbers are those of linux/prctl.h and linux/sched.h.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import resource
import runpy
import sys
import tempfile

TYPE_CHECKING = False  # `typing` costs a child more than all of its work

if TYPE_CHECKING:
    from collections.abc import Callable

MEMORY = 64 << 20
_PR_GET_PDEATHSIG = 2
_CLONE_NEWUSER = 0x10000000


def main() -> None:
    """Raise the walls as an engine's child does, then run into them."""
    child = runpy.run_path(sys.argv[1], run_name="engine_child")
    linux = sys.platform == "linux"
    libc = ctypes.CDLL(None, use_errno=True)
    # Before the walls: a name space cannot be had after some of them, and a file must be made while that is allowed.
    found = {"user_namespaces": _user_namespaces(libc)} if linux else {}
    with tempfile.TemporaryFile() as file:
        number = file.fileno()
        walls = child["raise_early_walls"]({"fd": number, "parent": os.getppid()})
        walls += child["raise_late_walls"]({"memory": MEMORY, "cpu": 60})
        claimed = dict.fromkeys(walls, True)
        tried: dict[str, Callable[[], bool]] = {
            "no_new_privs": lambda: _status("NoNewPrivs") == "1",
            "parent_death": lambda: _parent_death(libc),
            "own_session": lambda: os.getsid(0) == os.getpid(),
            "clean_environment": lambda: len(os.environ) <= 1,
            "files_closed": lambda: _is_closed(number),
            "cpu": lambda: resource.getrlimit(resource.RLIMIT_CPU)[0] != resource.RLIM_INFINITY,
            "memory": _memory_ends,
            "no_file_writes": lambda: _refuses(lambda: os.write(number, b"x"), errno.EFBIG),
            "open_files": _files_end,
            "no_core": lambda: resource.getrlimit(resource.RLIMIT_CORE)[0] == 0,
        }
        for name, stands in tried.items():
            good = claimed.get(name, False) and stands()
            found[name] = (good, "tried" if good else "not to be had here")
    if linux:
        found |= _system_walls(child["raise_system_walls"])
    sys.stdout.write(json.dumps(found))


def _status(name: str) -> str:
    with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123 - a child imports as little as it can
        return next((line.split(":")[1].strip() for line in file if line.startswith(f"{name}:")), "")


def _parent_death(libc: ctypes.CDLL) -> bool:
    signal = ctypes.c_int()
    return bool(libc.prctl(_PR_GET_PDEATHSIG, ctypes.byref(signal), 0, 0, 0) == 0 and signal.value)


def _is_closed(kept: int) -> bool:
    """Tell whether every descriptor but the standard ones and the one that was to be kept is closed."""
    for number in range(3, 256):
        if number != kept:
            try:
                os.fstat(number)
            except OSError:
                continue
            return False
    return True


def _memory_ends() -> bool:
    try:
        bytearray(4 * MEMORY)
    except MemoryError:
        return True
    return False


def _files_end() -> bool:
    taken: list[int] = []
    try:
        for _ in range(64):
            taken.append(os.open(os.devnull, os.O_RDONLY))  # noqa: PERF401 - those before the failure must be closed
    except OSError as error:
        return error.errno == errno.EMFILE
    else:
        return False
    finally:
        for number in taken:
            os.close(number)


def _refuses(attempt: Callable[[], object], code: int) -> bool:
    try:
        attempt()
    except OSError as error:
        return error.errno == code
    return False


def _system_walls(raise_walls: Callable[[dict[str, object]], list[str]]) -> dict[str, tuple[bool, str]]:
    """Put up what the system enforces, last of all, and try to get past it."""
    sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(sys.argv[1]))))  # noqa: PTH120 - as above
    import _socket  # noqa: PLC0415 - found while everything can be read

    from llmspell.spec.engine_landlock import landlock_version  # noqa: PLC0415 - after the import path is set

    version = landlock_version()
    claimed = raise_walls({"path": list(sys.path)})
    tried: dict[str, tuple[Callable[[], object], int, str]] = {
        "landlock": (lambda: os.listdir("/"), errno.EACCES, f"ABI {version}" if version else "this system has none"),  # noqa: PTH208 - as above
        "seccomp": (_socket.socket, errno.EPERM, "a filter of ours"),
    }
    found = {}
    for name, (attempt, code, words) in tried.items():
        good = name in claimed and _refuses(attempt, code)
        found[name] = (good, f"tried, {words}" if good else "not to be had here")
    return found


def _user_namespaces(libc: ctypes.CDLL) -> tuple[bool, str]:
    """Try in a child of our own: the name space would change who we are."""
    process = os.fork()
    if process == 0:
        os._exit(0 if libc.unshare(_CLONE_NEWUSER) == 0 else ctypes.get_errno() or 1)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return (True, "tried") if code == 0 else (False, os.strerror(code) if code > 0 else "the attempt was killed")


if __name__ == "__main__":
    main()
