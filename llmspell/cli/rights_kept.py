"""Write rights that were granted for good into the configuration, and leave everything else in the file as it is."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmspell.services.config_sources import FILE_NAME, USER_FILE
from llmspell.services.paths import AppPaths
from llmspell.services.permission_patterns import PATHS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmspell.services.config import Config

_TABLE = re.compile(r"^[ \t]*\[[ \t]*permissions[ \t]*\][ \t]*(?:#[^\n]*)?$", re.MULTILINE)
_ALLOW = re.compile(r"^[ \t]*allow[ \t]*=[ \t]*\[", re.MULTILINE)
_NEXT = re.compile(r"^[ \t]*\[", re.MULTILINE)
_WILD = re.compile(r"[*?\[]")


class NotKeptError(Exception):
    """A right cannot be written into the configuration; the text says why."""


def keep(rules: Sequence[str], config: Config, *, literal: bool) -> Path:
    """Add rules to `[permissions] allow` of the project's file, else of the user's, and give the file.

    `literal` rules name what was asked for: a wildcard in one would mean more than that. Raises `NotKeptError`.
    """
    for rule in rules:
        if literal and _WILD.search(rule.partition("=")[2]):
            raise NotKeptError("a rule cannot name it: it holds a wildcard")
    project = Path.cwd() / FILE_NAME
    path = project if project.is_file() else AppPaths(config.environment).config / USER_FILE
    before = _text(path)
    lines = [json.dumps(_placed(rule, path.parent), ensure_ascii=False) for rule in rules]
    after = _with(before, lines)
    _check(before, after, lines, path)
    _write(path, after)
    return path


def _placed(rule: str, folder: Path) -> str:
    """Name a path so that it means the same wherever the file is read."""
    right, _, target = rule.partition("=")
    if right not in PATHS or target == "*":
        return rule
    whole = os.path.normpath(Path.cwd() / target)
    inside = folder == Path.cwd() and Path(whole).is_relative_to(folder)
    return f"{right}=./{Path(whole).relative_to(folder)}" if inside else f"{right}={whole}"


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise NotKeptError(f"{path} cannot be read: {error}") from error


def _with(text: str, lines: Sequence[str]) -> str:
    """Add lines to the list, making the list and its table where there is none."""
    new = "".join(f"    {line},\n" for line in lines)
    table = _TABLE.search(text)
    if table is None:
        start = f"{text.rstrip()}\n\n" if text.strip() else ""
        return f"{start}[permissions]\nallow = [\n{new}]\n"
    following = _NEXT.search(text, table.end())
    end = len(text) if following is None else following.start()
    allow = _ALLOW.search(text, table.end(), end)
    if allow is None:
        return f"{text[: table.end()]}\nallow = [\n{new}]{text[table.end() :]}"
    rest = text[allow.end() :].removeprefix("\n")
    return f"{text[: allow.end()]}\n{new}{rest}"


def _check(before: str, after: str, lines: Sequence[str], path: Path) -> None:
    """Compare the file as it was with what it will be: nothing but the rules may differ."""
    import tomllib  # noqa: PLC0415 - only who grants for good pays for it

    try:
        old: dict[str, Any] = tomllib.loads(before)
        new: dict[str, Any] = tomllib.loads(after)
        table = new["permissions"]
        added, kept = table["allow"][: len(lines)], table["allow"][len(lines) :]
        same = {**old, "permissions": {**old.get("permissions", {}), "allow": kept}}
        fits = {**new, "permissions": {**table, "allow": kept}} == same
        fits = fits and added == [json.loads(line) for line in lines]
    except (tomllib.TOMLDecodeError, KeyError, TypeError):
        fits = False
    if not fits or kept != old.get("permissions", {}).get("allow", []):
        wanted = ", ".join(lines)
        raise NotKeptError(f"{path} is written in a way that cannot be added to: add {wanted} to [permissions] allow")


def _write(path: Path, text: str) -> None:
    """Replace the file by a whole one."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = path.resolve() if path.is_symlink() else path
        fresh = target.with_name(f".{target.name}.{os.getpid()}")
        with fresh.open("x", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            fresh.chmod(target.stat().st_mode & 0o777)
        fresh.replace(target)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise NotKeptError(f"{path} cannot be written: {error.strerror or error}") from error
