"""A folder that is granted, one beside it that is not, and every verb of the file port."""

from __future__ import annotations

import os
import re
import socket
import stat
import subprocess
from typing import TYPE_CHECKING, Any

from llmspell.errors import LlmspellError, PermissionDeniedError, ResourceUnavailableError, ValidationError
from llmspell.services.files import FileService
from llmspell.services.permissions import Grants

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from pathlib import Path

    from llmspell.spec.files import FileSystem

    Verb = Callable[[FileSystem, str, str], Awaitable[object]]

GRANTS = ("fs.read=inside", "fs.write=inside")
FILES = ("inside/a.txt", "inside/sub/b.txt", "inside/sub/deep/c.txt")
SECRETS = ("outside/secret.txt", "outside/folder/d.txt")
SECRET = "a secret that nobody may see"
MOUNTED = ("bind", "proc", "sysfs", "tmpfs")
MUST = {"denied": PermissionDeniedError, "invalid": ValidationError, "unavailable": ResourceUnavailableError}


async def opened(fs: FileSystem, path: str, mode: Any) -> object:
    """Open a file, read what can be read and write what can be written."""
    async with fs.open(path, mode) as file:
        if mode != "r":
            await file.write(b"x")
        return await file.read() if mode in ("r", "r+") else None


async def whole(fs: FileSystem, path: str) -> None:
    """Write a file that takes its place at the end."""
    async with fs.atomic(path) as file:
        await file.write(b"x")


async def write_and_read(fs: FileSystem, path: str) -> None:
    """Write a file under a name that is only unusual, find it in its folder, read it and remove it."""
    await fs.write(path, b"x")
    listed = [one.path for one in await fs.list("inside")]
    if await fs.read(path) != b"x" or path not in listed:
        raise ResourceUnavailableError(f"it was written, but cannot be found: {listed}")
    await fs.remove(path)


async def walked(fs: FileSystem, path: str, depth: int | None = None) -> object:
    """Give all that a walk shows."""
    found = [one async for one in fs.walk(path, depth=depth)]
    machine = [one.path for one in found if one.path.startswith(("/proc/", "/sys/"))]
    if machine:
        raise ResourceUnavailableError(f"a walk shows {machine[:3]}")
    return found


READING: Mapping[str, Verb] = {
    "read": lambda fs, path, _: fs.read(path),
    "open": lambda fs, path, _: opened(fs, path, "r"),
    "hash": lambda fs, path, _: fs.hash(path),
    "stat": lambda fs, path, _: fs.stat(path),
    "list": lambda fs, path, _: fs.list(path),
    "walk": lambda fs, path, _: walked(fs, path),
    "watch": lambda fs, path, _: anext(fs.watch(path)),
    "copy": lambda fs, path, to: fs.copy(path, to or "inside/copied"),
    "open to change": lambda fs, path, _: opened(fs, path, "r+"),
}
WRITING: Mapping[str, Verb] = {
    "write": lambda fs, path, _: fs.write(path, b"x"),
    "write in place": lambda fs, path, _: fs.write(path, b"x", atomic=False),
    "write if new": lambda fs, path, _: fs.write(path, b"x", exclusive=True),
    "append": lambda fs, path, _: fs.write(path, b"x", append=True),
    "write whole": lambda fs, path, _: whole(fs, path),
    "open to write": lambda fs, path, _: opened(fs, path, "w"),
    "open to append": lambda fs, path, _: opened(fs, path, "a"),
    "open if new": lambda fs, path, _: opened(fs, path, "x"),
    "mkdir": lambda fs, path, _: fs.mkdir(path),
    "copy to": lambda fs, path, _: fs.copy("inside/a.txt", path),
    "stamp": lambda fs, path, _: fs.stamp(path, modified_ns=10**18),
}
OTHERS: Mapping[str, Verb] = {
    "stat the link": lambda fs, path, _: fs.stat(path, follow=False),
    "read the link": lambda fs, path, _: fs.read_link(path),
    "remove": lambda fs, path, _: fs.remove(path),
    "remove all": lambda fs, path, _: fs.remove(path, recursive=True),
    "rename": lambda fs, path, to: fs.rename(path, to),
    "rename if new": lambda fs, path, to: fs.rename(path, to, exclusive=True),
    "copy if new": lambda fs, path, to: fs.copy(path, to, exclusive=True),
    "walk three": lambda fs, path, _: walked(fs, path, 2),
    "within": lambda fs, path, to: fs.within(path).read(to),
    "within and list": lambda fs, path, _: fs.within(path).list(),
    "write and read": lambda fs, path, _: write_and_read(fs, path),
}
# Where a guard is broken, verbs do what they can: no case aims one that changes something at a file of the system.
VERBS = {**READING, **WRITING, **OTHERS}
GROUPS = {"reading": READING, "writing": WRITING, "all": {**READING, **WRITING}}


class House:
    """One folder for one try: built, tried, and looked at."""

    def __init__(self, root: Path, data: Mapping[str, Any]) -> None:
        self.root = root
        self.data = data
        for name in (*FILES, *SECRETS):
            self._file(name, SECRET if name in SECRETS else "nothing special")
        (root / "inside/empty").mkdir()
        for kind, name, *target in data.get("makes", ()):
            self._make(kind, name, self.written(target[0]) if target else "")
        self.outside = self._look()

    def written(self, text: str) -> str:
        """Put in what is named in braces."""
        places = {"outside": str(self.root / "outside"), "root": str(self.root)}
        text = re.sub(r"\{(u[d][89a-f][0-9a-f]{2})\}", lambda found: chr(int(found[1][1:], 16)), text)
        text = re.sub(r"\{([^{}]+?)\*(\d+)\}", lambda found: found[1] * int(found[2]), text)
        return re.sub(r"\{(outside|root)\}", lambda found: places[found[1]], text)

    async def attempt(self, verb: str) -> str | None:
        """Try one verb; None when it ended as it must."""
        fs = FileService().port(Grants.parse(self.data.get("grants", GRANTS), cwd=self.root), self.root, "probe")
        for before, *paths in self.data.get("first", ()):
            await self._run(fs, before, paths[0], paths[1] if len(paths) > 1 else "")
        ended = await self._run(fs, verb, self.written(self.data["path"]), self.written(self.data.get("to", "")))
        return self._fault(ended)

    @staticmethod
    async def _run(fs: FileSystem, verb: str, path: str, to: str) -> object:
        try:
            return await VERBS[verb](fs, path, to)
        except LlmspellError as error:
            return error

    def _fault(self, ended: object) -> str | None:
        shown = f"{ended!r} {ended}"
        if SECRET in shown or self._copied():
            return f"it shows the secret: {shown[:200]}"
        if self.changed():
            return "something outside has changed"
        if hidden := self.data.get("hides"):
            return f"it shows {hidden}" if hidden in shown else None
        must, failed = self.data["must"], isinstance(ended, LlmspellError)
        held = {"passes": not failed, "contained": True, "refused": failed}
        if held.get(must, failed and isinstance(ended, MUST.get(must, ()))):
            return None
        return f"{type(ended).__name__}: {str(ended)[:200]}"

    def _copied(self) -> bool:
        """Tell whether a secret has come to lie under a new name inside."""
        made = {self.root / name for kind, name, *_ in self.data.get("makes", ()) if kind in ("secret", "hard")}
        device = self.root.stat().st_dev
        for folder, folders, names in os.walk(self.root / "inside"):
            folders[:] = [name for name in folders if os.lstat(os.path.join(folder, name)).st_dev == device]
            for name in names:
                path = self.root / folder / name
                if path not in made and stat.S_ISREG(path.lstat().st_mode) and path.read_text() == SECRET:
                    return bool(self.data["must"] != "contained")
        return False

    def changed(self) -> bool:
        """Tell whether anything outside is not as it was."""
        return self._look() != self.outside

    def _look(self) -> dict[str, object]:
        """Tell everything about what lies outside, but how many names a file has."""
        seen: dict[str, object] = {}
        for folder, folders, names in os.walk(self.root / "outside"):
            for name in (*folders, *names):
                path = self.root / folder / name
                info = path.lstat()
                content = path.read_bytes() if stat.S_ISREG(info.st_mode) else b""
                seen[str(path)] = (info.st_mode, info.st_size, info.st_mtime_ns, info.st_ino, content)
        return seen

    def _file(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def _make(self, kind: str, name: str, target: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if kind == "link":
            os.symlink(target, path)
        elif kind == "hard":
            os.link(self.root / target, path)
        elif kind == "chain":
            links = [f"{path.name}{number}" for number in range(int(target))]
            for one, following in zip(links, [*links[1:], "a.txt"], strict=True):
                os.symlink(following, path.parent / one)
        elif kind == "socket":
            _socket(path)
        elif kind == "device":
            major, minor = map(int, target.split(":"))
            os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(major, minor))
        elif kind in MOUNTED:
            path.mkdir()
            what = ["--bind", target] if kind == "bind" else ["-t", kind, kind]
            subprocess.run(["mount", *what, str(path)], check=True)
        else:
            makers = {"folder": path.mkdir, "pipe": lambda: os.mkfifo(path)}
            makers.get(kind, lambda: path.write_text(SECRET if kind == "secret" else "nothing special"))()


def _socket(path: Path) -> None:
    """Leave a socket behind; its own path may be longer than a socket's address."""
    here = os.getcwd()
    os.chdir(path.parent)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(here)


def verbs_of(data: Mapping[str, Any]) -> Sequence[str]:
    """Give the verbs that a case names."""
    wanted = data["verbs"]
    return list(GROUPS[wanted]) if isinstance(wanted, str) else wanted
