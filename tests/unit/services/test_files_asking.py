from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llmspell.errors import PermissionDeniedError
from llmspell.services.files import FileService
from llmspell.services.files_asking import asking
from llmspell.services.permission_holding import Answer, Holding, Question, Questions
from llmspell.services.permissions import Grants

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from llmspell.spec.files import FileSystem


@pytest.fixture
def asked() -> list[str]:
    return []


@pytest.fixture
def files_of(tmp_path: Path, asked: list[str]) -> Callable[..., FileSystem]:
    def make(answer: Answer, *rules: str) -> FileSystem:
        async def ask(question: Question) -> Answer:
            asked.append(f"{question.right}={question.target.removeprefix(str(tmp_path))}")
            return answer

        grants = Grants.parse(rules, cwd=tmp_path).held_by(Holding(Questions(ask)))
        return asking(FileService().port(grants, tmp_path, "tool x"), grants)

    return make


async def test_a_verb_is_done_again_when_it_is_granted(
    files_of: Callable[..., FileSystem], tmp_path: Path, asked: list[str]
) -> None:
    (tmp_path / "a").write_text("1")
    files = files_of("run")
    assert await files.read("a") == b"1"
    await files.write("b", b"2")
    async with files.open("b") as file:
        assert await file.read() == b"2"
    async with files.atomic("c") as file:
        await file.write(b"3")
    await files.copy("c", "d")
    assert (tmp_path / "d").read_text() == "3"
    assert asked == ["fs.read=/a", "fs.write=/b", "fs.read=/b", "fs.write=/c", "fs.read=/c", "fs.write=/d"]


async def test_folders_are_walked_and_watched_after_the_answer(
    files_of: Callable[..., FileSystem], tmp_path: Path, asked: list[str]
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a").write_text("1")
    (tmp_path / "empty").mkdir()
    files = files_of("run")
    assert [one.path async for one in files.walk("sub")] == ["sub/a"]
    assert [one.path async for one in files.walk("empty")] == []
    assert await files.within("sub").read("a") == b"1"
    assert asked == ["fs.read=/sub", "fs.read=/empty"]


async def test_a_confined_port_asks_for_nothing_beyond_its_folder(
    files_of: Callable[..., FileSystem], tmp_path: Path, asked: list[str]
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a").write_text("1")
    with pytest.raises(PermissionDeniedError):
        await files_of("run").within("sub").read("../a")
    assert asked == []


async def test_what_the_user_denies_has_done_nothing(
    files_of: Callable[..., FileSystem], tmp_path: Path, asked: list[str]
) -> None:
    files = files_of("no", "fs.read=.")
    (tmp_path / "a").write_text("1")
    for work in (
        lambda: files.write("b", b"2"),
        lambda: files.copy("a", "b"),
        lambda: files.rename("a", "b"),
        lambda: files.remove("a"),
        lambda: files.mkdir("m"),
    ):
        with pytest.raises(PermissionDeniedError):
            await work()
    with pytest.raises(PermissionDeniedError):
        async with files.atomic("b"):
            pass
    assert sorted(one.name for one in tmp_path.iterdir()) == ["a"]
    assert set(asked) == {"fs.write=/a", "fs.write=/b", "fs.write=/m"}


async def test_the_error_of_a_block_passes(files_of: Callable[..., FileSystem], tmp_path: Path) -> None:
    async def fail() -> None:
        async with files_of("run").atomic("x") as file:
            await file.write(b"1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert not (tmp_path / "x").exists()


async def test_a_link_asks_for_what_it_leads_to(
    files_of: Callable[..., FileSystem], tmp_path: Path, asked: list[str]
) -> None:
    (tmp_path / "secret").write_text("s")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "note").symlink_to("../secret")
    assert await files_of("run", "fs.read=docs").read("docs/note") == b"s"
    assert asked == ["fs.read=/secret"]
