"""Run programs under a keeper, which leaves nothing of them behind."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from llmspell.errors import ResourceExhaustedError, ResourceUnavailableError
from llmspell.services.process_child import run_child
from llmspell.services.process_keeper import SPENT
from llmspell.services.process_limits import ProgramLimits, require_kept

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

    from llmspell.spec.process import Completed

_KEEPER: Final = "import sys; sys.path.append(sys.argv.pop(1)); from process_keeper import main; main()"
"""As a module it is read compiled: a script would be compiled at each start."""

_HERE: Final = str(Path(__file__).parent)


NO_LIMITS: Final = ProgramLimits()


class Program(NamedTuple):
    """One program of a pipeline: its absolute path, and its arguments, the name it is called by first."""

    path: str
    argv: tuple[str, ...]


async def run_kept(
    programs: Sequence[Program],
    *,
    input: bytes,  # noqa: A002 - the name `subprocess` uses
    cwd: str,
    env: Mapping[str, str],
    timeout: float,
    limit: int,
    limits: ProgramLimits = NO_LIMITS,
) -> Completed:
    """Run programs joined by pipes to their end; the result has the status of each, and of the last that failed.

    Whatever they started is gone when this returns or raises: on Linux all of it, elsewhere what stayed in its group.
    Raises `OSError` when one cannot be started, `ToolTimeoutError` after `timeout` seconds, `ResourceExhaustedError`
    when one has had its processor time, or on Linux all of them and what they started have together. To one that has
    had its memory the system gives no more, and what it says then is in the result.
    """
    require_kept(limits)
    if sys.platform == "win32":
        return await _alone(programs, input=input, cwd=cwd, env=env, timeout=timeout, limit=limit)
    with TemporaryFile() as file:
        _ask(file, programs, env, limits)
        done = await run_child(
            [sys.executable, "-I", "-S", "-B", "-c", _KEEPER, _HERE, str(file.fileno()), str(os.getpid())],
            input=input,
            cwd=cwd,
            env={"LANG": "C.UTF-8"},
            timeout=timeout,
            limit=limit,
            name=" | ".join(one.argv[0] for one in programs),
            keep=file.fileno(),
        )
        statuses = _answer(file, programs, limits)
    _within_time(programs, statuses, limits)
    # Who writes to a program that has read enough is ended by the system: that is no failure.
    failed = [one for one in statuses[:-1] if one not in (0, -signal.SIGPIPE)] + [one for one in statuses[-1:] if one]
    return done._replace(status=failed[-1] if failed else 0, statuses=statuses)


async def _alone(programs: Sequence[Program], **how: Any) -> Completed:
    """Run one program where there is no keeper."""
    if len(programs) > 1:
        raise ResourceUnavailableError(
            "programs are joined by pipes on POSIX systems only",
            suggestions=["Run one after the other, with the output of one as the `input` of the next."],
        )
    done = await run_child([programs[0].path, *programs[0].argv[1:]], **how)
    return done._replace(statuses=(done.status,))


def _within_time(programs: Sequence[Program], statuses: Sequence[int], limits: ProgramLimits) -> None:
    """Raise `ResourceExhaustedError` when a program was stopped for its processor time."""
    for one, status in zip(programs, statuses, strict=False):
        if limits.cpu is not None and status == -signal.SIGXCPU:
            raise _spent(one.argv[0], "it used", limits)


def _spent(name: str, used: str, limits: ProgramLimits) -> ResourceExhaustedError:
    return ResourceExhaustedError(
        f"{name} was stopped: {used} more than {limits.texts()[1]} s of processor time",
        suggestions=["Give it less to do, or more in `max_cpu_time` of [processes]."],
        context={"command": name, "cpu": limits.cpu},
    )


def _ask(file: BinaryIO, programs: Sequence[Program], env: Mapping[str, str], limits: ProgramLimits) -> None:
    """Write the request in the form that the keeper describes."""
    texts = [str(len(programs))]
    for one in programs:
        texts += [str(len(one.argv) + 1), one.path, *one.argv]
    texts += [str(len(env)), *(f"{name}={value}" for name, value in env.items()), *limits.texts()]
    file.write(os.fsencode("\0".join(texts)))
    file.flush()


def _answer(file: BinaryIO, programs: Sequence[Program], limits: ProgramLimits) -> tuple[int, ...]:
    """Read what the keeper left; raises `OSError` for a program that could not be started."""
    file.seek(0)
    text = file.read().decode()
    if text.startswith("!"):
        number = int(text[1:])
        raise OSError(number, os.strerror(number))
    if text == SPENT:
        raise _spent(" | ".join(one.argv[0] for one in programs), "its processes together used", limits)
    with suppress(ValueError):
        return tuple(map(int, text.split(" ")))
    raise ResourceUnavailableError(
        "the process that keeps programs ended without an answer", suggestions=["Try again; see the system's log."]
    )
