"""Runs: what durable runs did."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from llmspell.bridge.definition import NO_LIST, Namespace, Options, function
from llmspell.bridge.durable.opening import FOLDER
from llmspell.errors import RunNotFoundError, ValidationError
from llmspell.runtime.journal.effects import effect
from llmspell.runtime.journal.folder import SHORTEST, RunFolder
from llmspell.runtime.journal.journal import RunJournal
from llmspell.runtime.journal.reading import head, read
from llmspell.runtime.journal.trace import Trace, uncertain
from llmspell.runtime.journal.trace_data import operation_data, run_data, totals_data, trace_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Annotated, Literal, TypeVar

    from llmspell.runtime.context import CallContext
    from llmspell.runtime.journal.folder import RunEntry

    T = TypeVar("T")
    Told = dict[str, object]

MILLISECONDS = 80
"""Bits of a UUID of version 7 behind those of its time."""


class RunsFilter(Options):
    """Which runs are wanted."""

    status: Annotated[
        Literal["running", "interrupted", "paused", "done", "failed", "cancelled"] | None, "only those that are it now"
    ] = None
    limit: Annotated[int | None, "only so many"] = None


class TraceOptions(Options):
    """How much of a trace is wanted."""

    depth: Annotated[int | None, "only so many levels of operations"] = None
    only: Annotated[list[str], "only these operations: `llm_call`, `tool_execution`, ..."] = NO_LIST
    messages: Annotated[bool, "also what went between the script and llmspell"] = False


class Runs(Namespace):
    """What durable runs did: those of `run --durable`, whose logs lie in the user's folder.

    A spell knows its own runs: those of a spell of its name in its folder. It knows the others when it may read the
    files of their logs (`--allow-read`). What an earlier run was told is private, and what it was answered comes from
    outside.
    """

    name = "Runs"

    @function()
    def current(self, ctx: CallContext) -> Told:
        """Tell about this run: `{id, name, durable, started, parent}`; `parent` is `[id, record]` in a fork."""
        journal = ctx.run.journal
        log = journal.log if isinstance(journal, RunJournal) else None
        header = {} if log is None else head(log.path)
        return {
            "id": ctx.run.id,
            "name": ctx.run.name,
            "durable": log is not None,
            "started": header.get("t", (UUID(ctx.run.id).int >> MILLISECONDS) / 1000),
            "parent": header.get("parent"),
        }

    @function(name="list")
    async def list_(self, ctx: CallContext, options: RunsFilter | None = None) -> list[Told]:
        """List the runs that this one knows, the latest first: `{id, name, status, started, changed, records}` each."""
        wanted = options or RunsFilter()
        _require_count("limit", wanted.limit)

        def look() -> list[Told]:
            found = (one for one in _known(ctx) if wanted.status in (None, one.status))
            return [_entry(one) for one in found][: wanted.limit]

        return await _recorded(ctx, "list", look, wanted.given())

    @function()
    async def get(self, id: str, ctx: CallContext) -> Told:  # noqa: A002 - as scripts say it
        """Tell about a run, named by its id or the beginning of one: `{run, totals, uncertain}`.

        Raises `run_not_found`, also for one that this run may not know.
        """

        def look() -> Told:
            trace = _trace(ctx, id)
            about = {"run": run_data(trace), "totals": totals_data(trace)}
            return {**about, "uncertain": [operation_data(trace, one) for one in uncertain(trace)]}

        return _private(ctx, await _recorded(ctx, "get", look, id))

    @function()
    async def trace(self, id: str, ctx: CallContext, options: TraceOptions | None = None) -> Told:  # noqa: A002
        """Tell what a run did, as `llmspell runs trace --json` does: `{trace, run, totals, operations}`.

        Raises `run_not_found`, also for one that this run may not know.
        """
        wanted = options or TraceOptions()
        _require_count("depth", wanted.depth)

        def look() -> Told:
            trace = _trace(ctx, id)
            return trace_data(trace, depth=wanted.depth, only=wanted.only, messages=wanted.messages)

        return _private(ctx, await _recorded(ctx, "trace", look, [id, wanted.given()]))


async def _recorded(ctx: CallContext, what: str, look: Callable[[], T], given: object) -> T:
    """Look once, also when the run is resumed: the logs are others by then."""

    async def read_it() -> T:
        return await ctx.blocking(look)

    return await effect(ctx, f"runs.{what}", read_it, input=given)


def _require_count(name: str, number: int | None) -> None:
    if number is not None and number < 1:
        raise ValidationError(f"{name} is {number}: it counts from 1 on", suggestions=[f"write {name} = 10"])


def _private(ctx: CallContext, told: Told) -> Told:
    """Label what another run was told and answered."""
    about = told["run"]
    if not isinstance(about, dict) or about["id"] != ctx.run.id:
        ctx.label("private", "untrusted")
    return told


def _folder(ctx: CallContext) -> RunFolder:
    return RunFolder(ctx.run.paths.data / FOLDER)


def _known(ctx: CallContext) -> Iterator[RunEntry]:
    return (one for one in _folder(ctx).all() if _may_know(ctx, one))


def _may_know(ctx: CallContext, run: RunEntry) -> bool:
    """Tell whether a run is of a spell of this name in this folder, or its log a file that may be read."""
    if run.id == ctx.run.id:
        return True
    if not run.fault and run.name == ctx.run.name and ctx.run.roots:
        header = head(run.path)
        if header.get("file") and Path(header["folder"], header["file"]).parent == ctx.run.roots[0]:
            return True
    return ctx.grants.allows("fs.read", str(run.path))


def _trace(ctx: CallContext, wanted: str) -> Trace:
    """Read a run that this one may know; one that it may not is as one that is not there."""
    known = [one for one in _known(ctx) if one.id == wanted or (len(wanted) >= SHORTEST and one.id.startswith(wanted))]
    exact = [one for one in known if one.id == wanted] or known
    if len(exact) != 1:
        message = f"{wanted!r} may be any of {len(exact)} runs" if exact else f"this spell knows no run {wanted!r}"
        hints = ["give more of the id"] if exact else ["`Runs.list()` tells those it knows; others need --allow-read"]
        raise RunNotFoundError(message, suggestions=hints, context={"run": wanted})
    (run,) = exact
    return Trace(read(run.path), ctx.app.services.secrets.redact, running=run.status == "running")


def _entry(run: RunEntry) -> Told:
    return {
        "id": run.id,
        "name": run.name,
        "status": run.status,
        "started": run.started,
        "changed": run.changed,
        "records": run.records,
    }
