"""A project comes to its place whole or not at all, and takes nothing away that is not its own."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from llmspell.cli.generate_answers import FILE
from llmspell.cli.generate_bake import Change, changes, put, refuse_occupied, workplace
from llmspell.errors import SystemFailure, UsageError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def project(tmp_path):
    """Give a baked project: two files at the top and one below."""
    folder = tmp_path / "work/new"
    for name in ("a", "b", "src/c"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"new {name}")
    return folder


@pytest.fixture
def target(tmp_path):
    """Give an older project with a file of its owner's."""
    folder = tmp_path / "target"
    folder.mkdir()
    (folder / "a").write_text("old a")
    (folder / "b").write_text("new b")
    (folder / "mine").write_text("mine")
    return folder


def contents(folder: Path) -> dict[str, str]:
    return {p.relative_to(folder).as_posix(): p.read_text() if p.is_file() else "" for p in folder.rglob("*")}


def test_a_new_place(project, tmp_path):
    target = tmp_path / "target"
    found = changes(project, target)
    assert found == [Change("a", "added"), Change("b", "added"), Change("src/c", "added")]
    put(project, target, found, tmp_path / "kept")
    assert contents(target) == {"a": "new a", "b": "new b", "src": "", "src/c": "new src/c"}


def test_an_empty_place(project, tmp_path):
    target = tmp_path / "target"
    target.mkdir()
    put(project, target, changes(project, target), tmp_path / "kept")
    assert (target / "src/c").read_text() == "new src/c"


def test_an_older_project_keeps_what_was_not_generated(project, target, tmp_path):
    found = changes(project, target)
    assert found == [Change("a", "changed"), Change("b", "same"), Change("src/c", "added")]
    before = (target / "b").stat().st_mtime_ns
    put(project, target, found, tmp_path / "kept")
    assert contents(target) == {"a": "new a", "b": "new b", "mine": "mine", "src": "", "src/c": "new src/c"}
    assert (target / "b").stat().st_mtime_ns == before


def test_a_failure_in_the_middle_leaves_all_as_it_was(project, target, tmp_path):
    before = contents(target)
    found = changes(project, target)
    (project / "src/c").unlink()  # so that the last move fails
    with pytest.raises(FileNotFoundError):
        put(project, target, found, tmp_path / "kept")
    assert contents(target) == before


def test_nothing_is_written_through_a_link(project, target, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (target / "src").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="in the way"):
        changes(project, target)
    assert contents(tmp_path / "elsewhere") == {}


def test_a_folder_for_a_file_and_a_file_for_a_folder(project, target):
    (target / "src").write_text("a file")
    with pytest.raises(UsageError, match="in the way"):
        changes(project, target)
    (target / "src").unlink()
    (target / "src/c").mkdir(parents=True)
    with pytest.raises(UsageError, match="in the way"):
        changes(project, target)


def test_which_places_are_free(tmp_path):
    place = tmp_path / "place"
    refuse_occupied(place, force=False)
    place.mkdir()
    refuse_occupied(place, force=True)
    with pytest.raises(UsageError, match="is there") as caught:
        refuse_occupied(place, force=False)
    assert "--force" in caught.value.suggestions[0]
    (place / "mine").touch()
    with pytest.raises(UsageError, match="did not make it"):
        refuse_occupied(place, force=True)
    (place / FILE).touch()
    refuse_occupied(place, force=True)
    (tmp_path / "link").symlink_to(place)
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "file").touch()
    for name in ("link", "dangling", "file"):
        with pytest.raises(UsageError, match="no folder"):
            refuse_occupied(tmp_path / name, force=True)


def test_a_workplace_goes_away(tmp_path):
    with workplace(tmp_path) as home:
        (home / "x").touch()
        assert home.parent == tmp_path
    with pytest.raises(KeyboardInterrupt), workplace(tmp_path):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "kind"), [(errno.EACCES, UsageError), (errno.EROFS, UsageError), (errno.ENOSPC, SystemFailure)]
)
def test_failures_of_files_have_codes(tmp_path, number, kind):
    with pytest.raises(kind, match="cannot write") as caught, workplace(tmp_path):
        raise OSError(number, "as told")
    assert type(caught.value) is kind
    assert caught.value.suggestions
    assert list(tmp_path.iterdir()) == []


def test_a_workplace_where_there_can_be_none(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot write"), workplace(tmp_path / "file"):
        pytest.fail("there is no such place")


def test_folders_that_were_made_go_again_when_a_later_file_fails(tmp_path):
    project, target = tmp_path / "project", tmp_path / "target"
    (project / "new").mkdir(parents=True)
    (project / "new" / "a.txt").write_text("a")
    target.mkdir()
    (target / "kept.txt").write_text("kept")
    found = [Change("new/a.txt", "added"), Change("vanished.txt", "added")]
    with pytest.raises(FileNotFoundError):
        put(project, target, found, tmp_path / "old")
    assert [path.name for path in target.rglob("*")] == ["kept.txt"]
