"""What no tool may write, whatever is granted: every verb that changes something is tried on each place."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

import llmspell
from llmspell.errors import LlmspellError, PermissionDeniedError
from llmspell.runtime.app import App
from llmspell.runtime.kept import kept_places
from llmspell.services.config import Config
from llmspell.services.files import FileService
from llmspell.services.paths import AppPaths
from llmspell.services.permissions import Grants
from tests.security.house import VERBS, WRITING
from tests.security.probe import Area, Case, cases_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmspell.spec.files import FileSystem
    from tests.security.probe import Stage

FILES = (
    *("config/config.toml", "config/audit/log.anchor", "data/runs/1.jsonl", "data/audit/audit.jsonl"),
    *("data/secrets.json", "data/llmspell.sqlite3", "work/llmspell.toml", "work/notes.txt", "work/inside/a.txt"),
    *("logs/audit.jsonl", "keys/password", "spells/main.py", "plugins/mine.py", "other.toml"),
)
EVERY = (*WRITING, "remove", "remove all", "rename")
ORDINARY = ("write", "write in place", "append", "open to write", "stamp", "rename", "remove")


def load() -> list[Case]:
    """Give the cases: `path`, `flags`, `makes` (links), `grants`, `verbs`, `to`; and whether it `passes`."""
    return [case for case in cases_of("kept.toml") if not case.data.get("passes")]


async def try_place(case: Case, stage: Stage) -> str | None:
    """Try each verb in a fresh house; what is kept must be as it was, and the refusal must be that of the guard."""
    verbs = case.data.get("verbs", ORDINARY if case.data.get("passes") else EVERY)
    stage.tries += len(verbs) - 1
    faults = [fault for verb in verbs if (fault := await _attempt(case.data, verb, stage.fresh())) is not None]
    return "; ".join(faults) or None


async def _attempt(data: Mapping[str, Any], verb: str, root: Path) -> str | None:
    _build(root, data.get("makes", {}))
    before = _look(root)
    ended = await _run(_files(root, data), data, verb, root)
    if data.get("passes"):
        return f"{verb}: {type(ended).__name__}: {ended}" if isinstance(ended, LlmspellError) else None
    if _look(root) != before:
        return f"{verb}: something has changed"
    return None if isinstance(ended, PermissionDeniedError) else f"{verb}: {type(ended).__name__}: {ended}"


async def _run(files: FileSystem, data: Mapping[str, Any], verb: str, root: Path) -> object:
    path, to = (_written(data.get(key, default), root) for key, default in (("path", ""), ("to", "{work}/moved")))
    try:
        if verb != "ask":
            return await VERBS[verb](files, path, to)
        await files.require(path, "fs.write")  # where the real thing lies, nothing more is tried
    except LlmspellError as error:
        return error
    return None


def _files(root: Path, data: Mapping[str, Any]) -> FileSystem:
    flags = {key: _filled(value, root) for key, value in data.get("flags", {}).items()}
    folders = {
        f"LLMSPELL_{name.upper()}_DIR": _written(data.get(name, f"{{{name}}}"), root) for name in ("config", "data")
    }
    folders |= {key: _written(value, root) for key, value in data.get("environment", {}).items()}
    named = root / data["file"] if "file" in data else None
    work = root / data.get("working", "work")
    config = Config.load(
        named,
        flags=flags,
        environment=folders,
        working=work,
        user_folder=Path(folders["LLMSPELL_CONFIG_DIR"]),
        check=False,
    )
    kept = kept_places(config, App.open(config=config).catalog, AppPaths(folders, working=work))
    grants = [_written(one, root) for one in data.get("grants", ("fs.read=/", "fs.write=/"))]
    return FileService(asyncio.sleep, kept=kept).port(Grants.parse(grants, cwd=work), work, "probe")


def _filled(value: object, root: Path) -> object:
    return [_filled(one, root) for one in value] if isinstance(value, list) else _written(str(value), root)


def _written(text: str, root: Path) -> str:
    places = {"root": root, "config": root / "config", "data": root / "data", "work": root / "work"}
    code = {"site": sysconfig.get_path("purelib"), "programs": sysconfig.get_path("scripts")}
    code |= {"library": str(Path(os.__file__).parent), "llmspell": str(Path(llmspell.__file__).parent)}
    for name, path in (places | code).items():
        text = text.replace(f"{{{name}}}", str(path))
    return text


def _build(root: Path, makes: Mapping[str, str]) -> None:
    for name in FILES:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("" if name.endswith(".toml") else name)
    for name, target in makes.items():
        (root / name).symlink_to(_written(target, root))


def _look(root: Path) -> Sequence[tuple[str, int, str]]:
    """Tell everything of what lies in the house."""
    found = []
    for path in sorted(root.rglob("*")):
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found.append((str(path), path.lstat().st_mode, content))
    return found


AREA = Area(
    "kept",
    promise="S8",
    title="What no tool may write",
    how="with every file granted, each verb that changes something is tried on llmspell's configuration, keys, logs, "
    "stores and trusted code, by their names, by links and by the folders above; each has to be refused and nothing "
    "may have changed",
    load=load,
    try_=try_place,
    sample=12,
)
