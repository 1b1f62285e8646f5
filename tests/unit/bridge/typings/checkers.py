"""Run the programs that editors ask over files: TypeScript's compiler and mypy."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from llmspell.bridge.typings import stubs
from tests.integration.documents import samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.bridge.typings.surface import Surface

ROOT = Path(__file__).parents[4]
PAGE = ROOT / "docs/how-to/complete-the-api.md"
TSC = shutil.which("tsc")
needs_tsc = pytest.mark.skipif(TSC is None, reason="the TypeScript compiler (tsc) is not installed")


def tsconfig(*, javascript: bool) -> dict[str, object]:
    """Give the settings that the page recommends; those that spare JavaScript are not for TypeScript."""
    shown = (json.loads(one.text) for one in samples(PAGE) if one.language == "json")
    config = cast("dict[str, object]", next(one for one in shown if "compilerOptions" in one))
    if not javascript:
        options = cast("dict[str, object]", config["compilerOptions"])
        for spared in ("noImplicitAny", "useUnknownInCatchVariables"):
            del options[spared]
    return config


def tsc(folder: Path, *, javascript: bool = False) -> str:
    """Give the complaints of the TypeScript compiler about a folder, as somebody who reads the page calls it."""
    (folder / "jsconfig.json").write_text(json.dumps(tsconfig(javascript=javascript)), encoding="utf-8")
    command = [str(TSC), "--project", "jsconfig.json"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False).stdout


def mypy(folder: Path, *files: str, flags: Sequence[str] = ()) -> str:
    """Give the complaints of mypy about spells in a folder, which has the stubs as `llmspell`."""
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--python-version=3.11", *flags, *files]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def stubs_of(api: Surface) -> dict[str, str]:
    """Give the files of the package `llmspell` as editors see it."""
    modules = {f"llmspell/{name}": text for name, text in stubs.modules(api).items()}
    return {"llmspell/__init__.pyi": stubs.render(api), **modules}


def write(folder: Path, files: dict[str, str]) -> None:
    """Write files by their paths."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
