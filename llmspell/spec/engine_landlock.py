"""Landlock around the process of a script engine. Standard library only.

Nothing can be written, made, removed or executed, and only named folders can be read. The rules hold for this thread
and those it starts from here on; whatever is open already stays usable. Numbers and structures are those of
linux/landlock.h.
"""

from __future__ import annotations

import ctypes
import os
import sys

TYPE_CHECKING = False  # `typing` is a tenth of a child's start

if TYPE_CHECKING:
    from collections.abc import Iterable

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture but alpha
_VERSION = 1
_PATH_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FIRST_RIGHTS = (1 << 13) - 1
# ABI version -> rights on files that it added: refer, truncate, ioctl of devices
_LATER_RIGHTS = {2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_TCP_RIGHTS = 0b11  # bind, connect
_SCOPES = 0b11  # abstract unix sockets, signals
_NET_SINCE, _SCOPE_SINCE = 4, 6
_TYPE, _FOLDER = 0o170000, 0o040000  # of a file's mode

SYSTEM = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/etc/ld.so.cache",  # shared libraries
    "/usr/share/zoneinfo", "/etc/localtime",
    "/dev/null", "/dev/urandom", "/proc/self", "/proc/meminfo", "/proc/cpuinfo",
)  # fmt: skip
"""What an interpreter reads besides its own folders."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def landlock_version() -> int:
    """Give the version that the kernel speaks; 0 when it has none."""
    if sys.platform != "linux":
        return 0
    return max(0, _call(_CREATE_RULESET, None, 0, _VERSION))


def read_only(folders: Iterable[str]) -> bool:
    """Allow this process to read below `folders` and to do nothing else with files; False when it cannot be had."""
    version = landlock_version()
    if version < 1:
        return False
    rules = _Ruleset(_FIRST_RIGHTS, 0, 0)
    for since, right in _LATER_RIGHTS.items():
        rules.fs |= right if version >= since else 0
    size = ctypes.sizeof(ctypes.c_uint64)
    if version >= _NET_SINCE:
        rules.net, size = _TCP_RIGHTS, 2 * size
    if version >= _SCOPE_SINCE:
        rules.scoped, size = _SCOPES, ctypes.sizeof(_Ruleset)
    number = _call(_CREATE_RULESET, ctypes.byref(rules), size, 0)
    if number < 0:
        return False
    try:
        for folder in dict.fromkeys(folders):
            _allow_reading(number, folder)
        return _call(_RESTRICT_SELF, number, 0) == 0
    finally:
        os.close(number)


def _allow_reading(rules: int, path: str) -> None:
    """Add one folder or file; one that is not there needs no rule."""
    try:
        number = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        is_folder = os.fstat(number).st_mode & _TYPE == _FOLDER
        allowed = _READ_FILE | _READ_DIR if is_folder else _READ_FILE
        _call(_ADD_RULE, rules, _PATH_BENEATH, ctypes.byref(_Beneath(allowed, number)), 0)
    finally:
        os.close(number)


def _call(number: int, *arguments: object) -> int:
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return int(call(ctypes.c_long(number), *words))
