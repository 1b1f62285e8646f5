"""A watch tells the same whether the system tells of changes or the tree is looked at every so often."""

# What the system does is asked for in the system's words.

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmspell.errors import PermissionDeniedError, ResourceUnavailableError
from llmspell.services.files import FileService
from llmspell.services.files_watch import FOLDER_BY_FOLDER, SystemNotices
from llmspell.services.permissions import Grants

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from llmspell.services.files_watch import Notices, Notify
    from llmspell.spec.files import FileChange, FileSystem

    Watched = AbstractAsyncContextManager[AsyncGenerator[Sequence[FileChange]]]

INTERVAL = 0.02


@pytest.fixture(params=["told by the system", "by looking"])
def notify(request: pytest.FixtureRequest) -> Notify | None:
    if request.param == "by looking":
        return None
    pytest.importorskip("watchfiles")
    return SystemNotices


def port(tmp_path: Path, notify: Notify | None, *rules: str) -> FileSystem:
    return FileService(notify=notify).port(Grants.parse(rules or ("fs.read=.",), cwd=tmp_path), tmp_path, "a test")


@asynccontextmanager
async def watching(
    fs: FileSystem, path: str = ".", *, recursive: bool = True
) -> AsyncIterator[AsyncGenerator[Sequence[FileChange]]]:
    """Watch, from the moment the watch says it has begun."""
    async with aclosing(fs.watch(path, recursive=recursive, interval=INTERVAL)) as watch:
        assert await anext(watch) == ()
        yield watch


async def told(watch: AsyncGenerator[Sequence[FileChange]], *until: tuple[str, str]) -> set[tuple[str, str]]:
    """Gather what is told until it holds all of `until`: a slow machine may tell one act in two batches."""
    seen: set[tuple[str, str]] = set()
    while not seen >= set(until):
        seen |= {(one.change, one.path) for one in await anext(watch)}
    return seen


async def exactly(watch: AsyncGenerator[Sequence[FileChange]], *expected: tuple[str, str]) -> None:
    assert await told(watch, *expected) == set(expected)


async def test_files_come_change_and_go(tmp_path: Path, notify: Notify | None) -> None:
    async with watching(port(tmp_path, notify)) as watch:
        (tmp_path / "a").write_text("1")
        await exactly(watch, ("added", "a"))
        (tmp_path / "a").write_text("12")
        await exactly(watch, ("modified", "a"))
        (tmp_path / "a").chmod(0o600)
        await exactly(watch, ("modified", "a"))
        (tmp_path / "a").unlink()
        await exactly(watch, ("deleted", "a"))


async def test_new_folders_are_watched_too(tmp_path: Path, notify: Notify | None) -> None:
    async with watching(port(tmp_path, notify)) as watch:
        (tmp_path / "d/e").mkdir(parents=True)
        (tmp_path / "d/e/a").write_text("1")
        await exactly(watch, ("added", "d"), ("added", "d/e"), ("added", "d/e/a"))
        (tmp_path / "d/e/a").write_text("12")
        await exactly(watch, ("modified", "d/e/a"))


async def test_a_folder_made_anew_is_watched_again(tmp_path: Path, notify: Notify | None) -> None:
    (tmp_path / "d").mkdir()
    async with watching(port(tmp_path, notify)) as watch:
        (tmp_path / "d").rename(tmp_path / "old")
        (tmp_path / "d").mkdir()
        await exactly(watch, ("added", "old"))
        (tmp_path / "d/a").touch()
        (tmp_path / "old/b").touch()
        await exactly(watch, ("added", "d/a"), ("added", "old/b"))


async def test_one_level(tmp_path: Path, notify: Notify | None) -> None:
    (tmp_path / "d").mkdir()
    async with watching(port(tmp_path, notify), recursive=False) as watch:
        (tmp_path / "d/deep").touch()
        (tmp_path / "a").touch()
        await exactly(watch, ("added", "a"))


async def test_a_file_replaced_by_a_rename_is_one_change(tmp_path: Path, notify: Notify | None) -> None:
    (tmp_path / "a").write_text("old")
    fs = port(tmp_path, notify, "fs.read=.", "fs.write=.")
    async with watching(fs) as watch:
        await fs.write("a", b"new")
        assert ("modified", "a") in await told(watch, ("modified", "a"))
        (tmp_path / "last").touch()
        await exactly(watch, ("added", "last"))  # the temporary name is gone and was told as nothing that stays


async def test_a_folder_renamed_is_told_with_all_that_is_in_it(tmp_path: Path, notify: Notify | None) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/a").touch()
    async with watching(port(tmp_path, notify)) as watch:
        (tmp_path / "d").rename(tmp_path / "e")
        await exactly(watch, ("deleted", "d"), ("deleted", "d/a"), ("added", "e"), ("added", "e/a"))
        (tmp_path / "e/a").unlink()
        await exactly(watch, ("deleted", "e/a"))


@pytest.mark.parametrize("path", ["top", "./top", "ABSOLUTE", "link"])
async def test_the_watched_folder_goes_and_comes_back(tmp_path: Path, notify: Notify | None, path: str) -> None:
    path = path.replace("ABSOLUTE", str(tmp_path / "top"))
    (tmp_path / "top").mkdir()
    (tmp_path / "top/a").touch()
    os.symlink("top", tmp_path / "link")
    async with watching(port(tmp_path, notify), path) as watch:
        (tmp_path / "top").rename(tmp_path / "away")
        await exactly(watch, ("deleted", path), ("deleted", f"{path}/a"))
        (tmp_path / "away").rename(tmp_path / "top")
        await exactly(watch, ("added", path), ("added", f"{path}/a"))
        (tmp_path / "top/b").touch()
        await exactly(watch, ("added", f"{path}/b"))


async def test_one_file_goes_and_comes_back(tmp_path: Path, notify: Notify | None) -> None:
    file = tmp_path / "a"
    file.touch()
    async with watching(port(tmp_path, notify, "fs.read=a"), "a") as watch:
        file.unlink()
        await exactly(watch, ("deleted", "a"))
        file.touch()
        await exactly(watch, ("added", "a"))
        (tmp_path / "beside").touch()
        (tmp_path / "new").write_text("1")
        (tmp_path / "new").rename(file)
        await exactly(watch, ("modified", "a"))


async def test_nothing_denied_is_told(tmp_path: Path, notify: Notify | None) -> None:
    (tmp_path / "d/secret").mkdir(parents=True)
    fs = port(tmp_path, notify, "fs.read=d", "!fs.read=d/secret", "!fs.read=d/**/*.key")
    async with watching(fs, "d") as watch:
        (tmp_path / "beside").touch()
        (tmp_path / "d/secret/a").touch()
        (tmp_path / "d/a.key").touch()
        (tmp_path / "d/fine").touch()
        await exactly(watch, ("added", "d/fine"))


async def test_what_a_link_names_is_not_told(tmp_path: Path, notify: Notify | None) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "out").mkdir()
    os.symlink("../out", tmp_path / "in/link")
    async with watching(port(tmp_path, notify, "fs.read=in"), "in") as watch:
        (tmp_path / "out/secret").touch()
        os.symlink("../out/secret", tmp_path / "in/new")
        await exactly(watch, ("added", "in/new"))
        (tmp_path / "out/secret").write_text("1")
        (tmp_path / "in/fine").touch()
        await exactly(watch, ("added", "in/fine"))


async def test_what_cannot_be_watched(tmp_path: Path, notify: Notify | None) -> None:
    fs = port(tmp_path, notify, "fs.read=in")
    with pytest.raises(PermissionDeniedError):
        await anext(fs.watch("out"))
    with pytest.raises(ResourceUnavailableError, match="no such"):
        await anext(fs.watch("in"))


async def test_many_changes_at_once(tmp_path: Path, notify: Notify | None) -> None:
    names = [f"d{number}" for number in range(40)]
    async with watching(port(tmp_path, notify)) as watch:
        for name in names:
            (tmp_path / name).mkdir()
            for file in "abc":
                (tmp_path / name / file).touch()
        expected = {("added", name) for name in names} | {
            ("added", f"{name}/{file}") for name in names for file in "abc"
        }
        await exactly(watch, *expected)


@pytest.mark.parametrize("how", ["closed", "cancelled"])
async def test_no_thread_and_no_descriptor_is_left(tmp_path: Path, notify: Notify | None, how: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(tmp_path.exists) for _ in range(64)))  # the pool for files is full
    before = resources()
    begun = asyncio.Event()

    async def forever() -> None:
        async with watching(port(tmp_path, notify)) as watch:
            begun.set()
            await anext(watch)

    if how == "closed":
        async with watching(port(tmp_path, notify)):
            assert (resources() > before) == (notify is not None)
    else:
        task = asyncio.create_task(forever())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert not [one for one in threading.enumerate() if one.name.startswith("llmspell-watch")]
    # The system's own thread is told to end and takes a moment; pytest-timeout ends this wait.
    while resources() > before:  # noqa: ASYNC110 - there is no event for the end of a foreign thread
        await asyncio.sleep(0)


def resources() -> int:
    """Count open descriptors and, where the system tells them, threads of any language."""
    return len(os.listdir("/dev/fd")) + (len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 0)


async def test_where_the_system_cannot_tell_it_looks(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def full(folders: Sequence[str], recursive: bool) -> Notices:
        raise OSError(28, "No space left on device")

    async with watching(port(tmp_path, full)) as watch:
        (tmp_path / "a").touch()
        await exactly(watch, ("added", "a"))
    assert "No space left on device" in caplog.text
    assert f"looking every {INTERVAL} seconds instead" in caplog.text


async def test_without_the_extra_it_looks(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    def missing(folders: Sequence[str], recursive: bool) -> Notices:
        raise ModuleNotFoundError("No module named 'watchfiles'")

    async with watching(port(tmp_path, missing)) as watch:
        (tmp_path / "a").touch()
        await exactly(watch, ("added", "a"))
    assert caplog.text == ""


class Recorded:
    """Notices that come when the test says so, and keep the folders they are about."""

    def __init__(self, *happen: Callable[[], object]) -> None:
        self.happen: Iterator[Callable[[], object]] = iter(happen)
        self.asked: list[list[str]] = []
        self.open = 0

    def __call__(self, folders: Sequence[str], recursive: bool) -> Recorded:
        self.asked.append(list(folders))
        self.open += 1
        return self

    async def wait(self, *, quiet: float, timeout: float) -> None:
        next(self.happen)()

    async def aclose(self) -> None:
        self.open -= 1


@pytest.mark.skipif(not FOLDER_BY_FOLDER, reason="this system watches whole trees")
async def test_only_folders_of_the_grant_are_asked_about(tmp_path: Path) -> None:
    for folder in ("in/d", "in/denied", "out"):
        (tmp_path / folder).mkdir(parents=True)
    os.symlink("../out", tmp_path / "in/link")
    os.symlink("/", tmp_path / "in/everything")
    notices = Recorded((tmp_path / "in/d/e").mkdir)
    async with watching(port(tmp_path, notices, "fs.read=in", "!fs.read=in/denied"), "in") as watch:
        await exactly(watch, ("added", "in/d/e"))
        assert notices.open == 1
    before = [str(tmp_path / "in"), str(tmp_path / "in/d")]
    assert notices.asked == [before, [*before, str(tmp_path / "in/d/e")]]
    assert notices.open == 0


async def test_a_change_while_folders_are_added_is_not_lost(tmp_path: Path) -> None:
    class Late(Recorded):
        def __call__(self, folders: Sequence[str], recursive: bool) -> Recorded:
            if len(folders) == 2:  # written when the new folder was seen, but not yet watched
                (tmp_path / "d/early").touch()
            return super().__call__(folders, recursive)

    async with watching(port(tmp_path, Late((tmp_path / "d").mkdir))) as watch:
        assert [tuple(one) for one in await anext(watch)] == [("added", "d"), ("added", "d/early")]


async def test_a_batch_ends_when_two_looks_agree(tmp_path: Path, granted: Callable[..., FileSystem]) -> None:
    steps: Iterator[Callable[[], object]] = iter(
        [
            lambda: (tmp_path / "a").write_text("1"),
            lambda: (tmp_path / "a").write_text("12"),
            (tmp_path / "b").touch,
            lambda: None,
            (tmp_path / "b").unlink,
            (tmp_path / "b").touch,  # came back before anything was told: the look of before
            lambda: None,
        ]
    )
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        next(steps)()

    async with aclosing(granted("fs.read=.", sleep=sleep).watch(".", interval=2.0)) as watch:
        assert await anext(watch) == ()
        assert [tuple(one) for one in await anext(watch)] == [("added", "a"), ("added", "b")]
        assert slept == [2.0] * 4
        assert [tuple(one) for one in await anext(watch)] == [("modified", "b")]
    assert len(slept) == 7


async def test_changes_that_never_end_are_told_all_the_same(tmp_path: Path, granted: Callable[..., FileSystem]) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        (tmp_path / "log").write_text("x" * len(slept))

    async with aclosing(granted("fs.read=.", sleep=sleep).watch(".", interval=2.0)) as watch:
        assert await anext(watch) == ()
        assert [tuple(one) for one in await anext(watch)] == [("added", "log")]
    assert len(slept) == 11


ACTS = st.lists(
    st.tuples(st.sampled_from(["write", "remove", "mkdir", "rename"]), st.sampled_from("abc"), st.sampled_from("abc")),
    max_size=12,
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=st.lists(ACTS, max_size=3))
async def test_batches_add_up_to_what_is_there(
    tmp_path_factory: pytest.TempPathFactory, notify: Notify | None, rounds: list[list[tuple[str, str, str]]]
) -> None:
    top = tmp_path_factory.mktemp("tree")
    known: set[str] = set()
    async with watching(port(top, notify)) as watch:
        for acts in rounds:
            for act, one, other in acts:
                perform(act, top / one, top / other)
            (top / f"mark{len(known)}").touch()
            there = {str(path.relative_to(top)) for path in top.rglob("*")}
            while known != there:
                for change, path in await anext(watch):
                    if change == "added":
                        known.add(path)
                    elif change == "deleted":
                        known.remove(path)


def perform(act: str, one: Path, other: Path) -> None:
    try:
        if act == "write":
            one.write_text("x")
        elif act == "remove":
            one.rmdir() if one.is_dir() else one.unlink()
        elif act == "mkdir":
            one.mkdir()
        else:
            one.rename(other / "x" if other.is_dir() else other)
    except OSError:
        return  # not there, or in the way: another act
