"""A trace as JSON data, the form of `llmspell runs trace --json` and `Runs.trace`.

`trace` is the version of the form. Fields are only ever added to a version; each is there always, null where nothing is
known. Times are seconds since 1970, durations seconds, costs US dollars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from llmspell.runtime.journal.trace import narrowed
from llmspell.runtime.journal.trace_totals import totals
from llmspell.runtime.journal.waits import waiting_calls

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from llmspell.runtime.journal.trace import Operation, Trace

VERSION: Final = 1

HEADER: Final = (
    "id", "name", "file", "folder", "engine", "isolation", "version", "versions", "digest", "params", "session",
    "grants", "sync", "parent", "source",
)  # fmt: skip
"""What is told of the first record of a log."""


def trace_data(
    trace: Trace, *, depth: int | None = None, only: Collection[str] = (), messages: bool = False
) -> dict[str, Any]:
    """Give a trace as JSON data.

    `depth` bounds how deep operations are told (1: only the outermost), `only` leaves all other kinds of them out,
    `messages` adds what went between kernel and script.
    """
    found = narrowed(trace.operations, only) if only else trace.operations
    return {
        "trace": VERSION,
        "run": run_data(trace),
        "totals": totals_data(trace),
        "operations": [_nested(trace, one, depth) for one in found],
        **({"messages": [trace.whole(one) for one in trace.messages]} if messages else {}),
    }


def run_data(trace: Trace) -> dict[str, Any]:
    """Give what is known of the run itself."""
    told: dict[str, Any] = {name: trace.whole(trace.header.get(name)) for name in HEADER}
    finished = trace.finished or {}
    return {
        **told,
        "modules": trace.modules,
        "status": trace.status,
        "started": trace.started,
        "seconds": round(trace.seconds, 6),
        "records": trace.count,
        "resumed": [{key: one.get(key) for key in ("n", "t", "by", "assume")} for one in trace.resumed],
        "waits": trace.whole(waiting_calls(trace.waits.open())),
        "decided": [
            {"path": path, "t": one["t"], "by": one.get("by") or None, "calls": trace.whole(one["calls"])}
            for path, answers in trace.waits.decided.items()
            for one in answers
        ],
        "value": trace.whole(finished.get("v")),
        "error": trace.whole(finished.get("error")),
    }


def totals_data(trace: Trace) -> dict[str, object]:
    """Give the sums of a run; its time is that on the wall."""
    whole, each = totals(trace)
    return {
        **whole.to_dict(),
        "seconds": round(trace.seconds, 6),
        "operations": {name: one.to_dict() for name, one in each.items()},
    }


def operation_data(trace: Trace, one: Operation, whole: Callable[[object], object] | None = None) -> dict[str, object]:
    """Give an operation without those within it; `whole` says what becomes of values that mention texts."""
    whole = whole or trace.whole
    return {
        "path": one.path,
        "operation": one.operation,
        "subject": one.subject,
        "effect": one.effect or None,
        "status": one.status,
        "n": one.n,
        "started": one.started,
        "seconds": one.seconds,
        "attempts": one.attempts,
        "replayed": one.replayed,
        "assumed": one.assumed,
        "at": trace.line_of(one.path) or None,
        "due": one.due,
        "usage": one.usage,
        "hooks": [whole(hook) for hook in one.hooks],
        "input": whole(one.input),
        "output": whole(one.output),
        "error": whole(one.error),
    }


def _nested(trace: Trace, top: Operation, depth: int | None) -> dict[str, object]:
    """Give an operation with those within it; nothing recurses, since a log may nest deeper than Python does."""
    root: dict[str, Any] = {}
    waiting: list[tuple[dict[str, Any], Operation, int]] = [(root, top, 1)]
    while waiting:
        told, one, level = waiting.pop()
        told.update(operation_data(trace, one))
        told["children"] = []
        if depth is None or level < depth:
            for child in one.children:
                inner: dict[str, Any] = {}
                told["children"].append(inner)
                waiting.append((inner, child, level + 1))
    return root
