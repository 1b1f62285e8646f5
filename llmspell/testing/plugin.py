"""The pytest plugin: sockets beyond loopback are refused, and the fixtures of the kit.

Switch it on with `pytest_plugins = ["llmspell.testing.plugin"]` in the `conftest.py` at the root.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import pytest_asyncio

from llmspell.testing.conformance import record
from llmspell.testing.loopback import guard
from llmspell.testing.server import Server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path
    from typing import Any

    from llmspell.runtime.context import CallContext


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the results of `EngineContract` be written down anew."""
    parser.addoption(record.OPTION, action="store_true", help="write what engines show beside their spells")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write it, when that was asked for."""
    record.finish(session.config)


def pytest_configure() -> None:
    """Close the door before anything is collected, since importing a test may not reach out either."""
    guard.start()


def pytest_unconfigure() -> None:
    """Open it again for whoever runs pytest from a program."""
    guard.stop()


@pytest.fixture(autouse=True)
def _own_data(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give each test a data folder of its own, made by whoever first writes there: stores are never the user's."""
    folder = tmp_path_factory.getbasetemp() / "data" / uuid4().hex
    monkeypatch.setenv("LLMSPELL_DATA_DIR", str(folder))


@pytest_asyncio.fixture
async def server() -> AsyncIterator[Server]:
    """Give a programmable HTTP server on 127.0.0.1."""
    async with Server() as running:
        yield running


@pytest_asyncio.fixture
async def make_context(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[CallContext]]]:
    """Give a maker of real contexts, which close with the test.

    It is awaited and takes what `open_context` takes; the working folder is `tmp_path` unless told otherwise.
    """
    from llmspell.testing.context import open_context  # noqa: PLC0415 - only tests that ask for a context build an app

    async with AsyncExitStack() as stack:

        async def make(**options: Any) -> CallContext:
            options.setdefault("cwd", tmp_path)
            return await stack.enter_async_context(open_context(**options))

        yield make
