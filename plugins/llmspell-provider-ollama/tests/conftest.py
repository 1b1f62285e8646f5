from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def no_keys_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the developer's own keys and servers out of the tests."""
    for name in list(os.environ):
        if name.endswith("_API_KEY") or name == "OLLAMA_HOST":
            monkeypatch.delenv(name)
