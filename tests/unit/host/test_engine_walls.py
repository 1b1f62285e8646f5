"""The filters around an engine's process, read without putting them up: nothing could take them down again."""

from __future__ import annotations

import errno
import struct

import pytest

from llmspell.spec.engine_landlock import landlock_version
from llmspell.spec.engine_seccomp import program

ALLOW, KILL = 0x7FFF0000, 0x80000000
REFUSE, UNKNOWN = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
PID = 4321


def verdict(machine: str, number: int, *arguments: int, arch: int | None = None) -> int:
    """Run the filter as the system would."""
    padded = (*arguments, *[0] * (6 - len(arguments)))
    data = struct.pack("<iIQ6Q", number, ARCH[machine] if arch is None else arch, 0, *padded)
    steps = list(program(machine, PID))
    at = loaded = 0
    while True:
        code, when_true, when_false, operand = steps[at]
        at += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            (loaded,) = struct.unpack_from("<I", data, operand)
        else:
            holds = {0x15: loaded == operand, 0x35: loaded >= operand, 0x45: bool(loaded & operand)}[code]
            at += when_true if holds else when_false


CASES = {
    "read": ("x86_64", 0, (), ALLOW),
    "socket": ("x86_64", 41, (), REFUSE),
    "socket, other machine": ("aarch64", 198, (), REFUSE),
    "execve": ("x86_64", 59, (), REFUSE),
    "execve, other machine": ("aarch64", 221, (), REFUSE),
    "open to read": ("x86_64", 2, (0, 0o2000000), ALLOW),
    "open to write": ("x86_64", 2, (0, 1), REFUSE),
    "openat to read": ("x86_64", 257, (0, 0, 0o2000000), ALLOW),
    "openat to read and write": ("x86_64", 257, (0, 0, 2), REFUSE),
    "openat to make": ("aarch64", 56, (0, 0, 0o100), REFUSE),
    "openat to cut": ("aarch64", 56, (0, 0, 0o1000), REFUSE),
    "openat without a name": ("x86_64", 257, (0, 0, 0o20200000), REFUSE),
    "openat2": ("x86_64", 437, (), UNKNOWN),
    "clone3": ("x86_64", 435, (), UNKNOWN),
    "a thread": ("x86_64", 56, (0x3D0F00,), ALLOW),
    "a process": ("x86_64", 56, (0x01200011,), REFUSE),
    "fork": ("x86_64", 57, (), REFUSE),
    "a signal to itself": ("x86_64", 62, (PID, 9), ALLOW),
    "a signal to another": ("x86_64", 62, (PID + 1, 9), REFUSE),
    "a signal to all": ("x86_64", 62, (2**64 - 1, 9), REFUSE),
    "asking for a limit": ("x86_64", 302, (0, 7, 0, 99), ALLOW),
    "setting a limit": ("x86_64", 302, (0, 7, 99, 0), REFUSE),
    "setting a limit from far": ("x86_64", 302, (0, 7, 1 << 40, 0), REFUSE),
    "dying with the kernel no more": ("x86_64", 157, (1, 0), REFUSE),
    "naming a thread": ("x86_64", 157, (15, 0), ALLOW),
    "signals of the system's to another": ("x86_64", 72, (3, 8, 1), REFUSE),
    "the same by group": ("aarch64", 25, (3, 15, 1), REFUSE),
    "flags of a descriptor": ("x86_64", 72, (3, 4, 0), ALLOW),
    "the same by ioctl": ("x86_64", 16, (3, 0x8901), REFUSE),
    "the size of a terminal": ("x86_64", 16, (1, 0x5413), ALLOW),
    "the priority of another": ("x86_64", 141, (0, PID + 1, 19), REFUSE),
    "the processors of another": ("aarch64", 122, (PID + 1,), REFUSE),
    "the other numbers of x86": ("x86_64", 0x40000000 | 41, (), KILL),
}


@pytest.mark.parametrize(("machine", "number", "arguments", "expected"), CASES.values(), ids=CASES)
def test_what_the_filter_says(machine: str, number: int, arguments: tuple[int, ...], expected: int) -> None:
    assert verdict(machine, number, *arguments) == expected


def test_a_call_of_another_architecture_ends_the_process() -> None:
    assert verdict("x86_64", 0, arch=0x40000003) == KILL


def test_the_filter_is_short_enough_for_the_system() -> None:
    assert all(len(list(program(machine, PID))) < 4096 for machine in ARCH)


def test_asking_for_landlock_never_raises() -> None:
    assert landlock_version() >= 0
