"""The child of `isolate`: read one request, run one function, write one answer.

Run as a file by a bare interpreter, so it imports the standard library only, and what the request names.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from importlib import import_module


def limit(limits: dict[str, float]) -> None:
    """Set what the system enforces: memory, processor time, no core file, small files, few descriptors."""
    try:
        import resource  # noqa: PLC0415 - POSIX only
    except ImportError:
        return  # Windows: the parent's clock is the only limit

    def cap(name: str, value: int) -> None:
        kind = getattr(resource, name, None)
        if kind is None:
            return
        _, hard = resource.getrlimit(kind)
        top = value if hard == resource.RLIM_INFINITY else min(value, hard)
        # macOS does not take a limit on address space.
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (top, top))

    cap("RLIMIT_AS", int(limits["memory"]))
    cap("RLIMIT_CORE", 0)
    cap("RLIMIT_FSIZE", int(limits["output"]))
    cap("RLIMIT_NOFILE", 64)
    seconds = int(limits["cpu"])
    with suppress(ValueError, OSError):
        # The soft limit ends it with SIGXCPU, which tells the parent why; the hard one is for those who catch that.
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def die_with_parent() -> None:
    """Ask Linux for SIGKILL when the parent is gone, and for no new privileges."""
    if sys.platform.startswith("linux"):
        import ctypes  # noqa: PLC0415 - Linux only

        prctl = ctypes.CDLL(None).prctl
        prctl(1, 9, 0, 0, 0)  # PR_SET_PDEATHSIG, SIGKILL
        prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS


def run(request: dict[str, object]) -> dict[str, object]:
    """Import the function and call it; what it raises becomes data."""
    module, _, function = str(request["target"]).partition(":")
    try:
        return {"result": getattr(import_module(module), function)(request["data"])}
    except Exception as error:  # noqa: BLE001 - whatever it is, the parent is told
        return {"error": describe(error)}


def describe(error: Exception) -> dict[str, object]:
    """Give an error as data; those of llmspell keep their parts."""
    kind = type(error)
    told: dict[str, object] = {"class": kind.__name__, "message": str(error)}
    if kind.__module__.startswith("llmspell.errors"):
        told["ours"] = True
        told |= {name: getattr(error, name) for name in ("suggestions", "context")}
    elif not isinstance(error, MemoryError):
        import traceback  # noqa: PLC0415 - failures only

        told["trace"] = "".join(traceback.format_exception(error))[-4000:]
    return told


def main() -> None:
    """Answer on the original standard output; whatever the function prints goes to standard error."""
    answer_to = os.dup(1)
    os.dup2(2, 1)
    request = json.load(sys.stdin)
    sys.path[:] = request["path"]
    die_with_parent()
    limit(request["limits"])
    answer = run(request)
    try:
        text = json.dumps(answer, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        text = json.dumps(
            {"error": {"class": "ToolExecutionError", "ours": True, "message": f"the result is not JSON: {error}"}}
        )
    with os.fdopen(answer_to, "w", encoding="utf-8") as stream:
        stream.write(text)


if __name__ == "__main__":
    main()
