# What the system does is asked for in the system's words.

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import tarfile
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmspell.errors import PermissionDeniedError, ResourceUnavailableError, ToolExecutionError, ValidationError
from llmspell.testing import ToolContract, open_context

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    Call = Callable[..., Awaitable[Any]]

TREES = ["zip", "tar", "tar.gz", "tar.bz2", "tar.xz", "tar.zst"]
SINGLES = ["gz", "bz2", "xz", "zst"]


class TestFileArchiver(ToolContract):
    tool = "file_archiver"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in {"a.txt": "one", "b/c.md": "two" * 1000, "b/.hidden": "", "b/run.sh": "#!/bin/sh"}.items():
        (tmp_path / "d" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "d" / name).write_text(text)
    (tmp_path / "d/empty").mkdir()
    (tmp_path / "d/b/run.sh").chmod(0o750)
    os.utime(tmp_path / "d/a.txt", ns=(0, 1_600_000_000_000_000_000))
    os.utime(tmp_path / "d/b", ns=(0, 1_500_000_000_000_000_000))
    return tmp_path


def contents(top: Path) -> dict[str, bytes | None]:
    """Give the files of a tree with their bytes, its folders with None."""
    return {
        str(path.relative_to(top)): path.read_bytes() if path.is_file() else None for path in sorted(top.rglob("*"))
    }


@pytest.mark.parametrize("kind", TREES)
async def test_there_and_back(call: Call, tree: Path, kind: str) -> None:
    created = await call("file_archiver", operation="create", path=f"o.{kind}", source="d")
    assert (created["format"], created["files"], created["directories"]) == (kind, 4, 3)
    assert created["archive_size"] == (tree / f"o.{kind}").stat().st_size
    assert (await call("file_archiver", operation="test", path=f"o.{kind}"))["valid"] is True
    extracted = await call("file_archiver", operation="extract", path=f"o.{kind}", target="x/y")
    assert contents(tree / "x/y/d") == contents(tree / "d")
    assert sorted(extracted["entries"]) == sorted(created["entries"])
    assert (tree / "x/y/d/a.txt").stat().st_mtime == 1_600_000_000
    assert (tree / "x/y/d/b").stat().st_mtime == 1_500_000_000
    assert stat.S_IMODE((tree / "x/y/d/b/run.sh").stat().st_mode) == 0o750
    assert os.listdir(tree / "x/y") == ["d"]


@pytest.mark.parametrize("kind", SINGLES)
async def test_one_file_there_and_back(call: Call, tree: Path, kind: str) -> None:
    await call("file_archiver", operation="create", path=f"c.md.{kind}", source="d/b/c.md")
    extracted = await call("file_archiver", operation="extract", path=f"c.md.{kind}", target="x")
    assert extracted["format"] == kind
    assert contents(tree / "x") == {"c.md": b"two" * 1000}
    with pytest.raises(ValidationError, match="holds one file"):
        await call("file_archiver", operation="create", path=f"d.{kind}", source="d")


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="/\\:"), min_size=1)
TREE = st.dictionaries(
    st.lists(
        NAMES.filter(lambda name: name not in (".", "..") and len(name.encode()) < 200), min_size=1, max_size=3
    ).map("/".join),
    st.one_of(st.none(), st.binary(max_size=2000), st.integers(0, 300_000).map(lambda size: b"ab" * (size // 2))),
    max_size=6,
)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=TREE, level=st.integers(1, 9))
@pytest.mark.parametrize("kind", TREES)
async def test_any_tree_there_and_back(
    tmp_path_factory: pytest.TempPathFactory, kind: str, tree: dict[str, bytes | None], level: int
) -> None:
    top = tmp_path_factory.mktemp("tree")
    (top / "d").mkdir()
    for name, data in tree.items():
        try:
            if data is None:
                (top / "d" / name).mkdir(parents=True)
            else:
                (top / "d" / name).parent.mkdir(parents=True, exist_ok=True)
                (top / "d" / name).write_bytes(data)
        except OSError:
            continue  # another name is in the way
    async with open_context(grants=("fs.read=.", "fs.write=."), cwd=top) as ctx:

        async def run(**arguments: object) -> Any:
            return await ctx.call("tool:file_archiver", {"path": f"o.{kind}", **arguments})

        created = await run(operation="create", source="d", prefix="", level=None if kind == "tar" else level)
        assert created["skipped"] == []
        assert (await run(operation="test", case_sensitive=True, max_ratio=1e6))["error"] is None
        await run(operation="extract", target="x", case_sensitive=True, max_ratio=1e6)
    assert contents(top / "x") == contents(top / "d")


@pytest.mark.parametrize("kind", TREES)
async def test_the_same_contents_make_the_same_archive(call: Call, tree: Path, kind: str) -> None:
    sums = set()
    for number, (mode, when) in enumerate([(0o644, 1), (0o600, 2_000_000_000)]):
        (tree / "d/a.txt").chmod(mode)
        os.utime(tree / "d/a.txt", (when, when))
        sources = ["d/b", "d/a.txt", "d/empty"] if number else ["d/a.txt", "d/empty", "d/b"]
        await call("file_archiver", operation="create", path=f"{number}.{kind}", source=sources, deterministic=True)
        sums.add(hashlib.sha256((tree / f"{number}.{kind}").read_bytes()).hexdigest())
    assert len(sums) == 1


async def test_others_can_read_what_is_written(call: Call, tree: Path) -> None:
    await call("file_archiver", operation="create", path="o.zip", source="d")
    await call("file_archiver", operation="create", path="o.tar.gz", source="d")
    with zipfile.ZipFile(tree / "o.zip") as zipped:
        assert zipped.testzip() is None
        assert zipped.read("d/b/c.md") == b"two" * 1000
        assert zipped.getinfo("d/b/run.sh").external_attr >> 16 == 0o100750
    with tarfile.open(tree / "o.tar.gz") as tarred:
        assert [one.name for one in tarred] == [
            "d",
            "d/a.txt",
            "d/b",
            "d/b/.hidden",
            "d/b/c.md",
            "d/b/run.sh",
            "d/empty",
        ]
        assert {(one.uid, one.gid, one.uname) for one in tarred} == {(0, 0, "")}


async def test_what_others_write_can_be_read(call: Call, tree: Path) -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with zipfile.ZipFile(tree / f"{method}.zip", "w", method) as zipped:
            zipped.write(tree / "d/b/c.md", "c.md")
            zipped.writestr("ä/日本.txt", "x")
        await call("file_archiver", operation="extract", path=f"{method}.zip", target=f"z{method}")
        assert contents(tree / f"z{method}") == {"c.md": b"two" * 1000, "ä": None, "ä/日本.txt": b"x"}
    for number, kind in enumerate((tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)):
        long = "/".join(["x" * 40] * 5)
        with tarfile.open(tree / f"{number}.tar", "w", format=kind) as tarred:
            tarred.add(tree / "d/b/c.md", long)
        await call("file_archiver", operation="extract", path=f"{number}.tar", target=f"t{number}")
        assert (tree / f"t{number}" / long).read_bytes() == b"two" * 1000


async def test_list(call: Call, tree: Path) -> None:
    with tarfile.open(tree / "o.tar", "w") as tarred:
        tarred.add(tree / "d/a.txt", "a.txt")
        tarred.add(tree / "d/a.txt", "../slip")
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        tarred.addfile(link)
    listed = await call("file_archiver", operation="list", path="o.tar")
    assert [(one["name"], one["kind"], one["size"]) for one in listed["entries"]] == [
        ("a.txt", "file", 3),
        ("../slip", "file", 3),
        ("link", "link", 0),
    ]
    assert "'..'" in listed["entries"][1]["unsafe"]
    assert listed["entries"][2]["target"] == "/etc"
    assert (await call("file_archiver", operation="list", path="o.tar", limit=1))["truncated"] is True
    tested = await call("file_archiver", operation="test", path="o.tar")
    assert tested["valid"] is True
    assert [one["name"] for one in tested["unsafe"]] == ["../slip"]
    assert tested["skipped"] == [{"name": "link", "reason": "is a link"}]


async def test_choosing(call: Call, tree: Path) -> None:
    await call("file_archiver", operation="create", path="o.zip", source="d", exclude="run.*", include_hidden=False)
    names = [one["name"] for one in (await call("file_archiver", operation="list", path="o.zip"))["entries"]]
    assert names == ["d/", "d/a.txt", "d/b/", "d/b/c.md", "d/empty/"]
    await call("file_archiver", operation="extract", path="o.zip", target="x", include="*.md", strip_components=1)
    assert contents(tree / "x") == {"b": None, "b/c.md": b"two" * 1000}
    await call("file_archiver", operation="extract", path="o.zip", target="y", exclude="d/b")
    assert list(contents(tree / "y")) == ["d", "d/a.txt", "d/empty"]
    stripped = await call("file_archiver", operation="extract", path="o.zip", target="z", strip_components=2)
    assert list(contents(tree / "z")) == ["c.md"]
    assert [one["name"] for one in stripped["skipped"]] == ["d/a.txt"]


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
async def test_what_is_there_already(call: Call, tree: Path, kind: str) -> None:
    await call("file_archiver", operation="create", path=f"o.{kind}", source="d", prefix="")
    (tree / "x/b").mkdir(parents=True)
    (tree / "x/b/c.md").write_text("mine")
    (tree / "x/other").write_text("mine too")
    before = contents(tree / "x")
    with pytest.raises(ResourceUnavailableError, match="exists already"):
        await call("file_archiver", operation="extract", path=f"o.{kind}", target="x")
    assert contents(tree / "x") == before
    skipped = await call("file_archiver", operation="extract", path=f"o.{kind}", target="x", overwrite="skip")
    assert [one["name"] for one in skipped["skipped"]] == ["b/c.md"]
    assert (tree / "x/b/c.md").read_text() == "mine"
    assert (tree / "x/a.txt").read_text() == "one"
    replaced = await call("file_archiver", operation="extract", path=f"o.{kind}", target="x", overwrite="replace")
    assert replaced["replaced"] == 4
    assert contents(tree / "x") == {**contents(tree / "d"), "other": b"mine too"}


async def test_a_folder_or_link_in_the_way(call: Call, tree: Path) -> None:
    await call("file_archiver", operation="create", path="o.zip", source="d", prefix="")
    (tree / "out").mkdir()
    (tree / "x/a.txt").mkdir(parents=True)
    (tree / "y").mkdir()
    os.symlink("../out", tree / "y/b")
    (tree / "z").mkdir()
    os.symlink("nowhere", tree / "z/a.txt")
    for target, name in (("x", "a.txt"), ("y", "b"), ("z", "a.txt")):
        before = os.listdir(tree / target)
        with pytest.raises(ResourceUnavailableError, match=name):
            await call("file_archiver", operation="extract", path="o.zip", target=target, overwrite="replace")
        assert os.listdir(tree / target) == before
    assert os.listdir(tree / "out") == []


async def test_moves_are_taken_back(call: Call, tree: Path) -> None:
    await call("file_archiver", operation="create", path="o.zip", source="d", prefix="")
    (tree / "x/b").mkdir(parents=True)
    (tree / "x/a.txt").write_text("mine")
    (tree / "x/b/run.sh").write_text("read-only")
    (tree / "x/b/run.sh").chmod(0o444)
    before = contents(tree / "x")
    with pytest.raises(PermissionDeniedError, match="read-only"):
        await call("file_archiver", operation="extract", path="o.zip", target="x", overwrite="replace")
    assert contents(tree / "x") == before


async def test_rights(call: Call, tree: Path) -> None:
    await call("file_archiver", operation="create", path="o.zip", source="d")
    only_read = ["fs.read=."]
    assert (await call("file_archiver", only_read, operation="list", path="o.zip"))["files"] == 4
    assert (await call("file_archiver", only_read, operation="test", path="o.zip"))["valid"]
    for rights in (only_read, ["fs.read=.", "fs.write=.", "!fs.write=x/d/b"]):
        with pytest.raises(PermissionDeniedError):
            await call("file_archiver", rights, operation="extract", path="o.zip", target="x")
        assert not (tree / "x").exists()
    denied = ["fs.read=.", "fs.write=.", "!fs.read=d/b"]
    created = await call("file_archiver", denied, operation="create", path="p.zip", source="d")
    assert created["entries"] == ["d", "d/a.txt", "d/empty"]


async def test_what_cannot_be_packed_is_told(call: Call, tree: Path) -> None:
    os.symlink("a.txt", tree / "d/link")
    os.symlink("..", tree / "d/loop")
    os.mkfifo(tree / "d/pipe")
    created = await call("file_archiver", operation="create", path="d/o.zip", source="d")
    assert {one["path"]: one["reason"] for one in created["skipped"]} == {
        "d/link": "is a link",
        "d/loop": "is a link",
        "d/pipe": "is a pipe, socket or device",
    }
    again = await call("file_archiver", operation="create", path="d/o.zip", source="d", overwrite="replace")
    assert {"path": "d/o.zip", "reason": "is the archive itself"} in again["skipped"]
    with pytest.raises(ResourceUnavailableError, match="exists already"):
        await call("file_archiver", operation="create", path="d/o.zip", source="d")
    kept = await call("file_archiver", operation="create", path="d/o.zip", source="d", overwrite="skip")
    assert kept["created"] is False
    with pytest.raises(ValidationError, match=r"would both be 'a.txt'"):
        await call("file_archiver", operation="create", path="p.zip", source=["d/a.txt", "./d/a.txt"])


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"operation": "create", "path": "o.zip"}, ValidationError),
        ({"operation": "create", "path": "o.what", "source": "d"}, ValidationError),
        ({"operation": "create", "path": ".zip", "source": "d"}, ValidationError),
        ({"operation": "create", "path": "o.bz2", "source": "d/a.txt", "level": 0}, ValidationError),
        ({"operation": "create", "path": "o.zip", "source": "d", "level": 10}, ValidationError),
        ({"operation": "create", "path": "o.tar", "source": "d", "level": 1}, ValidationError),
        ({"operation": "create", "path": "o.zip", "source": "missing"}, ResourceUnavailableError),
        ({"operation": "extract", "path": "missing.zip"}, ResourceUnavailableError),
        ({"operation": "extract", "path": "d/a.txt"}, ToolExecutionError),
        ({"operation": "list", "path": "d/b/.hidden"}, ToolExecutionError),
        ({"operation": "list", "path": "d"}, ResourceUnavailableError),
        ({"operation": "list", "path": "d/a.txt", "name_encoding": "rot13"}, ValidationError),
    ],
)
async def test_what_cannot_be_done(
    call: Call, tree: Path, arguments: dict[str, object], error: type[Exception]
) -> None:
    before = contents(tree)
    with pytest.raises(error):
        await call("file_archiver", **arguments)
    assert contents(tree) == before


async def test_a_dry_run_writes_nothing(call: Call, tree: Path) -> None:
    planned = await call("file_archiver", operation="create", path="o.zip", source="d", dry_run=True)
    assert (planned["files"], planned["created"]) == (4, False)
    assert not (tree / "o.zip").exists()
    await call("file_archiver", operation="create", path="o.zip", source="d")
    planned = await call("file_archiver", operation="extract", path="o.zip", target="x", dry_run=True)
    assert planned["files"] == 4
    assert not (tree / "x").exists()
    with pytest.raises(ResourceUnavailableError, match="exists already"):
        await call("file_archiver", operation="extract", path="o.zip", dry_run=True)


async def test_a_cancelled_extraction_leaves_nothing(tree: Path) -> None:
    (tree / "d/big").write_bytes(os.urandom(3_000_000))
    async with open_context(grants=("fs.read=.", "fs.write=."), cwd=tree) as ctx:
        await ctx.call("tool:file_archiver", {"operation": "create", "path": "o.tar.xz", "source": "d"})
        before = contents(tree)
        begun = asyncio.Event()
        ctx.app.events.subscribe("progress", lambda _: begun.set())
        job = asyncio.create_task(
            ctx.call("tool:file_archiver", {"operation": "extract", "path": "o.tar.xz", "target": "x"})
        )
        await begun.wait()
        job.cancel()
        with pytest.raises(asyncio.CancelledError):
            await job
        assert contents(tree) == before


async def test_names_in_another_encoding(call: Call, tree: Path) -> None:
    with tarfile.open(tree / "o.tar", "w", format=tarfile.GNU_FORMAT, encoding="latin-1") as tarred:
        tarred.add(tree / "d/a.txt", "grün")
    with pytest.raises(ToolExecutionError, match=r"U\+DCFC"):
        await call("file_archiver", operation="extract", path="o.tar", target="x")
    await call("file_archiver", operation="extract", path="o.tar", target="x", name_encoding="latin-1")
    assert contents(tree / "x") == {"grün": b"one"}


async def test_no_mode_gives_more_away(call: Call, tree: Path) -> None:
    with tarfile.open(tree / "o.tar", "w") as tarred:
        for name, mode in {"suid": 0o6777, "private": 0o600, "none": 0, "run": 0o755}.items():
            info = tarfile.TarInfo(name)
            info.mode = mode
            tarred.addfile(info)
    await call("file_archiver", operation="extract", path="o.tar", target="x")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tree / "x").iterdir()}
    mask = os.umask(0)
    os.umask(mask)
    assert modes == {"suid": 0o755 & ~mask, "private": 0o600, "none": 0o600, "run": 0o755 & ~mask}
