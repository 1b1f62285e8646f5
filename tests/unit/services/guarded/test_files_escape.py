"""Nothing outside a grant is reached, whatever the path says and whoever moves links about meanwhile."""

# What the system does is asked for in the system's words.
# ruff: noqa: RUF001

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmspell.errors import LlmspellError, PermissionDeniedError, ResourceUnavailableError, ValidationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path
    from typing import Literal

    from llmspell.spec.files import FileSystem

    Granted = Callable[..., FileSystem]

SECRET = b"secret"


@pytest.fixture
def inside(tmp_path: Path, granted: Granted) -> FileSystem:
    """Give files of `in/`, beside which `out/secret` lies."""
    (tmp_path / "in" / "d").mkdir(parents=True)
    (tmp_path / "in" / "a").write_text("fine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "secret").write_bytes(SECRET)
    return granted("fs.read=in", "fs.write=in")


async def opened(fs: FileSystem, path: str, mode: Literal["r", "w", "r+"]) -> bytes:
    async with fs.open(path, mode) as file:
        return b"" if mode == "w" else await file.read()


VERBS: dict[str, Callable[[FileSystem, str], Awaitable[object]]] = {
    "read": lambda fs, path: fs.read(path),
    "stat": lambda fs, path: fs.stat(path),
    "exists": lambda fs, path: fs.exists(path),
    "list": lambda fs, path: fs.list(path),
    "hash": lambda fs, path: fs.hash(path),
    "walk": lambda fs, path: anext(fs.walk(path)),
    "watch": lambda fs, path: anext(fs.watch(path)),
    "open": lambda fs, path: opened(fs, path, "r"),
    "open to write": lambda fs, path: opened(fs, path, "w"),
    "open to change": lambda fs, path: opened(fs, path, "r+"),
    "write": lambda fs, path: fs.write(path, b"x"),
    "write in place": lambda fs, path: fs.write(path, b"x", atomic=False),
    "append": lambda fs, path: fs.write(path, b"x", append=True),
    "mkdir": lambda fs, path: fs.mkdir(path),
    "remove": lambda fs, path: fs.remove(path, recursive=True),
    "copy from": lambda fs, path: fs.copy(path, "in/copy"),
    "copy to": lambda fs, path: fs.copy("in/a", path),
    "rename from": lambda fs, path: fs.rename(path, "in/moved"),
    "rename to": lambda fs, path: fs.rename("in/a", path),
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("path", ["out/secret", "in/../out/secret", "in/d/../../out/secret", "ABSOLUTE", "inn", "/etc"])
async def test_every_verb_asks_for_its_right(inside: FileSystem, tmp_path: Path, verb: str, path: str) -> None:
    (tmp_path / "inn").mkdir()
    with pytest.raises(PermissionDeniedError):
        await VERBS[verb](inside, path.replace("ABSOLUTE", str(tmp_path / "out" / "secret")))
    assert untouched(tmp_path)


@pytest.mark.parametrize("verb", [one for one in VERBS if one not in ("remove", "rename from", "rename to")])
@pytest.mark.parametrize("target", ["../../out", "ABSOLUTE", "../d/../../out", "hop"])
async def test_no_verb_follows_a_link_out_of_the_grant(
    inside: FileSystem, tmp_path: Path, verb: str, target: str
) -> None:
    os.symlink("../../out", tmp_path / "in/d/hop")
    os.symlink(target.replace("ABSOLUTE", str(tmp_path / "out")), tmp_path / "in/d/folder")
    os.symlink("folder/secret", tmp_path / "in/d/file")
    for path in ("in/d/folder/secret", "in/d/file", "in/d/folder/new"):
        with pytest.raises((PermissionDeniedError, ResourceUnavailableError)):
            await VERBS[verb](inside, path)
    assert untouched(tmp_path)


async def test_names_are_removed_and_renamed_within_the_grant_only(inside: FileSystem, tmp_path: Path) -> None:
    os.symlink("../out", tmp_path / "in/link")
    with pytest.raises(PermissionDeniedError):
        await inside.remove("in/link/secret")
    with pytest.raises(PermissionDeniedError):
        await inside.rename("in/link/secret", "in/mine")
    with pytest.raises(PermissionDeniedError):
        await inside.rename("in/a", "in/link/secret")
    await inside.rename("in/link", "in/renamed")
    await inside.remove("in/renamed", recursive=True)
    assert untouched(tmp_path)


async def test_links_within_the_grant_are_followed(inside: FileSystem, tmp_path: Path) -> None:
    os.symlink("../a", tmp_path / "in/d/up")
    os.symlink(tmp_path / "in", tmp_path / "in/d/whole")
    assert await inside.read("in/d/up") == b"fine"
    assert await inside.read("in/d/whole/d/whole/a") == b"fine"
    await inside.write("in/d/up", b"new")
    assert (tmp_path / "in/a").read_text() == "new"
    assert (tmp_path / "in/d/up").is_symlink()
    await inside.mkdir("in/d/whole/made/deep")
    assert (tmp_path / "in/made/deep").is_dir()
    assert [one.path for one in await inside.list("in/d/whole")] == ["in/d/whole/a", "in/d/whole/d", "in/d/whole/made"]


async def test_links_that_chase_each_other_end(inside: FileSystem, tmp_path: Path) -> None:
    os.symlink("two", tmp_path / "in/one")
    os.symlink("one", tmp_path / "in/two")
    for path in ("in/one", "in/one/x"):
        with pytest.raises(ResourceUnavailableError, match="too many links"):
            await inside.read(path)


async def test_a_granted_folder_may_itself_lie_behind_a_link(tmp_path: Path, granted: Granted) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a").write_text("1")
    os.symlink("real", tmp_path / "data")
    os.symlink(tmp_path / "real" / "a", tmp_path / "real" / "by_real_name")
    fs = granted("fs.read=data", "fs.write=data")
    assert await fs.read("data/a") == b"1"
    assert await fs.read("data/by_real_name") == b"1"
    await fs.write("data/b", b"2")
    with pytest.raises(PermissionDeniedError):
        await fs.read("real/a")


BAD = ["", "a\0b", "a\nb", "a\x7f", "a\u202eb", "\u2066", "\ud800", "\ufeffa", "x" * 256, "é" * 128, "in/" + "y" * 300]


@pytest.mark.parametrize("path", BAD, ids=ascii)
async def test_names_no_file_should_have(inside: FileSystem, path: str) -> None:
    with pytest.raises(ValidationError):
        await inside.exists(path)


@pytest.mark.parametrize("name", ["x" * 255, "é" * 127, "a b", "a\u00a0b", "👩\u200d💻", "می\u200cخواهم", "-rf", "a:b"])
async def test_names_that_are_only_unusual(inside: FileSystem, name: str) -> None:
    await inside.write(f"in/{name}", b"1", atomic=False)
    await inside.write(f"in/{name}", b"2")
    assert f"in/{name}" in [one.path for one in await inside.list("in")]
    assert await inside.read(f"in/{name}") == b"2"


PIECES = st.sampled_from(
    ["..", ".", "", "/", "in", "out", "secret", "d", "link", "up", "deep", "a", "~", "\\", "%2e%2e", "..."]
)
PATHS = st.one_of(
    st.lists(PIECES, max_size=9).map("/".join),
    st.text(max_size=40),
    st.lists(PIECES).map(lambda p: "in/" + "/".join(p)),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=PATHS, verb=st.sampled_from(sorted(set(VERBS) - {"watch"})))
async def test_no_path_escapes(inside: FileSystem, tmp_path: Path, path: str, verb: str) -> None:
    for link, target in (("link", "../out"), ("up", ".."), ("deep", "d/../../out")):
        if not os.path.lexists(tmp_path / "in" / link):
            os.symlink(target, tmp_path / "in" / link)
    (tmp_path / "in" / "d").mkdir(exist_ok=True)
    try:
        found = await VERBS[verb](inside, path)
    except (LlmspellError, StopAsyncIteration):
        found = None
    assert found != SECRET
    assert untouched(tmp_path)


def test_a_link_swapped_in_at_any_moment_leads_nowhere(inside: FileSystem, tmp_path: Path) -> None:
    import asyncio

    place, parked, link = tmp_path / "in/d", tmp_path / "in/parked", tmp_path / "in/link"
    (place / "secret").write_text("fine")
    os.symlink("../out", link)
    over = threading.Event()

    def swap() -> None:
        while not over.is_set():
            place.rename(parked)
            link.rename(place)
            place.rename(link)
            parked.rename(place)

    async def try_all() -> int:
        read = 0
        for number in range(600):
            for act in (inside.read, inside.hash):
                try:
                    assert await act("in/d/secret") != SECRET
                    read += 1
                except (PermissionDeniedError, ResourceUnavailableError):
                    continue
            try:
                await inside.write(f"in/d/n{number}", b"x", atomic=False)
            except (PermissionDeniedError, ResourceUnavailableError):
                continue
        return read

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        assert asyncio.run(try_all()) > 0
    finally:
        over.set()
        swapper.join()
    assert untouched(tmp_path)


def untouched(tmp_path: Path) -> bool:
    """Tell whether what lies outside is as it was."""
    return os.listdir(tmp_path / "out") == ["secret"] and (tmp_path / "out/secret").read_bytes() == SECRET


async def test_a_grant_by_pattern_trusts_no_link_below_its_first_wildcard(tmp_path: Path, granted: Granted) -> None:
    (tmp_path / "in/d").mkdir(parents=True)
    (tmp_path / "in/d/a.txt").write_text("fine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out/secret.txt").write_bytes(SECRET)
    os.symlink("../out", tmp_path / "in/link")
    os.symlink("d", tmp_path / "in/same")
    fs = granted("fs.read=in/**/*.txt")
    assert await fs.read("in/d/a.txt") == b"fine"
    assert await fs.read("in/same/a.txt") == b"fine"
    for path in ("in/link/secret.txt", "in/d"):
        with pytest.raises(PermissionDeniedError):
            await fs.stat(path)


async def test_a_grant_of_everything_follows_every_link(tmp_path: Path, granted: Granted) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a").write_text("fine")
    os.symlink(tmp_path / "out", tmp_path / "link")
    assert await granted("fs.read").read("link/a") == b"fine"
    with pytest.raises(PermissionDeniedError):
        await granted("fs.read", "!fs.read=out").read("link/a")
