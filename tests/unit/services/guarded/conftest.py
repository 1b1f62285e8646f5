"""Ports of the guarded services with exactly the rights that a test names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from llmspell.services.files import FileService
from llmspell.services.permissions import Grants
from llmspell.services.process import ProcessService

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from llmspell.spec.files import FileSystem
    from llmspell.spec.process import Processes


@pytest.fixture
def granted(tmp_path: Path) -> Callable[..., FileSystem]:
    """Give files below the test's folder: `granted("fs.read=.", "!fs.read=secret")`."""

    def port(*rules: str, sleep: Callable[[float], Awaitable[None]] | None = None) -> FileSystem:
        service = FileService() if sleep is None else FileService(sleep, notify=None)
        return service.port(Grants.parse(rules, cwd=tmp_path), tmp_path, "a test")

    return port


@pytest.fixture
def fs(granted: Callable[..., FileSystem]) -> FileSystem:
    """Give files with every right below the test's folder."""
    return granted("fs.read=.", "fs.write=.")


@pytest.fixture
def programs(tmp_path: Path) -> Callable[..., Processes]:
    """Give programs: `programs("process.exec=git")`."""

    def port(*rules: str) -> Processes:
        return ProcessService().port(Grants.parse(rules, cwd=tmp_path), tmp_path, "a test")

    return port
