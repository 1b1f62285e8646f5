"""Tell the file systems whose files are the machine itself from those that hold somebody's files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_KERNELS: Final = frozenset(
    {
        "binfmt_misc",
        "bpf",
        "cgroup",
        "cgroup2",
        "configfs",
        "debugfs",
        "devpts",
        "devtmpfs",
        "efivarfs",
        "fusectl",
        "mqueue",
        "nsfs",
        "proc",
        "pstore",
        "securityfs",
        "selinuxfs",
        "sysfs",
        "tracefs",
    }
)
"""Types whose files are made by the kernel as they are read: processes, devices, settings."""

_known: dict[int, bool] = {}


def shows_the_machine(device: int) -> bool:
    """Tell whether a device number (`st_dev`) is that of a file system of the kernel; one that is not known is none."""
    found = _known.get(device)
    if found is None:
        found = _known[device] = _look_up(device)
    return found


def _look_up(device: int) -> bool:
    """Read the type of a device's file system from the table of mounts (proc(5), `/proc/PID/mountinfo`)."""
    try:
        table = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False  # no such table: not Linux, or no /proc to protect
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in table.splitlines():
        left, _, right = line.partition(" - ")
        if left.split(" ", 3)[2] == wanted:
            return right.split(" ", 1)[0] in _KERNELS
    return False
