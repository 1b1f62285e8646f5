"""Find in source code every way to files, network, processes, clock and chance that does not lead through `ctx`.

What is looked for is the name behind its aliases: `import os as o`, `from os import path`, `reader = open`. What could
give a name that nobody can read in the source (`__import__`, `getattr` of a module, `eval`) is a door itself.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

MODULES = {
    "_io", "_posixsubprocess", "_socket", "_ssl", "_winapi", "aiofiles", "aiohttp", "anyio", "asyncio.subprocess",
    "asyncio.unix_events", "asyncssh", "boto3", "cffi", "code", "concurrent.futures", "ctypes", "dbm", "dill", "fcntl",
    "fileinput", "fsspec", "ftplib", "genericpath", "git", "glob", "http.client", "http.server", "httpcore", "httplib2",
    "httpx", "imaplib", "importlib.import_module", "importlib.reload", "io.FileIO", "io.open", "io.open_code",
    "linecache", "logging.handlers", "marshal", "mmap", "msvcrt", "multiprocessing", "nntplib", "nt", "ntpath",
    "paramiko", "pathlib.Path", "pathlib.PosixPath", "pathlib.WindowsPath", "pexpect", "pickle", "poplib", "posix",
    "psutil", "pty", "pycurl", "random", "requests", "resource", "runpy", "secrets", "select", "selectors", "sh",
    "shelve", "shutil", "signal", "smtplib", "socket", "socketserver", "ssl", "subprocess", "telnetlib", "tempfile",
    "tokenize.open", "trio", "urllib.request", "urllib3", "watchdog", "watchfiles", "webbrowser", "websockets",
    "winreg", "xmlrpc",
}  # fmt: skip
"""Modules, and names in them, that a component may not import."""

NAMES = {
    "__builtins__", "__import__", "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell",
    "asyncio.open_connection", "asyncio.open_unix_connection", "asyncio.start_server", "asyncio.start_unix_server",
    "asyncio.to_thread", "bz2.open", "codecs.open", "compile", "datetime.date.today", "datetime.datetime.now",
    "datetime.datetime.today", "datetime.datetime.utcnow", "eval", "exec", "gzip.open", "importlib.__import__",
    "importlib.import_module", "io.FileIO", "io.open", "io.open_code", "logging.FileHandler", "lzma.open", "open",
    "pathlib.Path", "pathlib.PosixPath", "sqlite3.connect", "sys.modules", "time.localtime", "time.sleep", "time.time",
    "time.time_ns", "uuid.getnode", "uuid.uuid1", "uuid.uuid4", "zipimport.zipimporter",
}  # fmt: skip
"""Names that may not even be mentioned: a function that is passed on is called by somebody else."""

METHODS = {
    "connect_read_pipe", "connect_write_pipe", "create_connection", "create_datagram_endpoint", "create_server",
    "create_unix_connection", "create_unix_server", "getaddrinfo", "run_in_executor", "sock_connect", "subprocess_exec",
    "subprocess_shell",
}  # fmt: skip
"""Methods of an event loop, whatever it is called."""

ASKED_BY_NAME = {"delattr", "getattr", "setattr", "vars"}
PURE_OS = {"PathLike", "fspath", "linesep", "sep", "strerror"}
PURE_OS_PATH = {"basename", "commonpath", "dirname", "join", "normpath", "relpath", "split", "splitext"}
PURE_POSIXPATH = PURE_OS_PATH | {"isabs", "sep"}
WHOLE = {"os", "posixpath", "io", "builtins", "importlib", "pathlib"}
"""Modules that may be imported for what is pure in them, but not handed on whole."""


class Doors(ast.NodeVisitor):
    """Collect every door under the full name it has behind its local alias."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.found: list[tuple[int, str]] = []
        self._bases: set[ast.AST] = set()

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.names[alias.asname or alias.name.split(".")[0]] = (
                alias.name if alias.asname else alias.name.split(".")[0]
            )
            self._judge_import(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            full = f"{node.module}.{alias.name}"
            self.names[alias.asname or alias.name] = full
            self._judge_import(node, full)
            self._judge(node, full)

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for statement in node.orelse:
                self.visit(statement)
            return  # a type is no door
        self.generic_visit(node)

    def visit_arg(self, _node: ast.arg) -> None:
        return  # an annotation is no door

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        for part in (node.target, node.value):
            if part is not None:
                self.visit(part)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in (*node.decorator_list, node.args, *node.body):
            self.visit(part)

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - the name is that of the node

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._bases.add(node.value)
        if not self._judge(node, self._full_name(node)) and node.attr in METHODS:
            self.found.append((node.lineno, f".{node.attr}"))
        self.visit(node.value)

    def visit_Name(self, node: ast.Name) -> None:
        name = self._full_name(node)
        self._judge(node, name)
        if name in WHOLE and node not in self._bases and isinstance(node.ctx, ast.Load):
            self.found.append((node.lineno, f"{name}, handed on"))

    def visit_Call(self, node: ast.Call) -> None:
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        if called in ASKED_BY_NAME and node.args and isinstance(node.args[0], ast.Name):
            name = self._full_name(node.args[0])
            if name in self.names.values() and name.split(".")[0] in {"asyncio", "sys", "time", "uuid", *WHOLE}:
                self.found.append((node.lineno, f"{called}({name})"))
        self.generic_visit(node)

    def _judge_import(self, node: ast.stmt, name: str) -> None:
        parts = name.split(".")
        if {".".join(parts[:count]) for count in range(1, len(parts) + 1)} & MODULES or parts[-1] == "*":
            self.found.append((node.lineno, f"import {name}"))

    def _judge(self, node: ast.AST, name: str) -> bool:
        """Note a name that is a door, and tell whether it is."""
        parts = name.split(".")
        door = name in NAMES
        if parts[0] == "os" and len(parts) > 1 and name != "os.path":
            door = parts[2] not in PURE_OS_PATH if parts[1] == "path" else parts[1] not in PURE_OS
        elif parts[0] == "posixpath" and len(parts) > 1:
            door = parts[1] not in PURE_POSIXPATH
        elif parts[0] == "builtins" and len(parts) > 1:
            door = parts[1] in NAMES
        if door:
            self.found.append((getattr(node, "lineno", 0), name))
        return door

    def _full_name(self, node: ast.expr) -> str:
        if isinstance(node, ast.Name):
            return self.names.get(node.id, node.id)
        return f"{self._full_name(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else "?"


def doors(source: str) -> list[tuple[int, str]]:
    """Give line and name of each door in a source."""
    scan = Doors()
    scan.visit(ast.parse(source))
    return sorted(set(scan.found))


def drivers(door: Path) -> set[str]:
    """Give the modules whose descriptors in this `plugin.py` say that they reach the system themselves."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(door.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and any(
            word.arg == "native" and ast.unparse(word.value) != "()" for word in node.keywords
        ):
            targets = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and ":" in str(arg.value)]
            found.update(str(target).split(":")[0] for target in targets)
    return found
