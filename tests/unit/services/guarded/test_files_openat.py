"""The kernel's call and the walk name by name open the same folders and refuse the same links."""

# What the system does is asked for in the system's words.

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from llmspell.services.files_openat import FOLDER, LOOKUP, kernel_open, open_by_name, open_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


def by_kernel(fd: int, parts: Sequence[str]) -> int | None:
    call = kernel_open()
    if call is None:
        pytest.skip("this system has no openat2")
    return call(fd, "/".join(parts).encode())


OPENERS = pytest.mark.parametrize("opener", [by_kernel, open_by_name, open_folder])


@pytest.fixture
def root(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "in/a/b").mkdir(parents=True)
    (tmp_path / "in/file").touch()
    (tmp_path / "out/b").mkdir(parents=True)
    os.symlink("a", tmp_path / "in/link")
    os.symlink("../out", tmp_path / "in/a/away")
    os.symlink("nowhere", tmp_path / "in/broken")
    fd = os.open(tmp_path / "in", LOOKUP | FOLDER)
    yield fd
    os.close(fd)


@OPENERS
@pytest.mark.parametrize("path", ["a", "a/b"])
def test_folders_are_opened(root: int, tmp_path: Path, opener: Callable[..., int | None], path: str) -> None:
    fd = opener(root, path.split("/"))
    assert fd is not None
    assert os.fstat(fd).st_ino == (tmp_path / "in" / path).stat().st_ino
    os.close(fd)


@OPENERS
@pytest.mark.parametrize("path", ["link", "link/b", "a/away", "a/away/b", "broken", "broken/x"])
def test_links_are_refused(root: int, opener: Callable[..., int | None], path: str) -> None:
    assert opener(root, path.split("/")) is None


@OPENERS
@pytest.mark.parametrize(
    ("path", "error"), [("missing", FileNotFoundError), ("a/x/b", FileNotFoundError), ("file", NotADirectoryError)]
)
def test_what_is_no_folder_is_an_error(
    root: int, opener: Callable[..., int | None], path: str, error: type[OSError]
) -> None:
    before = len(os.listdir("/dev/fd"))
    with pytest.raises(error):
        opener(root, path.split("/"))
    assert len(os.listdir("/dev/fd")) == before


@OPENERS
def test_a_link_swapped_in_is_never_followed(root: int, tmp_path: Path, opener: Callable[..., int | None]) -> None:
    outside = (tmp_path / "out/b").stat().st_ino
    place, parked, link = tmp_path / "in/a", tmp_path / "in/parked", tmp_path / "in/swap"
    os.symlink("../out", link)
    over = threading.Event()

    def swap() -> None:
        while not over.is_set():
            place.rename(parked)
            link.rename(place)
            place.rename(link)
            parked.rename(place)

    swapper = threading.Thread(target=swap)
    swapper.start()
    try:
        for _ in range(3000):
            try:
                fd = opener(root, ["a", "b"])
            except FileNotFoundError:
                continue  # between two renames
            if fd is not None:
                assert os.fstat(fd).st_ino != outside
                os.close(fd)
    finally:
        over.set()
        swapper.join()
