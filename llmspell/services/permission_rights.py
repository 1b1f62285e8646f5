"""The rights there are, and the flags that grant them."""

# ruff: noqa: PTH118 - paths are compared as text

from __future__ import annotations

import os
from typing import Final

from llmspell.errors import ConfigError
from llmspell.services.permission_patterns import EVERYTHING, PATHS

RIGHTS: Final[dict[str, str]] = {
    "fs.read": "read files",
    "fs.write": "write files",
    "net.connect": "connect to hosts",
    "net.listen": "accept connections",
    "process.exec": "run programs",
    "env.read": "read environment variables",
    "db.connect": "open databases",
    "mail.send": "send mail",
    "secret.use": "use secrets",
    "agent.spawn": "start agents",
    "state.read": "read state",
    "state.write": "write state",
}
FLAGS: Final[dict[str, str]] = {
    "fs.read": "read",
    "fs.write": "write",
    "net.connect": "net",
    "process.exec": "run",
    "env.read": "env",
}
"""The rights with a flag of their own; every other one is granted with `--allow=RIGHT=TARGET`."""

UNASKED = ("agent.spawn=*", "state.read=*", "state.write=*")
"""Granted without asking: agents hold at most the run's rights, and state holds what spells of this user put there."""


def check_right(right: str) -> None:
    """Raise `ConfigError` for what is no right."""
    if right not in RIGHTS:
        raise ConfigError(f"there is no right {right!r}", suggestions=(f"The rights are {', '.join(RIGHTS)}.",))


def flag(right: str, target: str, *, cwd: str = "") -> str:
    """Give the command line flag that grants a right for one target, as `shown` has it.

    A comma, which would part two targets, is a `?` in it.
    """
    import shlex  # noqa: PLC0415 - only for the message

    text = shlex.quote(shown(right, target, cwd=cwd).replace(",", "?"))
    name = FLAGS.get(right)
    return f"--allow-{name}={text}" if name else f"--allow={right}={text}"


def shown(right: str, target: str, *, cwd: str = "") -> str:
    """Give a target as people are told of it: paths below `cwd` relative to it."""
    if right not in PATHS or not cwd or target == EVERYTHING:
        return target
    whole = os.path.normpath(os.path.join(cwd, target))
    return os.path.relpath(whole, cwd) if whole == cwd or whole.startswith(cwd.rstrip(os.sep) + os.sep) else whole
