"""A search with an index finds what one without finds, whatever happened to the files in between."""

from __future__ import annotations

import os
import time
import zlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmspell.errors import PermissionDeniedError
from llmspell.spec.storages import Operation
from llmspell.testing import ManualClock, open_context
from llmspell_tools_files.search.index import Record, pack, unpack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from llmspell.runtime.context import CallContext

NAMES = ["a.txt", "d/a.py", "d/e/f.txt", ".hidden.txt"]
OTHERS = str.maketrans("nthread", "tnqqqqq")  # same size, other words
WORDS = ["needle", "Needle", "NEEDLE", "thread", "need", "x", "", "\0"]
QUERIES: list[dict[str, object]] = [
    {"query": "needle"},
    {"query": "needle", "case_sensitive": False},
    {"query": "ne"},
    {"query": "need", "whole_word": True},
    {"query": "(needle|thr.ad)", "regex": True},
    {"query": r"^thread\s", "regex": True, "count_only": True},
    {"query": "e", "max_results": 2},
    {"query": "needle", "name": "*.txt", "context_lines": 1},
    {"query": "needle", "include_hidden": True, "max_file_size": 20},
    {"query": "thread", "path": "d"},
]
EDITS = st.tuples(
    st.sampled_from(["write", "write", "write", "same size", "old times", "delete", "folder", "rename"]),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
    st.lists(st.sampled_from(WORDS), max_size=4).map("\n".join),
)
STEPS = st.lists(
    st.tuples(st.lists(EDITS, max_size=4), st.booleans(), st.lists(st.sampled_from(QUERIES), min_size=1, max_size=3)),
    min_size=1,
    max_size=5,
)


class Later:
    """The machine's clock, or one an hour ahead of it: to that one, no file is young."""

    ahead = 0.0

    def now(self) -> float:
        return time.time() + self.ahead

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await ManualClock().sleep(seconds)


def edit(folder: Path, verb: str, name: str, other: str, text: str) -> None:
    file = folder / name
    was = file.stat() if file.is_file() else None
    if verb == "delete" and was:
        file.unlink()
    elif verb == "folder" and was:
        file.unlink()
        file.mkdir()
    elif verb == "rename" and was and not (folder / other).is_dir():
        (folder / other).parent.mkdir(parents=True, exist_ok=True)
        file.rename(folder / other)
    elif verb in ("same size", "old times") and was:
        file.write_text(file.read_text().translate(OTHERS))
        if verb == "old times":
            os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))
    elif not file.is_dir():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def tick(folder: Path) -> None:
    """Go on when the file system's clock has moved, so that the next change shows."""
    probe = folder / ".probe"
    probe.touch()
    first = probe.stat().st_ctime_ns
    while probe.stat().st_ctime_ns == first:
        os.utime(probe)
    probe.unlink()


@asynccontextmanager
async def searching(clock: Later, cwd: Path | None = None, **more: Any) -> AsyncIterator[CallContext]:
    grants = more.pop("grants", ("fs.read=.",))
    async with open_context(grants=grants, clock=clock, cwd=cwd, config={"storage.backend": "memory"}) as ctx:
        yield ctx


async def search(ctx: CallContext, **arguments: object) -> tuple[dict[str, Any], dict[str, int]]:
    """Give what was found, and what the index did."""
    found: Any = await ctx.call("tool:file_search", arguments)
    return found, found.pop("index", {})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STEPS)
async def test_the_same_is_found(steps: list[Any]) -> None:
    clock = Later()
    async with searching(clock) as ctx:
        folder = ctx.run.working
        (folder / "d").mkdir()
        for edits, settled, queries in steps:
            for one in edits:
                edit(folder, *one)
            clock.ahead = 3600.0 if settled else 0.0
            if settled:
                tick(folder)
            for query in queries:
                indexed, _ = await search(ctx, **query, index=True)
                plain, _ = await search(ctx, **query)
                assert indexed == plain


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for number in range(100):
        (tmp_path / f"f{number:03}.txt").write_text(f"file {number}\nneedle{number:03}\n")
    (tmp_path / "binary").write_bytes(b"\0needle")
    tick(tmp_path)
    return tmp_path


@pytest.fixture
def later() -> Later:
    clock = Later()
    clock.ahead = 3600.0
    return clock


async def test_only_what_may_match_is_read_again(tree: Path, later: Later) -> None:
    async with searching(later, tree) as ctx:
        first, did = await search(ctx, query="needle042", index=True)
        assert did == {"skipped": 0, "stored": 101, "removed": 0}
        again, did = await search(ctx, query="needle042", index=True)
        assert again == first
        assert (again["files_searched"], again["skipped"]["binary"], again["total_matches"]) == (100, 1, 1)
        assert did["skipped"] > 90
        assert did["stored"] == 0


async def test_what_changed_is_read(tree: Path, later: Later) -> None:
    async with searching(later, tree) as ctx:
        await search(ctx, query="needle", index=True)
        (tree / "f007.txt").write_text("file 7\nthread007\n")
        (tree / "f008.txt").unlink()
        (tree / "new.txt").write_text("thread")
        found, did = await search(ctx, query="thread", index=True, count_only=True)
        assert found["counts"] == {"f007.txt": 1, "new.txt": 1}
        assert (did["skipped"], did["stored"], did["removed"]) == (99, 2, 1)


async def test_no_change_hides(tree: Path, later: Later) -> None:
    file = tree / "f050.txt"
    async with searching(later, tree) as ctx:
        await search(ctx, query="needle", index=True)
        was = file.stat()
        file.write_text(file.read_text().translate(OTHERS))  # as long as before, and dated back
        os.utime(file, ns=(was.st_atime_ns, was.st_mtime_ns))
        assert (file.stat().st_size, file.stat().st_mtime_ns) == (was.st_size, was.st_mtime_ns)
        found, did = await search(ctx, query="needle050", index=True)
        assert (found["total_matches"], did["stored"]) == (0, 1)


async def test_a_young_file_gets_no_record(tree: Path) -> None:
    async with searching(Later(), tree) as ctx:
        for _ in range(2):
            _, did = await search(ctx, query="needle", index=True)
            assert did == {"skipped": 0, "stored": 0, "removed": 0}


async def test_records_of_what_was_not_searched_stay(tree: Path, later: Later) -> None:
    (tree / "sub").mkdir()
    (tree / "sub/x.md").write_text("needle")
    async with searching(later, tree) as ctx:
        await search(ctx, query="needle", index=True)
        (tree / "f001.txt").unlink()
        for arguments in ({"path": "sub"}, {"name": "*.md"}, {"path": "sub/x.md"}):
            _, did = await search(ctx, query="nothing", index=True, **arguments)
            assert did == {"skipped": 1, "stored": 0, "removed": 0}
        _, did = await search(ctx, query="nothing", index=True, name="f*.txt")
        assert did == {"skipped": 99, "stored": 0, "removed": 1}


async def test_clear_and_rebuild(tree: Path, later: Later) -> None:
    async with searching(later, tree) as ctx:
        await search(ctx, query="needle", index=True)
        _, did = await search(ctx, query="needle", rebuild_index=True)
        assert did == {"skipped": 0, "stored": 101, "removed": 101}
        found, did = await search(ctx, clear_index=True)
        assert (found["files"], did) == ([], {"skipped": 0, "stored": 0, "removed": 101})
        found, did = await search(ctx, query="needle", clear_index=True)
        assert (found["total_matches"], did["stored"]) == (100, 0)


async def test_damaged_older_and_newer_records_are_written_anew(tree: Path, later: Later) -> None:
    async with searching(later, tree) as ctx:
        plain, _ = await search(ctx, query="needle")
        await search(ctx, query="needle", index=True)
        store = ctx.within(ctx.app.catalog.get("tool", "file_search"), "file_search").storage
        keys = [(key, value) async for key, value in store.scan()]
        assert len(keys) == 101
        damage = [b"", value_of(b"lsi\x02", keys[1][1]), keys[2][1][:-1], bytes(100), keys[4][1] + b"x"]
        for place in range(0, 90, 7):
            flipped = bytearray(keys[5][1])
            flipped[place % len(flipped)] ^= 1
            damage.append(bytes(flipped))
        operations = [Operation("put", key, value) for (key, _), value in zip(keys, damage, strict=False)]
        await store.transaction(operations)
        indexed, did = await search(ctx, query="needle", index=True)
        assert indexed == plain
        assert did["stored"] >= len(damage)
        _, did = await search(ctx, query="nothing", index=True)
        assert did == {"skipped": 101, "stored": 0, "removed": 0}


def value_of(form: bytes, old: bytes) -> bytes:
    """Write a record as another version would, with its sum right."""
    body = form + old[len(form) : -4]
    return body + zlib.crc32(body).to_bytes(4, "little")


@given(st.tuples(*[st.integers(0, (1 << 64) - 1)] * 5), st.booleans(), st.integers(3, 8), st.binary(max_size=80))
def test_records_come_back_and_nothing_else_is_one(
    stamp: tuple[int, ...], binary: bool, power: int, noise: bytes
) -> None:
    record = Record(stamp, binary, b"" if binary else bytes(1 << power))
    assert unpack(pack(record)) == record
    assert unpack(noise) is None
    assert unpack(pack(record) + noise) in (record, None)


async def test_nobody_sees_more_for_the_index(tree: Path, later: Later) -> None:
    async with searching(later, tree, grants=("fs.read=.", "!fs.read=f001.txt")) as ctx:
        for _ in range(2):
            found, _ = await search(ctx, query="needle001", index=True)
            assert found["matches"] == []
    async with searching(later, tree, grants=("!state.write=*", "fs.read=.")) as ctx:
        with pytest.raises(PermissionDeniedError, match=r"state\.write"):
            await search(ctx, query="needle", index=True)
