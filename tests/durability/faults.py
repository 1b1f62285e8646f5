"""What goes wrong with the files of one process: limits, rights and failures of the system itself."""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import resource
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

SYNCS = {"x86_64": (0xC000003E, (74, 75)), "aarch64": (0xC00000B7, (82, 83))}
"""AUDIT_ARCH_* and the numbers of fsync and fdatasync."""

_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER = 38, 22, 2
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_NUMBER_AT, _ARCH_AT = 0, 4
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_CAPABILITIES = 0x20080522
"""_LINUX_CAPABILITY_VERSION_3"""

_write = os.write


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def is_log(number: int) -> bool:
    """Tell whether a descriptor is that of a log of a run."""
    return os.readlink(f"/proc/self/fd/{number}").endswith(".jsonl")


def limit_files(size: int) -> None:
    """Let no file of this process grow beyond so many bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def obey_rights(_: int) -> None:
    """Have the rights of files hold for this process, whoever runs it: it gives its privileges up."""
    header = struct.pack("=Ii", _CAPABILITIES, 0)
    if ctypes.CDLL(None, use_errno=True).capset(header, bytes(24)) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def fail_to_sync(records: int) -> None:
    """Have the system refuse to bring files to the disk once the log has so many records: `EIO`, for who wrote it."""
    left = records

    def write(number: int, data: Any) -> int:
        nonlocal left
        done = _write(number, data)
        if left > 0 and is_log(number):
            left -= bytes(data)[:done].count(b"\n")
            if left <= 0:
                _refuse_syncs()
        return done

    os.write = write


def _refuse_syncs() -> None:
    arch, numbers = SYNCS[platform.machine()]
    steps = [(_LOAD, 0, 0, _ARCH_AT), (_EQUAL, 1, 0, arch), (_RETURN, 0, 0, _ALLOW), (_LOAD, 0, 0, _NUMBER_AT)]
    for number in numbers:
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _ERRNO | errno.EIO)]
    text = b"".join(struct.pack("=HBBI", *step) for step in [*steps, (_RETURN, 0, 0, _ALLOW)])
    program = _Program(len(text) // 8, ctypes.cast(ctypes.c_char_p(text), ctypes.c_char_p))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    zero = ctypes.c_ulong(0)
    if prctl(_NO_NEW_PRIVILEGES, ctypes.c_ulong(1), zero, zero, zero) != 0:
        raise OSError(ctypes.get_errno(), "no new privileges")
    if prctl(_SET_SECCOMP, ctypes.c_ulong(_FILTER), ctypes.byref(program), zero, zero) != 0:
        raise OSError(ctypes.get_errno(), "a filter of calls")


FAULTS: dict[str, Callable[[int], None]] = {
    "files": limit_files,
    "rights": obey_rights,
    "syncs": fail_to_sync,
}
