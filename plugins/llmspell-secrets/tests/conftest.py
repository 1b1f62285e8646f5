"""Stores in a folder of the test, whose passwords are said, and whose guesses cost little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from llmspell.spec.secret_stores import Opening
from llmspell_secrets.file import EncryptedFile
from llmspell_secrets.section import FileSection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHEAP = {"memory": 8 << 20, "passes": 1}


class Said:
    """Passwords that a test says: the one that opens, and new ones in order."""

    def __init__(self, current: str = "old", *fresh: str) -> None:
        self.now = current
        self.next = list(fresh)
        self.asked = 0

    def current(self, what: str) -> str:
        assert what
        self.asked += 1
        return self.now

    def fresh(self, what: str) -> str:
        assert what
        return self.next.pop(0)


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., EncryptedFile]:
    """Open the file of this test: `opened("password", "a new one", path=..., password_file=...)`."""

    def make(*passwords: str, **section: Any) -> EncryptedFile:
        store = EncryptedFile()
        store.open(Opening(tmp_path, FileSection(**{**CHEAP, **section}), Said(*passwords)))
        return store

    return make
