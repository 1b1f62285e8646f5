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


@pytest.fixture(params=["quick", "slow"])
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Say of every disk that it is quick, so that who waits alone waits for it, or slow, so that a thread does."""
    monkeypatch.setattr("llmspell.runtime.journal.log.QUICK", float("inf") if request.param == "quick" else 0.0)
    kind: str = request.param
    return kind
