"""Run one function on JSON data in a child process: what components get as `ctx.isolate`.

For work that must not take the kernel with it: parsers of hostile files, expressions, templates, native code. The child
is a bare interpreter (`-I -S`: no environment, no user's packages, no site hooks) with the parent's import path and no
more than one pipe each way. When it has imported the function it puts up the walls of an engine's process: no writing,
no connections, no processes, nothing to read but what it imports from, and limits on memory and processor time.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, NamedTuple

from llmspell import errors
from llmspell.errors import LlmspellError, ResourceExhaustedError, ToolExecutionError, ToolTimeoutError, ValidationError
from llmspell.services.process_child import run_child

if TYPE_CHECKING:
    from collections.abc import Mapping

_TARGET: Final = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*\Z")
_RUNNER: Final = Path(__file__).with_name("isolate_child.py")
_TAIL: Final = 500


class IsolateLimits(NamedTuple):
    """Bound one isolated call: seconds on the clock and on the processor, bytes of memory and of the answer."""

    wall: float = 30.0
    cpu: int = 20
    memory: int = 512 << 20
    output: int = 10 << 20


async def isolate(target: str, data: object, limits: IsolateLimits = IsolateLimits()) -> object:  # noqa: B008 - an immutable value
    """Run `package.module:function` on `data` and return its result, both JSON.

    An error of ours raised by the function is raised here as it was; any other is a `ToolExecutionError` with its text.
    Passing a limit is a `ToolTimeoutError` or a `ResourceExhaustedError`.
    """
    if not _TARGET.match(target):
        raise ValidationError(f"{target!r} is not 'package.module:function'")
    try:
        request = {"target": target, "data": data, "path": _import_path(), "parent": os.getpid()}
        work = json.dumps({**request, "limits": limits._asdict()}, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValidationError(f"what {target} is to work on is not JSON: {error}") from error
    with TemporaryDirectory(prefix="llmspell-isolate-") as folder:
        done = await run_child(
            [sys.executable, "-I", "-S", "-B", str(_RUNNER)],
            input=work.encode(),
            cwd=folder,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": folder, "TMPDIR": folder} | _system_root(),
            timeout=limits.wall,
            limit=limits.output,
        )
    if done.truncated:
        raise ResourceExhaustedError(f"{target} returned or printed more than {limits.output} bytes")
    if done.status != 0:
        raise _death(target, done.status, done.stderr, limits)
    answer: dict[str, object] = json.loads(done.stdout)
    if "error" in answer:
        raise _rebuild(target, answer)
    return answer["result"]


def _import_path() -> list[str]:
    """Give our import path without the relative entries: they would mean another folder there."""
    return [entry for entry in sys.path if Path(entry).is_absolute()]


def _system_root() -> dict[str, str]:
    return {"SYSTEMROOT": os.environ["SYSTEMROOT"]} if "SYSTEMROOT" in os.environ else {}


def _death(target: str, status: int, stderr: bytes, limits: IsolateLimits) -> LlmspellError:
    """Say why a child ended without an answer."""
    said = stderr[-_TAIL:].decode(errors="replace").strip()
    if status == -getattr(signal, "SIGXCPU", 0):
        return ToolTimeoutError(f"{target} used more than {limits.cpu} seconds of processor time and was stopped")
    name = signal.Signals(-status).name if status < 0 else f"status {status}"
    return ToolExecutionError(
        f"the child running {target} ended with {name}" + (f": {said}" if said else ""),
        context={"target": target, "status": status},
    )


def _rebuild(target: str, answer: Mapping[str, object]) -> LlmspellError:
    """Make the error that was raised in the child: ours by its class, memory by its limit, any other by its text."""
    error = answer["error"]
    if not isinstance(error, dict):
        return ToolExecutionError(f"the child running {target} answered with {error!r}")
    name, message = str(error["class"]), str(error["message"])
    if name == "MemoryError":
        return ResourceExhaustedError(f"{target} needed more memory than it may have")
    kind = getattr(errors, name, None) if error.get("ours") else None
    if isinstance(kind, type) and issubclass(kind, LlmspellError):
        return kind(message, suggestions=error.get("suggestions", ()), context=error.get("context"))
    return ToolExecutionError(
        f"{target} failed: {name}: {message}", context={"target": target, "trace": error.get("trace")}
    )
