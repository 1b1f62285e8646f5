from __future__ import annotations

import pytest

from llmspell.bridge.typings.surface import Surface, surface

TOOLS = ("calculator", "http_tool", "web_search")


@pytest.fixture(scope="session")
def api() -> Surface:
    """Give the API with a few tools."""
    return surface(TOOLS)
