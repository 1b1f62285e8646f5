from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from llmspell.services.http_pool import Pools
from llmspell.testing.server import Reply

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec

    from llmspell.services.http import HttpPort
    from llmspell.testing.server import Server


class Searched:
    """Stand before all finders of modules and note what is searched."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(self, name: str, _path: Sequence[str] | None = None, _target: object = None) -> ModuleSpec | None:
        self.names.append(name)
        return None


async def test_a_request_searches_no_module(http: HttpPort, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.replies = [Reply.of("a"), Reply.of("b")]
    await http.request("GET", server.url)  # httpx and its back end are imported by the first one
    searched = Searched()
    monkeypatch.setattr(sys, "meta_path", [searched, *sys.meta_path])
    assert (await http.request("GET", server.url)).body == b"b"
    assert searched.names == []


def test_a_module_that_is_there_stays_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sniffio", pytest)
    Pools()
    assert sys.modules["sniffio"] is pytest


def test_what_is_not_installed_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "sniffio", raising=False)
    if find_spec("sniffio") is not None:
        pytest.skip("sniffio is installed")
    Pools()
    assert sys.modules.get("sniffio", pytest) is None
    with pytest.raises(ImportError):
        import sniffio  # type: ignore[import-not-found,unused-ignore]  # noqa: F401 - it must fail as before
