"""What no module of ours may say, kernel included: no shell, no code from data, no paths compared after the fact.

Each exception is a module with its reason; one that is not needed any more is an error, too.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.arch.conftest import Distribution

COMPARED = "a path compared after it was resolved"
RUNS_THE_SCRIPT = "it runs the script itself"
EXCUSED: dict[str, dict[str, str]] = {
    "a shell": {},
    "code from text": {
        "llmspell.bridge.typings.surface": "it reads annotations of our own API when typings are written",
        "llmspell_engine_python.inputs": RUNS_THE_SCRIPT,
        "llmspell_engine_python.machine": RUNS_THE_SCRIPT,
        "llmspell_engine_python.modules": RUNS_THE_SCRIPT,
    },
    "objects from bytes": {},
    "a socket": {
        "llmspell.runtime.host.process": "it speaks to the process that it started over a pair without an address",
        "llmspell.testing.cut_connections": "it stands between a test and a server on this machine",
        "llmspell.testing.loopback": "it finds a free port for a test",
    },
    COMPARED: {},
}
SERIALISERS = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle"}
LOADERS = {"load", "loads", "Unpickler", "open", "Shelf"}
SHELLS = {
    "os.system",
    "os.popen",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
    "asyncio.create_subprocess_shell",
}
SOCKETS = {"socket.socket", "socket.create_connection", "socket.create_server", "asyncio.open_connection"}
RESOLVES, COMPARES = {"realpath", "resolve", "abspath"}, {"startswith", "commonprefix"}


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else "?"


def faults(tree: ast.AST) -> Iterator[str]:
    """Yield what a module says that it may not."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            called = set(methods(node))
            if called & RESOLVES and called & COMPARES:
                yield COMPARED
        if isinstance(node, ast.ImportFrom) and node.module in SERIALISERS and imported(node) & (LOADERS | {"*"}):
            yield "objects from bytes"
        if isinstance(node, ast.Call):
            yield from of_call(node)


def imported(node: ast.ImportFrom) -> set[str]:
    return {alias.name for alias in node.names}


def methods(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Attribute):
            yield one.func.attr


def of_call(node: ast.Call) -> Iterator[str]:
    name = dotted(node.func)
    module, _, last = name.rpartition(".")
    if name in SHELLS or any(
        word.arg == "shell" and not (isinstance(word.value, ast.Constant) and word.value.value is False)
        for word in node.keywords
    ):
        yield "a shell"
    if name in ("eval", "exec", "builtins.eval", "builtins.exec"):
        yield "code from text"
    if (module in SERIALISERS and last in LOADERS) or name in ("yaml.load", "yaml.unsafe_load", "yaml.full_load"):
        yield "objects from bytes"
    if name in SOCKETS:
        yield "a socket"


def test_no_module_says_what_none_may(kernel: Distribution, plugins: list[Distribution]) -> None:
    found: dict[str, set[str]] = {rule: set() for rule in EXCUSED}
    for dist in (kernel, *plugins):
        for path in dist.package.rglob("*.py"):
            module = ".".join([dist.package.name, *path.relative_to(dist.package).with_suffix("").parts])
            for rule in faults(ast.parse(path.read_text(encoding="utf-8"))):
                found[rule].add(module)
    assert found == {rule: set(modules) for rule, modules in EXCUSED.items()}


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("import subprocess\nsubprocess.run('x', shell=True)", "a shell"),
        ("run('x', shell=flag)", "a shell"),
        ("import os\nos.system('x')", "a shell"),
        ("eval('x')", "code from text"),
        ("exec(text)", "code from text"),
        ("import pickle\npickle.loads(data)", "objects from bytes"),
        ("from pickle import loads", "objects from bytes"),
        ("import marshal\nmarshal.load(file)", "objects from bytes"),
        ("import shelve\nshelve.open('x')", "objects from bytes"),
        ("import yaml\nyaml.load(text)", "objects from bytes"),
        ("import socket\nsocket.socket()", "a socket"),
        ("def f(p):\n    return os.path.realpath(p).startswith(root)", "a path compared after it was resolved"),
        (
            "def f(p):\n    p = Path(p).resolve()\n    if str(p).startswith(root): ...",
            "a path compared after it was resolved",
        ),
    ],
)
def test_the_scan_sees_it(source: str, rule: str) -> None:
    assert list(faults(ast.parse(source))) == [rule]


@pytest.mark.parametrize("source", ["run(['x'], shell=False)", "model.eval()", "import marshal\nmarshal.dumps(x)"])
def test_the_scan_lets_the_rest_pass(source: str) -> None:
    assert list(faults(ast.parse(source))) == []
