"""The child of `isolate`: read one request, run one function, write one answer.

Run as a file by a bare interpreter, so it imports the standard library only, and what the request names.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from importlib import import_module


def enclose(request: dict[str, object], pipe: int) -> None:
    """Put up the walls of an engine's process, with the limits of this call, where the system has them.

    After the imports, as there: what is read of files from here on lies below the import path, and nothing is written.
    """
    try:
        import resource  # noqa: PLC0415 - POSIX only

        from llmspell.spec import engine_child  # noqa: PLC0415 - after the import path is set, and likewise
    except ImportError:
        return  # Windows: the parent's clock is the only limit
    limits: dict[str, int] = request["limits"]  # type: ignore[assignment]  # as `IsolateLimits` has them
    settings = {"fd": pipe, "parent": request["parent"], "path": request["path"]}
    settings |= {"memory": limits["memory"], "cpu": None}
    engine_child.raise_early_walls(settings)
    seconds = int(limits["cpu"])
    with suppress(ValueError, OSError):
        # The soft limit ends it with SIGXCPU, which tells the parent why; the hard one is for those who catch that.
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
        # Nobody watches its resident memory, as one does an engine's: what it shares with nobody counts as well.
        resource.setrlimit(resource.RLIMIT_AS, (size := address_space() + limits["memory"], size))
    engine_child.raise_late_walls(settings)
    engine_child.raise_system_walls(settings)


def address_space() -> int:
    """Give the bytes of address space that this process has; 0 where the system does not say."""
    with suppress(OSError), open("/proc/self/statm", "rb") as file:  # noqa: PTH123 - the child imports little
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return 0


def run(request: dict[str, object], pipe: int) -> dict[str, object]:
    """Import the function, enclose the process and call it; what it raises becomes data."""
    module, _, function = str(request["target"]).partition(":")
    try:
        target = getattr(import_module(module), function)
        enclose(request, pipe)
        return {"result": target(request["data"])}
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
    answer = run(request, answer_to)
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
