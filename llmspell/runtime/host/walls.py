"""Which walls around a script engine really stand on this machine: each is tried, none is assumed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from llmspell.services.files_openat import kernel_open

PATIENCE = 20.0
"""Seconds that the trial may take; it needs a tenth of one."""

_ENGINE_CHILD = Path(__file__).parents[2] / "spec" / "engine_child.py"
"""Not imported: it is of no use on a system without POSIX limits, and there this module must still say so."""

UP, UNUSED, ABSENT = "up", "available, not used yet", "not available"

WALLS = {
    "own_session": "a session of its own: signals of the terminal do not reach it",
    "clean_environment": "no environment variables",
    "files_closed": "no open files but the pipe",
    "no_new_privs": "no new privileges",
    "parent_death": "killed when the kernel process dies",
    "memory": "limit of memory",
    "cpu": "limit of CPU time",
    "no_file_writes": "no writing to files",
    "open_files": "limit of open files",
    "no_core": "no core dumps",
}
"""The walls that every engine's process puts up, with what each means."""

SYSTEM = {
    "landlock": "the system's rules for files: some folders can be read, nothing else",
    "seccomp": "the system's rules for calls: no sockets, processes, programs",
}
"""The walls that every engine's process puts up where the system has them."""

FUTURE = {
    "user_namespaces": "an empty world of its own",
}
"""Walls that nothing uses yet, where the machine has them."""


class Wall(NamedTuple):
    """One wall: `state` is `up`, `available, not used yet` or `not available`; `detail` says how that was found."""

    name: str
    meaning: str
    state: str
    detail: str


def probe(python: str = sys.executable, patience: float = PATIENCE) -> list[Wall]:
    """Put up the walls in a child process and run into each; a child that cannot even be started has none."""
    found, fault = _ask(python, patience)
    walls = [_wall(name, meaning, found.get(name), UP, fault) for name, meaning in {**WALLS, **SYSTEM}.items()]
    walls += [_wall(name, meaning, found.get(name), UNUSED, fault) for name, meaning in FUTURE.items()]
    return [*walls, _paths()]


def _wall(name: str, meaning: str, found: tuple[bool, str] | None, good: str, fault: str) -> Wall:
    if found is None:
        return Wall(name, meaning, ABSENT, fault or "not on this system")
    return Wall(name, meaning, good if found[0] else ABSENT, found[1])


def _ask(python: str, patience: float) -> tuple[dict[str, tuple[bool, str]], str]:
    command = [python, "-I", "-S", str(Path(__file__).with_name("walls_child.py")), str(_ENGINE_CHILD)]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and our own file
            command,
            env={},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=patience,
            start_new_session=True,
            check=True,
        )
        found = json.loads(done.stdout)
    except subprocess.CalledProcessError as error:
        last = error.stderr.decode(errors="replace").strip().splitlines()[-1:]
        return {}, f"the trial ended with status {error.returncode}: {''.join(last)}"
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return {}, f"the trial failed: {error}"
    return {name: (bool(stands), str(words)) for name, (stands, words) in found.items()}, ""


def _paths() -> Wall:
    """Tell how paths are kept below their roots: the kernel does it, or we do."""
    how = "openat2(RESOLVE_BENEATH)" if kernel_open() is not None else "name by name, following no link"
    return Wall("paths", "no way out of a granted folder", UP, how)
