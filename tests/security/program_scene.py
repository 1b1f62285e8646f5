"""The folders in which programs are tried: a repository that may be read and written, and beside it what may not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import frozen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.security.probe import Stage

_WHO = {f"GIT_{role}_{what}": "a@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
_PLANTED = ("bin/git", "bin/cat", "bin/planted", "bin/touch", "cat", "git", "evil/pre-commit", "evil/post-checkout")
"""Programs that make the mark, where a careless look-up would find them."""


def needs() -> str | None:
    """Ask for what the cases are made of."""
    if sys.platform != "linux":
        return "counts processes in /proc, which only Linux has"
    return None if shutil.which("git") else "git is not installed"


@frozen
class Scene:
    """One case's folders: `here` is granted; `mark` must not come to be, `canary` must not come out."""

    here: Path
    outside: Path
    mark: Path
    canary: str
    number: int

    def names(self) -> dict[str, object]:
        """Give what the texts of cases stand for."""
        return {
            "here": self.here,
            "outside": self.outside,
            "outside_name": self.outside.name,
            "mark": self.mark,
            "secret": self.outside / "secret",
            "number": self.number,
        }

    def filled(self, value: Any) -> Any:
        """Put the folders of this case into its texts."""
        if isinstance(value, str):
            return value.format(**self.names())
        if isinstance(value, list):
            return [self.filled(one) for one in value]
        if isinstance(value, dict):
            return {name: self.filled(one) for name, one in value.items()}
        return value


async def prepare(stage: Stage) -> tuple[Path, str]:
    """Make the folders that every case gets a copy of, and the canary in them."""
    folder, canary = stage.fresh(), stage.canary()
    for name in ("here", "outside"):
        (folder / name).mkdir()
        _git(folder / name, "init", "-q")
        (folder / name / "note.txt").write_text("one\ntwo\n")
        (folder / name / ".gitattributes").write_text("* filter=x diff=x\n")
        _git(folder / name, "add", "note.txt")
        _git(folder / name, "commit", "-q", "-m", canary if name == "outside" else "first")
    (folder / "outside" / "secret").write_text(f"{canary}\n")
    here = folder / "here"
    for name in ("private", "folder", "twin", "sub"):
        (here / name).mkdir()
    (here / "private" / "key").write_text(f"{canary}\n")
    (here / "folder" / "a").write_text("a\n")
    _git(here, "init", "-q", "--bare", "bare")
    with (here / "note.txt").open("a") as file:
        file.write("three\n")
    return folder, canary


def _git(folder: Path, *arguments: str) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **_WHO}
    subprocess.run(["git", *arguments], cwd=folder, env=environment, check=True, capture_output=True)


def scene_of(template: Path, canary: str, folder: Path, number: int, data: Mapping[str, Any]) -> Scene:
    """Copy the folders for one case, and put into them what lies in wait."""
    for name in ("here", "outside"):
        shutil.copytree(template / name, folder / name, symlinks=True)
    made = Scene(folder / "here", folder / "outside", folder / "mark", canary, number)
    _set_traps(made)
    for name, text in data.get("files", {}).items():
        _write(made.here / name, made.filled(text))
    if "config" in data:
        with (made.here / ".git" / "config").open("a") as file:
            file.write(made.filled(data["config"]))
    for key in ("gitfile", "gitlink"):
        if key in data:
            shutil.rmtree(made.here / ".git")
    if "gitfile" in data:
        (made.here / ".git").write_text(made.filled(data["gitfile"]))
    if "gitlink" in data:
        (made.here / ".git").symlink_to(made.filled(data["gitlink"]))
    return made


def _set_traps(made: Scene) -> None:
    secret = made.outside / "secret"
    (made.here / "link").symlink_to(secret)
    (made.here / "linked").symlink_to(made.outside)
    (made.here / "twin" / "a").symlink_to(secret)
    (made.here / "names").write_text(f"{secret}\n")
    (made.here / "more.config").write_text(f'[core]\n\tfsmonitor = "touch {made.mark}"\n')
    with (made.here / "bare" / "config").open("a") as file:
        file.write(f'[core]\n\tfsmonitor = "touch {made.mark}"\n')
    for name in _PLANTED:
        _write(made.here / name, f"#!/bin/sh\ntouch {made.mark}\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def left(number: int) -> int:
    """Count the processes that sleep for this number of seconds."""
    wanted = [b"sleep", str(number).encode()]
    count = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue  # it has ended meanwhile
            count += words[:2] == wanted
    return count
