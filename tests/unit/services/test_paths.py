from __future__ import annotations

from pathlib import Path

import pytest

from llmspell.services.paths import AppPaths

HOME = Path("/home/ada")


def test_linux_follows_xdg() -> None:
    paths = AppPaths({"XDG_DATA_HOME": "/d", "XDG_CACHE_HOME": "relative/is/ignored"}, home=HOME, platform="linux")
    assert paths.data == Path("/d/llmspell")
    assert paths.cache == HOME / ".cache/llmspell"
    assert paths.config == HOME / ".config/llmspell"


def test_macos_uses_the_library() -> None:
    paths = AppPaths({}, home=HOME, platform="darwin")
    assert paths.data == paths.config == HOME / "Library/Application Support/llmspell"
    assert paths.cache == HOME / "Library/Caches/llmspell"


def test_windows_uses_appdata() -> None:
    paths = AppPaths({"APPDATA": "/roaming"}, home=HOME, platform="win32")
    assert paths.config == Path("/roaming/llmspell")
    assert paths.data == HOME / "AppData/Local/llmspell"
    assert paths.cache == HOME / "AppData/Local/llmspell/Cache"


@pytest.mark.parametrize("kind", ["config", "data", "cache"])
def test_our_own_variables_win(kind: str) -> None:
    assert getattr(AppPaths({f"LLMSPELL_{kind.upper()}_DIR": "/own"}, home=HOME), kind) == Path("/own")


def test_the_working_folder_is_the_current_one_unless_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert AppPaths({}).working == tmp_path
    assert AppPaths({}, working=HOME).working == HOME
