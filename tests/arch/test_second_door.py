"""Components reach files, network, processes, clock and chance through `ctx`: there is no second door.

The scan reads the source of the built-ins and of every plugin. A *driver* (a descriptor with `native={...}`) is exempt:
the module that its target names, and nothing else of its distribution.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.arch.conftest import Distribution

MODULES = {
    "aiohttp",
    "ftplib",
    "glob",
    "http.client",
    "httpx",
    "io.open",
    "multiprocessing",
    "pathlib.Path",
    "pty",
    "random",
    "requests",
    "secrets",
    "shutil",
    "smtplib",
    "socket",
    "ssl",
    "subprocess",
    "tempfile",
    "urllib.request",
}
CALLS = {
    "asyncio.create_subprocess_exec",
    "asyncio.create_subprocess_shell",
    "asyncio.open_connection",
    "asyncio.open_unix_connection",
    "asyncio.start_server",
    "asyncio.to_thread",
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "io.open",
    "open",
    "pathlib.Path",
    "time.sleep",
    "time.time",
    "time.time_ns",
    "uuid.uuid1",
    "uuid.uuid4",
}
PURE_OS = {"PathLike", "fspath", "linesep", "sep", "strerror"}
PURE_OS_PATH = {"basename", "commonpath", "dirname", "join", "normpath", "relpath", "split", "splitext"}


class Doors(ast.NodeVisitor):
    """Collect every use of a door, under the full name it has behind its local alias."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.found: list[tuple[int, str]] = []

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.names[alias.asname or alias.name.split(".")[0]] = (
                alias.name if alias.asname else alias.name.split(".")[0]
            )
            self.judge_import(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            full = f"{node.module}.{alias.name}"
            self.names[alias.asname or alias.name] = full
            self.judge_import(node, full)
            self.judge_os(node, full)

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return  # a type is no door
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.judge_os(node, self.full_name(node))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = self.full_name(node.func)
        if name in CALLS:
            self.found.append((node.lineno, f"{name}()"))
        self.generic_visit(node)

    def judge_import(self, node: ast.stmt, name: str) -> None:
        if {name, name.rpartition(".")[0], name.partition(".")[0]} & MODULES:
            self.found.append((node.lineno, f"import {name}"))

    def judge_os(self, node: ast.AST, name: str) -> None:
        parts = name.split(".")
        if parts[0] != "os" or len(parts) == 1 or name == "os.path":
            return
        pure = parts[2] in PURE_OS_PATH if parts[1] == "path" else parts[1] in PURE_OS
        if not pure:
            self.found.append((getattr(node, "lineno", 0), name))

    def full_name(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        return f"{self.full_name(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else "?"


def doors(source: str) -> list[tuple[int, str]]:
    scan = Doors()
    scan.visit(ast.parse(source))
    return scan.found


def drivers(door: Path) -> set[str]:
    """Return the modules whose descriptors in this `plugin.py` say that they reach the system themselves."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(door.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and any(
            word.arg == "native" and ast.unparse(word.value) != "()" for word in node.keywords
        ):
            targets = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and ":" in str(arg.value)]
            found.update(str(target).split(":")[0] for target in targets)
    return found


def test_no_component_has_a_second_door(root: Path, kernel: Distribution, plugins: list[Distribution]) -> None:
    packages = [
        (kernel.package / "builtin", "llmspell.builtin"),
        *((dist.package, dist.package.name) for dist in plugins),
    ]
    found = []
    for folder, package in packages:
        excused = drivers(folder / "plugin.py")
        for path in sorted(folder.rglob("*.py")):
            module = ".".join([package, *path.relative_to(folder).with_suffix("").parts])
            if module not in excused:
                found += [
                    f"{path.relative_to(root)}:{line} {door}" for line, door in doors(path.read_text(encoding="utf-8"))
                ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "open('x')",
        "import socket",
        "from urllib.request import urlopen",
        "import os as o\no.remove('x')",
        "from os import environ",
        "import os\nos.path.exists('x')",
        "from pathlib import Path",
        "from datetime import datetime as d\nd.now()",
        "import asyncio\nasyncio.open_connection('h', 1)",
        "def f():\n    import subprocess",
        "from uuid import uuid4\nuuid4()",
    ],
)
def test_the_scan_sees_a_door(source: str) -> None:
    assert doors(source)


@pytest.mark.parametrize(
    "source",
    [
        "async def run(ctx):\n    return await ctx.fs.open('x')",
        "import os\nos.path.join('a', 'b')",
        "from pathlib import PurePosixPath",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pathlib import Path",
        "import uuid\nuuid.uuid5(uuid.NAMESPACE_DNS, 'x')",
    ],
)
def test_the_scan_lets_pure_code_pass(source: str) -> None:
    assert doors(source) == []
