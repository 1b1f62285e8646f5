"""A seccomp filter around the process of a script engine. Standard library only.

It refuses, with `EPERM`, what no engine needs and every escape does: sockets, new processes and programs, tracing,
signals to others, their priority and their processors, and every way to open a file for writing or to change one.
Threads, memory and reading are left alone: what may be read is Landlock's matter. Programs and structures are those of
linux/filter.h and linux/seccomp.h, the numbers of the calls those of the two architectures.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

TYPE_CHECKING = False  # `typing` is a tenth of a child's start

if TYPE_CHECKING:
    from collections.abc import Iterator

# name: (x86_64, aarch64); None where an architecture has no such call
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198), "socketpair": (53, 199), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201),
    "accept": (43, 202), "accept4": (288, 242),
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438),
    "creat": (85, None), "mkdir": (83, None), "mkdirat": (258, 34), "rmdir": (84, None), "unlink": (87, None),
    "unlinkat": (263, 35), "rename": (82, None), "renameat": (264, 38), "renameat2": (316, 276), "link": (86, None),
    "linkat": (265, 37), "symlink": (88, None), "symlinkat": (266, 36), "mknod": (133, None), "mknodat": (259, 33),
    "truncate": (76, 45), "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "setxattr": (188, 5),
    "lsetxattr": (189, 6), "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15),
    "fremovexattr": (199, 16), "utime": (132, None), "utimes": (235, None), "futimesat": (261, None),
    "utimensat": (280, 88),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "move_mount": (429, 429), "open_tree": (428, 428), "fsopen": (430, 430), "fsmount": (432, 432),
    "mount_setattr": (442, 442), "bpf": (321, 280), "perf_event_open": (298, 241), "add_key": (248, 217),
    "request_key": (249, 218), "keyctl": (250, 219), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224),
    "swapoff": (168, 225), "sethostname": (170, 161), "setdomainname": (171, 162), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266), "acct": (163, 89),
    "quotactl": (179, 60), "iopl": (172, None), "ioperm": (173, None), "setrlimit": (160, 164), "mq_open": (240, 180),
    "mq_unlink": (241, 181), "fanotify_init": (300, 262), "syslog": (103, 116), "vhangup": (153, 58),
    "shmat": (30, 196), "shmctl": (31, 195), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187),
    "semop": (65, 193), "semctl": (66, 191), "fsconfig": (431, 431), "fspick": (433, 433),
    "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190),
    "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setaffinity": (203, 122), "sched_setattr": (314, 274),
    "sched_setparam": (142, 118), "sched_setscheduler": (144, 119), "kcmp": (312, 272), "process_madvise": (440, 440),
    "process_mrelease": (448, 448), "migrate_pages": (256, 238), "move_pages": (279, 239),
    "inotify_add_watch": (254, 27), "fanotify_mark": (301, 263),
}  # fmt: skip
_UNKNOWN = {
    "clone3": (435, 435),
    "openat2": (437, 437),
}  # as if the kernel had none: callers fall back to what we can read
_MACHINES = {"x86_64": (0, 0xC000003E, 317), "aarch64": (1, 0xC00000B7, 277)}  # column, AUDIT_ARCH_*, seccomp(2)
_CLONE, _KILL, _TGKILL, _PRLIMIT = (56, 220), (62, 129), (234, 131), (302, 261)
_OPEN, _OPENAT = 2, (257, 56)
_ARGUED = {"prctl": (157, 167), "fcntl": (72, 25), "ioctl": (16, 29)}
_REFUSED_VALUES = {
    "prctl": (0, (1,)),  # PR_SET_PDEATHSIG: to outlive the kernel
    "fcntl": (1, (8, 10, 15)),  # F_SETOWN, F_SETSIG, F_SETOWN_EX: the system would signal others for the process
    "ioctl": (1, (0x8901, 0x8902)),  # FIOSETOWN, SIOCSPGRP: likewise
}
"""Calls that are refused for some values of an argument."""
_X32 = 0x40000000
_CLONE_THREAD = 0x00010000
_WRITING = 0o3 | 0o100 | 0o1000 | 0o20000000  # an access mode but reading, O_CREAT, O_TRUNC, O_TMPFILE
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _ERRNO, _KILL_PROCESS = 0x7FFF0000, 0x00050000, 0x80000000
_NUMBER_AT, _ARCH_AT, _ARGS_AT, _WORD = 0, 4, 16, 8
_SET_FILTER, _ALL_THREADS = 1, 1

Step = tuple[int, int, int, int]
"""One instruction: code, steps to jump when true, when false, operand."""


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def machine() -> str:
    """Give the name of the architecture."""
    return os.uname().machine if sys.platform == "linux" and sys.maxsize > 1 << 32 else ""


def refuse_escapes() -> bool:
    """Put the filter up for every thread; False when it cannot be had. Needs no-new-privileges."""
    name = machine()
    if name not in _MACHINES:
        return False
    steps = list(program(name, os.getpid()))
    text = b"".join(struct.pack("=HBBI", *step) for step in steps)
    packed = _Program(len(steps), ctypes.cast(ctypes.c_char_p(text), ctypes.c_char_p))
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    flags = ctypes.c_long(_ALL_THREADS)
    return bool(call(ctypes.c_long(_MACHINES[name][2]), ctypes.c_long(_SET_FILTER), flags, ctypes.byref(packed)) == 0)


def program(name: str, pid: int) -> Iterator[Step]:
    """Yield the filter for an architecture; signals may go to process `pid` only."""
    column, arch, _ = _MACHINES[name]
    yield (_LOAD, 0, 0, _ARCH_AT)
    yield (_EQUAL, 1, 0, arch)
    yield (_RETURN, 0, 0, _KILL_PROCESS)
    yield (_LOAD, 0, 0, _NUMBER_AT)
    if column == 0:
        yield (_AT_LEAST, 0, 1, _X32)
        yield (_RETURN, 0, 0, _KILL_PROCESS)
    for table, error in ((_REFUSED, errno.EPERM), (_UNKNOWN, errno.ENOSYS)):
        for numbers in table.values():
            number = numbers[column]
            if number is not None:
                yield (_EQUAL, 0, 1, number)
                yield (_RETURN, 0, 0, _ERRNO | error)
    yield from _unless_bits(_OPENAT[column], 2, _WRITING)
    if column == 0:
        yield from _unless_bits(_OPEN, 1, _WRITING)
    yield from _only_bits(_CLONE[column], 0, _CLONE_THREAD)
    for call in (_KILL, _TGKILL):
        yield from _only_value(call[column], 0, pid)
    yield from _only_value(_PRLIMIT[column], 2, 0)  # limits may be asked for, not set
    for called, (argument, values) in _REFUSED_VALUES.items():
        yield from _unless_values(_ARGUED[called][column], argument, values)
    yield (_RETURN, 0, 0, _ALLOW)


def _low(argument: int) -> int:
    return _ARGS_AT + _WORD * argument


def _unless_bits(number: int, argument: int, bits: int) -> Iterator[Step]:
    """Refuse a call when its argument has any of the bits."""
    yield (_EQUAL, 0, 4, number)
    yield (_LOAD, 0, 0, _low(argument))
    yield (_ANY_BIT, 0, 1, bits)
    yield (_RETURN, 0, 0, _ERRNO | errno.EPERM)
    yield (_RETURN, 0, 0, _ALLOW)


def _unless_values(number: int, argument: int, values: tuple[int, ...]) -> Iterator[Step]:
    """Refuse a call when the low word of its argument is one of the values."""
    yield (_EQUAL, 0, 2 + 2 * len(values), number)
    yield (_LOAD, 0, 0, _low(argument))
    for value in values:
        yield (_EQUAL, 0, 1, value)
        yield (_RETURN, 0, 0, _ERRNO | errno.EPERM)
    yield (_RETURN, 0, 0, _ALLOW)


def _only_bits(number: int, argument: int, bits: int) -> Iterator[Step]:
    """Refuse a call unless its argument has one of the bits."""
    yield (_EQUAL, 0, 4, number)
    yield (_LOAD, 0, 0, _low(argument))
    yield (_ANY_BIT, 1, 0, bits)
    yield (_RETURN, 0, 0, _ERRNO | errno.EPERM)
    yield (_RETURN, 0, 0, _ALLOW)


def _only_value(number: int, argument: int, value: int) -> Iterator[Step]:
    """Refuse a call unless its argument is this number of at most 32 bits."""
    yield (_EQUAL, 0, 6, number)
    yield (_LOAD, 0, 0, _low(argument) + 4)
    yield (_EQUAL, 0, 2, 0)
    yield (_LOAD, 0, 0, _low(argument))
    yield (_EQUAL, 1, 0, value)
    yield (_RETURN, 0, 0, _ERRNO | errno.EPERM)
    yield (_RETURN, 0, 0, _ALLOW)
