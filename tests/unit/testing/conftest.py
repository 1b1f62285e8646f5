"""Run a contract class by hand and see which of its tests fail."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def failing(tmp_path: Path) -> Callable[..., set[str]]:
    """Give a function that names the tests of a contract class (or only these of them) that fail.

    A skipped one has not failed.
    """

    def run(kind: type, only: set[str] | None = None) -> set[str]:
        failed = set()
        for name in sorted(name for name in only or dir(kind) if name.startswith("test_")):
            folder = tmp_path / kind.__name__ / name
            folder.mkdir(parents=True, exist_ok=True)
            try:
                _call(getattr(kind(), name), folder)
            except pytest.skip.Exception:
                continue
            except (Exception, pytest.fail.Exception):  # noqa: BLE001 - that it fails is all we ask
                failed.add(name)
        return failed

    return run


def _call(method: Callable[..., Any], folder: Path) -> None:
    takes = inspect.signature(method).parameters
    result = method(**{"tmp_path": folder} if "tmp_path" in takes else {})
    if inspect.iscoroutine(result):
        asyncio.run(result)
