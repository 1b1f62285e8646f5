"""Real distributions, tiny and written to a temporary folder of the import path."""

from __future__ import annotations

import sys
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from llmspell.kernel.discovery import scan
from llmspell.kernel.loader import Loader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import Any


class Dists:
    """A site folder into which distributions are installed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def info(self, name: str, version: str, entry_points: str | bytes | None) -> Path:
        """Write the metadata of a distribution as an installer does."""
        folder = self.path / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        if isinstance(entry_points, str):
            entry_points = entry_points.encode()
        if entry_points is not None:
            (folder / "entry_points.txt").write_bytes(entry_points)
        return folder

    def module(self, dotted: str, source: str) -> None:
        """Write a module, and the packages around it."""
        *parents, leaf = dotted.split(".")
        folder = self.path.joinpath(*parents)
        folder.mkdir(parents=True, exist_ok=True)
        if parents:
            (folder / "__init__.py").touch()
        (folder / f"{leaf}.py").write_text(dedent(source))

    def install(
        self, name: str, source: str, kinds: str = "tools", *, version: str = "1.0", major: int = 1, plugin: str = ""
    ) -> None:
        """Install a distribution of one plugin module `<name>_plugin` that declares `kinds` (separated by spaces)."""
        module = f"{name.replace('-', '_')}_plugin"
        plugin = plugin or name.replace("-", "_")
        lines = "\n".join(f"{kind}.{plugin} = {module}" for kind in kinds.split())
        self.info(name, version, f"[llmspell.v{major}]\n{lines}\n")
        self.module(module, source)

    def loader(self, **options: Any) -> Loader:
        """Make a loader of what is installed here."""
        return Loader(scan([str(self.path)]), **options)


def tool_plugin(
    *names: str, module: str = "json", attribute: str = "dumps", aliases: Mapping[str, str] | None = None
) -> str:
    """Write the source of a plugin that provides tools."""
    also = aliases or {}
    source = "from llmspell.spec import hookimpl, tool\n@hookimpl\ndef llmspell_tools():\n    return [\n"
    for name in names:
        other = [also[name]] if name in also else []
        source += f"        tool({name!r}, '{module}:{attribute}', 'Do {name}.', category='test', aliases={other!r}),\n"
    return source + "    ]\n"


@pytest.fixture
def dists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Dists]:
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    before = set(sys.modules)
    yield Dists(site)
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None) or ""
        if file.startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def plugin_source() -> Any:
    """Give the writer of plugin sources: tests are imported by path and cannot import it from here."""
    return tool_plugin
