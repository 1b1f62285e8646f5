"""Files below a spell's folder, as `require`, `import` and `Spell.load` read them; nothing outside is ever read."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from llmspell.errors import PermissionDeniedError, ResourceUnavailableError, ScriptSecurityError, ValidationError

if TYPE_CHECKING:
    from llmspell.bridge.bundles import Bundle
    from llmspell.runtime.run import Run
    from llmspell.spec import FileSystem

MAX_SOURCE = 5 << 20
MODULES = "llmspell_modules/"


class Sources:
    """Read below the folder of a run's spell.

    Raises `ResourceUnavailableError` when it has none: its text did not come from a file.
    """

    def __init__(self, run: Run, wanted: str) -> None:
        if not run.roots:
            message = f"the spell has no folder to load {wanted!r} from"
            raise ResourceUnavailableError(message, suggestions=["run the spell from a file"])
        from llmspell.services.permissions import Grants  # noqa: PLC0415 - only spells with modules need it

        self._run = run
        # The folders, whatever else the spell may read: links out of them are refused there.
        self._folders: list[FileSystem] = [
            run.app.services.files.port(Grants.parse([f"fs.read={root}"], cwd=root), root, "the spell")
            for root in run.roots
        ]

    async def find(self, paths: list[str]) -> str | None:
        """Give the first of some paths that is a file, None when none is."""
        for path in paths:
            if await self._holder(path) is not None:
                return path
        return None

    async def _holder(self, path: str) -> FileSystem | None:
        """Give the first folder that has a file, None when none has."""
        try:
            for folder in self._folders:
                if await folder.exists(path) and (await folder.stat(path)).kind == "file":
                    return folder
        except (PermissionDeniedError, ValidationError) as error:
            raise outside(path) from error
        return None

    async def bundles(self) -> dict[str, Bundle]:
        """Give the npm modules that may be loaded, by name; raises `ConfigError` for a lock that is not valid."""
        from llmspell.bridge.bundles import LOCK, read_lock  # noqa: PLC0415 - only what is named like a package needs it

        return {} if await self.find([LOCK]) is None else read_lock(await self.read(LOCK))

    async def _check_bundle(self, path: str, data: bytes) -> None:
        """Let a file of npm's pass only when the lock has it, with this content, however it was named."""
        bundle = next((one for one in (await self.bundles()).values() if one.file == path), None)
        if bundle is None:
            message = f"{path} is in no lock: nothing in {MODULES} is loaded that `llmspell deps add` did not put there"
            raise ScriptSecurityError(message, suggestions=["move a file of your own out of that folder"])
        bundle.check(data)

    async def _read_bytes(self, path: str) -> bytes:
        try:
            return await (await self._holder(path) or self._folders[0]).read(path, limit=MAX_SOURCE)
        except (PermissionDeniedError, ValidationError) as error:
            raise outside(path) from error

    async def read(self, path: str) -> str:
        """Give the text of a file.

        Raises `ScriptSecurityError` for a link that leads out of the folder and for a bundle that is not allowed,
        `ResourceUnavailableError` for what is no UTF-8 text.
        """
        data = await self._read_bytes(path)
        self._run.journal.loaded(path, data)
        if path.startswith(MODULES):
            await self._check_bundle(path, data)
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            message = f"{path} is not UTF-8 text (byte {error.start})"
            raise ResourceUnavailableError(message) from error


def below(text: str) -> str:
    """Give a path below the spell's folder in its one form; raises `ScriptSecurityError` when it leads out."""
    parts: list[str] = []
    path = PurePosixPath(text)
    for part in path.parts:
        if part == ".." and not parts:
            raise outside(text)
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    if path.is_absolute() or not parts or "\\" in text or "\0" in text:
        raise outside(text)
    return "/".join(parts)


def outside(text: str) -> ScriptSecurityError:
    """Say that a name leads out of the spell's folder."""
    message = f"{text!r} leads out of the spell's folder"
    return ScriptSecurityError(message, suggestions=["name files relative to the folder of the spell"])
