"""Lives of a durable run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.unit.runtime.journal.lives import Lives

if TYPE_CHECKING:
    from llmspell.runtime.app import App


@pytest.fixture
def lives(app: App) -> Lives:
    """Give a run that can be lived again and again."""
    return Lives(app)
