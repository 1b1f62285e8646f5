# What the system does is asked for in the system's words.

from __future__ import annotations

import asyncio
import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from llmspell.errors import PermissionDeniedError, ResourceUnavailableError, ValidationError
from llmspell.testing import ManualClock, ToolContract, open_context

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    Call = Callable[..., Awaitable[Any]]


class TestFileWatcher(ToolContract):
    tool = "file_watcher"


class Watching:
    """A call of the tool that has begun: its parts as they come, and its result."""

    def __init__(self) -> None:
        self.parts: asyncio.Queue[Any] = asyncio.Queue()
        self.events: list[tuple[str, Any]] = []
        self.clock = ManualClock()
        self.result: asyncio.Task[Any]

    async def batch(self) -> list[tuple[str, str]]:
        part = await self.parts.get()
        assert part["type"] == "files_changed"
        return [(one["change"], one["path"]) for one in part["changes"]]


@asynccontextmanager
async def watching(
    tmp_path: Path, *, grants: tuple[str, ...] = ("fs.read=.",), **arguments: object
) -> AsyncIterator[Watching]:
    """Call the tool on a clock that stands still, and wait until it says that it watches."""
    watch = Watching()
    async with open_context(grants=grants, cwd=tmp_path, clock=watch.clock) as ctx:
        ctx.sink = watch.parts.put
        ctx.app.events.subscribe("file*", lambda event: watch.events.append((event.name, event.data)), mode="inline")
        call = ctx.call("tool:file_watcher", {"debounce": "20ms", "duration": "60s", **arguments})
        watch.result = asyncio.ensure_future(call)
        assert (await watch.parts.get())["type"] == "file_watch_started"
        try:
            yield watch
        finally:
            watch.result.cancel()
            await asyncio.gather(watch.result, return_exceptions=True)


@pytest.fixture(autouse=True)
def told_by_the_system() -> None:
    pytest.importorskip("watchfiles")  # without it the watch waits on the clock that stands still


async def test_batches_are_told_while_it_watches_and_returned(tmp_path: Path) -> None:
    async with watching(tmp_path, max_batches=2) as watch:
        (tmp_path / "a").touch()
        assert await watch.batch() == [("added", "a")]
        (tmp_path / "a").unlink()
        assert await watch.batch() == [("deleted", "a")]
        result = await watch.result
    assert result["ended"] == "max_batches"
    assert (result["total_batches"], result["total_changes"], result["truncated"]) == (2, 2, False)
    assert [one["changes"] for one in result["batches"]] == [
        [{"change": "added", "path": "a"}],
        [{"change": "deleted", "path": "a"}],
    ]
    assert [name for name, _ in watch.events] == ["file_watch_started", "files_changed", "files_changed"]
    assert watch.events[1][1]["changes"] == [{"change": "added", "path": "a"}]


async def test_it_ends_after_its_duration(tmp_path: Path) -> None:
    async with watching(tmp_path, duration="10s") as watch:
        await watch.clock.advance(9.5)
        (tmp_path / "a").touch()
        assert await watch.batch() == [("added", "a")]
        await watch.clock.advance(1)
        assert (await watch.result)["ended"] == "duration"


async def test_it_ends_when_nothing_happens(tmp_path: Path) -> None:
    async with watching(tmp_path, idle_timeout=5) as watch:
        await watch.clock.advance(4)
        (tmp_path / "a").touch()
        assert await watch.batch() == [("added", "a")]
        await watch.clock.advance(4)
        assert not watch.result.done()
        await watch.clock.advance(2)
        assert (await watch.result)["ended"] == "idle"


async def test_several_paths(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    async with watching(tmp_path, path=["one", "two", "one"]) as watch:
        (tmp_path / "two/b").touch()
        assert await watch.batch() == [("added", "two/b")]
        (tmp_path / "one/a").touch()
        assert await watch.batch() == [("added", "one/a")]


async def test_choosing(tmp_path: Path) -> None:
    (tmp_path / "d/build").mkdir(parents=True)
    (tmp_path / "d/.git").mkdir()
    wanted: dict[str, Any] = {"pattern": "*.md", "exclude": "build", "changes": ["added"], "max_changes": 1}
    async with watching(tmp_path, path="d", **wanted) as watch:
        for name in ("a.txt", "build/a.md", ".git/a.md", ".a.md", "b.md"):
            (tmp_path / "d" / name).touch()
        assert await watch.batch() == [("added", "d/b.md")]
        assert (await watch.result)["ended"] == "max_changes"
    async with watching(tmp_path, path="d", include_hidden=True) as watch:
        (tmp_path / "d/.git/b").touch()
        assert await watch.batch() == [("added", "d/.git/b")]


async def test_a_watched_folder_that_goes_away_is_told(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/a").touch()
    async with watching(tmp_path, path="d", pattern="*.md", max_batches=1) as watch:
        (tmp_path / "d").rename(tmp_path / "e")
        assert await watch.batch() == [("deleted", "d")]
        assert (await watch.result)["missing"] == ["d"]


async def test_nothing_outside_the_grant_is_told(tmp_path: Path) -> None:
    for name in ("in/secret", "out"):
        (tmp_path / name).mkdir(parents=True)
    os.symlink("../out", tmp_path / "in/link")
    async with watching(tmp_path, path="in", grants=("fs.read=in", "!fs.read=in/secret")) as watch:
        (tmp_path / "out/a").touch()
        (tmp_path / "in/secret/a").touch()
        (tmp_path / "in/fine").touch()
        assert await watch.batch() == [("added", "in/fine")]


async def test_the_result_has_a_bound_and_says_so(tmp_path: Path) -> None:
    async with watching(tmp_path, limit=1, max_changes=3) as watch:
        for name in ("a", "b", "c"):
            (tmp_path / name).touch()
        result = await watch.result
    assert result["truncated"] is True
    assert sum(len(one["changes"]) for one in result["batches"]) == 1
    assert result["total_changes"] == 3
    assert sum(len(data.get("changes", ())) for _, data in watch.events) == 3


async def test_cancelling_ends_it(tmp_path: Path) -> None:
    async with watching(tmp_path) as watch:
        watch.result.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watch.result
    assert {task.get_name() for task in asyncio.all_tasks()} == {asyncio.current_task().get_name()}  # type: ignore[union-attr]


async def test_what_cannot_be_watched(call: Call, tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    with pytest.raises(ResourceUnavailableError, match="no such"):
        await call("file_watcher", path=["d", "missing"])
    with pytest.raises(PermissionDeniedError):
        await call("file_watcher", path="..")
    faults: list[dict[str, object]] = [{"path": []}, {"path": [""]}, {"debounce": "soon"}, {"duration": -1}]
    faults.append({"pattern": "[z-a]"})
    for bad in faults:
        with pytest.raises(ValidationError):
            await call("file_watcher", **{"path": "d", "duration": "10ms", **bad})
