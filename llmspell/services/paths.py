"""Folders of the user where llmspell keeps its configuration, data and cache.

Linux and the rest: XDG Base Directory Specification 0.8. macOS: `~/Library`. Windows: `%APPDATA%` and `%LOCALAPPDATA%`.
The variables
`LLMSPELL_CONFIG_DIR`, `LLMSPELL_DATA_DIR` and `LLMSPELL_CACHE_DIR` beat them. Nothing is created by asking.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from llmspell.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = "llmspell"
_LINUX = {
    "config": ("XDG_CONFIG_HOME", (".config",)),
    "data": ("XDG_DATA_HOME", (".local", "share")),
    "cache": ("XDG_CACHE_HOME", (".cache",)),
}
_MACOS = {
    "config": ("Library", "Application Support"),
    "data": ("Library", "Application Support"),
    "cache": ("Library", "Caches"),
}
_WINDOWS = {
    "config": ("APPDATA", ("AppData", "Roaming"), ()),
    "data": ("LOCALAPPDATA", ("AppData", "Local"), ()),
    "cache": ("LOCALAPPDATA", ("AppData", "Local"), ("Cache",)),
}


class AppPaths:
    """Know the folders of one user; the arguments stand in for the machine's own in tests."""

    __slots__ = ("_environment", "_home", "_platform", "_working")

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        *,
        home: Path | None = None,
        platform: str = sys.platform,
        working: Path | None = None,
    ) -> None:
        self._environment = os.environ if environment is None else environment
        self._home = home
        self._platform = platform
        self._working = working

    @property
    def config(self) -> Path:
        """Give the folder of `config.toml`."""
        return self._folder("config")

    @property
    def config_if_any(self) -> Path | None:
        """Give the folder of `config.toml`, or None for a user without a home: then there is no such file."""
        try:
            return self.config
        except ConfigError:
            return None

    @property
    def data(self) -> Path:
        """Give the folder of stores and installed things."""
        return self._folder("data")

    @property
    def data_if_any(self) -> Path | None:
        """Give the folder of stores, or None for a user without a home."""
        try:
            return self.data
        except ConfigError:
            return None

    @property
    def cache(self) -> Path:
        """Give the folder of what can be made again."""
        return self._folder("cache")

    @property
    def working(self) -> Path:
        """Give the folder relative paths start from."""
        return self._working or Path.cwd()

    def _folder(self, kind: str) -> Path:
        own = self._environment.get(f"LLMSPELL_{kind.upper()}_DIR")
        if own:
            return Path(own).absolute()
        name, default = _LINUX[kind]
        xdg = self._environment.get(name, "")
        # The specification says that a relative path is to be ignored.
        if self._platform not in {"darwin", "win32"} and xdg.startswith("/"):
            return Path(xdg) / _NAME
        home = self._home or _home()
        if self._platform == "darwin":
            return home.joinpath(*_MACOS[kind], _NAME)
        if self._platform == "win32":
            variable, fallback, below = _WINDOWS[kind]
            given = self._environment.get(variable)
            return (Path(given) if given else home.joinpath(*fallback)).joinpath(_NAME, *below)
        return home.joinpath(*default, _NAME)


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        message = "this user has no home folder"
        remedy = "set HOME, or LLMSPELL_CONFIG_DIR, LLMSPELL_DATA_DIR and LLMSPELL_CACHE_DIR"
        raise ConfigError(message, suggestions=[remedy]) from error
