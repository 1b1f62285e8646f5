"""Paths as people write them: each must be read, listed, written, moved and removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmspell.errors import LlmspellError
from llmspell.services.files import FileService
from llmspell.services.permissions import Grants
from tests.security.probe import Area, Case, cases_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.security.probe import Stage

TEXT = b"what is in it"


def load() -> list[Case]:
    """Give the cases: `path` of a file, with `links` (name to target) and `grant`, where it is not the whole folder."""
    return cases_of("ordinary_paths.toml")


async def use(case: Case, stage: Stage) -> str | None:
    """Do with a path what one does with a file; the first thing that is refused is the fault."""
    data = case.data
    folder = stage.fresh()
    path = str(data["path"]).replace("{folder}", str(folder)).replace("{long}", "x" * 251)
    _lay_out(folder, data.get("folders", []), data.get("links", {}))
    names = data.get("grant", ["."])
    grants = Grants.parse([f"{right}={name}" for right in ("fs.read", "fs.write") for name in names], cwd=folder)
    files = FileService().port(grants, folder, "probe")
    doing = "write"
    try:
        await files.write(path, TEXT)
        doing = "read"
        if await files.read(path) != TEXT:
            return f"{path} reads otherwise than it was written"
        doing = "look at"
        if (await files.stat(path)).size != len(TEXT):
            return f"{path} has another size than it was written with"
        doing = "hash"
        await files.hash(path)
        doing = "add to"
        await files.write(path, b"!", append=True)
        doing = "copy"
        await files.copy(path, other := f"{path}.2")
        doing = "move"
        await files.rename(other, path)
        doing = "remove"
        await files.remove(path)
    except LlmspellError as error:
        return f"it could not {doing} {path}: {type(error).__name__}: {error}"
    return None


def _lay_out(folder: Path, folders: list[str], links: dict[str, str]) -> None:
    for name in folders:
        (folder / name).mkdir(parents=True)
    for name, target in links.items():
        (folder / name).symlink_to(target)


AREA = Area(
    "ordinary_paths",
    promise="G18",
    title="Ordinary paths",
    how="a file is written, read, looked at, hashed, added to, copied, moved and removed under a name as people give "
    "them, in a granted folder",
    load=load,
    try_=use,
    sample=40,
    also=True,
)
