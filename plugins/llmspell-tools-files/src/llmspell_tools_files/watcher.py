"""The tool `file_watcher`: what changes in files and folders, in batches, told while it happens and all at the end."""

from __future__ import annotations

import asyncio
import posixpath
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from attrs import define, field, frozen

from llmspell.errors import LlmspellError, ValidationError
from llmspell.model.units import parse_duration
from llmspell.spec.tools import Doc, Example
from llmspell_tools_files.choose.choice import Choice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from llmspell.spec.context import Context
    from llmspell.spec.files import FileChange

STARTED = "file_watch_started"
"""Event and part: the watch has begun, what changes from now on is told. `paths` are those watched."""

CHANGED = "files_changed"
"""Event and part: one batch, `{time, changes = {{change, path}, ...}}`."""

_SHORTEST = 0.01
"""Seconds of `debounce` at least: without any, a tree would be looked at without a pause."""

_WAITING = 16
"""Batches that wait for a slow listener; until it is ready the file port gathers what changes."""


@frozen(kw_only=True)
class FileWatcherArgs:
    """What to watch and for how long."""

    path: Annotated[str | list[str], Doc("Files and folders to watch.")] = "."
    recursive: Annotated[bool, Doc("Watch folders within folders.")] = True
    pattern: Annotated[
        str | list[str] | None, Doc("Only paths like this: `*.md`, `src/**/*.{c,h}`.", examples=("*.md",))
    ] = None
    exclude: Annotated[str | list[str] | None, Doc("Leave out paths like this, with all that is below them.")] = None
    include_hidden: Annotated[bool, Doc("Tell of names that begin with a dot, and of what is below them.")] = False
    changes: Annotated[list[Literal["added", "modified", "deleted"]] | None, Doc("Only these kinds of change.")] = None
    debounce: Annotated[
        float | str, Doc("Quiet that ends a batch; after ten times as long it ends anyway.", examples=("200ms",))
    ] = "200ms"
    duration: Annotated[float | str, Doc("How long to watch.", examples=("10m",))] = "30s"
    idle_timeout: Annotated[float | str | None, Doc("Stop when nothing has changed for so long.")] = None
    max_batches: Annotated[int | None, Doc("Stop after so many batches.", minimum=1)] = None
    max_changes: Annotated[int | None, Doc("Stop after so many changes.", minimum=1)] = None
    limit: Annotated[int, Doc("Most changes to hold for the result; all are told as events.", minimum=0)] = 10_000


@define
class _Told:
    """What was told so far."""

    batches: list[dict[str, Any]] = field(factory=list)
    total_batches: int = 0
    total_changes: int = 0
    held: int = 0
    missing: set[str] = field(factory=set)


class FileWatcher:
    """Watch files."""

    examples = (
        Example(
            "the next change of a document",
            {"path": "docs", "pattern": "*.md", "max_batches": 1, "duration": "50ms"},
            {"paths": ["docs"], "batches": [], "total_changes": 0, "ended": "duration", "truncated": False},
            files={"docs/guide.md": "# Guide"},
            grants=("fs.read=docs",),
        ),
        Example(
            "until it is quiet",
            {"path": ["src", "tests"], "exclude": "build", "idle_timeout": "30ms", "debounce": "10ms"},
            {"total_batches": 0, "ended": "idle", "missing": []},
            files={"src/a.c": "", "tests/b.c": ""},
            grants=("fs.read=.",),
        ),
        Example(
            "one file that must not go away",
            {"path": "app.lock", "changes": ["deleted"], "duration": "40ms", "debounce": "10ms"},
            {"batches": [], "ended": "duration"},
            files={"app.lock": "1"},
            grants=("fs.read=app.lock",),
        ),
    )

    async def run(self, args: FileWatcherArgs, ctx: Context) -> dict[str, Any]:
        """Watch and return all batches, why it ended, and which watched paths were gone by then."""
        paths = [args.path] if isinstance(args.path, str) else args.path
        if not paths or "" in paths:
            raise ValidationError("nothing to watch", suggestions=["Name a file or folder as `path`."])
        told = _Told()
        async with _watching(paths, args, ctx) as queue:
            await _tell(ctx, STARTED, {"paths": paths})
            ended = await _follow(queue, args, ctx, told)
        return {
            "paths": paths,
            "batches": told.batches,
            "total_batches": told.total_batches,
            "total_changes": told.total_changes,
            "ended": ended,
            "missing": sorted(told.missing),
            "truncated": told.held < told.total_changes,
        }


_Batch = tuple[str, "Sequence[FileChange] | LlmspellError"]


@asynccontextmanager
async def _watching(paths: list[str], args: FileWatcherArgs, ctx: Context) -> AsyncIterator[asyncio.Queue[_Batch]]:
    """Watch every path, and give the queue of their batches once all watches have begun."""
    queue: asyncio.Queue[_Batch] = asyncio.Queue(_WAITING)
    interval = max(parse_duration(args.debounce), _SHORTEST)

    async def pump(path: str, watch: AsyncIterator[Sequence[FileChange]]) -> None:
        try:
            async for batch in watch:
                await queue.put((path, batch))
        except LlmspellError as error:
            await queue.put((path, error))

    async with AsyncExitStack() as stack:
        watches = {}
        for path in dict.fromkeys(paths):
            watch = ctx.fs.watch(path, recursive=args.recursive, interval=interval)
            watches[path] = await stack.enter_async_context(aclosing(watch))
            await anext(watch)  # the empty batch that says it has begun
        tasks = [asyncio.create_task(pump(path, watch)) for path, watch in watches.items()]
        try:
            yield queue
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _follow(queue: asyncio.Queue[_Batch], args: FileWatcherArgs, ctx: Context, told: _Told) -> str:
    """Tell of batches until something ends the watch, and say what."""
    chosen = Choice(args.pattern, args.exclude, ctx.regex)
    end = ctx.clock.monotonic() + parse_duration(args.duration)
    idle = None if args.idle_timeout is None else parse_duration(args.idle_timeout)
    quiet_since = ctx.clock.monotonic()
    while True:
        stop = end if idle is None else min(end, quiet_since + idle)
        got = await _next(queue, ctx, stop - ctx.clock.monotonic())
        if got is None:
            return "duration" if stop == end else "idle"
        path, batch = got
        if isinstance(batch, LlmspellError):
            raise batch
        _note_missing(path, batch, told)
        changes = [one for one in batch if _is_chosen(one, path, args, chosen)]
        if not changes:
            continue
        quiet_since = ctx.clock.monotonic()
        await _report(changes, args, ctx, told)
        if args.max_changes is not None and told.total_changes >= args.max_changes:
            return "max_changes"
        if args.max_batches is not None and told.total_batches >= args.max_batches:
            return "max_batches"


async def _next(queue: asyncio.Queue[_Batch], ctx: Context, seconds: float) -> _Batch | None:
    """Give the next batch, None when there is none within some seconds of the run's clock."""
    if seconds <= 0:
        return None if queue.empty() else queue.get_nowait()
    getter = asyncio.ensure_future(queue.get())
    timer = asyncio.ensure_future(ctx.sleep(seconds))
    try:
        await asyncio.wait({getter, timer}, return_when=asyncio.FIRST_COMPLETED)
        return getter.result() if getter.done() else None
    finally:
        getter.cancel()
        timer.cancel()
        await asyncio.gather(getter, timer, return_exceptions=True)


def _is_chosen(one: FileChange, start: str, args: FileWatcherArgs, chosen: Choice) -> bool:
    if args.changes is not None and one.change not in args.changes:
        return False
    if one.path == start:
        return True  # what was named itself is no matter of patterns
    relative = one.path if start in (".", "./") else one.path[len(start.rstrip("/")) + 1 :]
    if not args.include_hidden and any(part.startswith(".") for part in relative.split("/")):
        return False
    return chosen.takes(relative)


def _note_missing(start: str, batch: Sequence[FileChange], told: _Told) -> None:
    for one in batch:
        if one.path == start and one.change == "deleted":
            told.missing.add(start)
        elif one.path == start:
            told.missing.discard(start)


async def _report(changes: list[FileChange], args: FileWatcherArgs, ctx: Context, told: _Told) -> None:
    """Tell of one batch, and hold it for the result as far as there is room."""
    time = datetime.fromtimestamp(ctx.clock.now(), UTC).isoformat()
    listed = [{"change": one.change, "path": one.path} for one in changes]
    told.total_batches += 1
    told.total_changes += len(listed)
    kept = listed[: args.limit - told.held]
    if kept:
        told.batches.append({"time": time, "changes": kept})
        told.held += len(kept)
    ctx.progress(told.total_changes, args.max_changes, posixpath.basename(changes[-1].path))
    await _tell(ctx, CHANGED, {"time": time, "changes": listed})


async def _tell(ctx: Context, name: str, data: dict[str, Any]) -> None:
    """Tell whoever listens for the event, and whoever follows this call."""
    await ctx.events.emit(name, data)
    await ctx.emit({"type": name, **data})
