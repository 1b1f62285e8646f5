"""Components reach files, network, processes, clock and chance through `ctx`: there is no second door.

The scan reads the source of the built-ins and of every plugin. A *driver* (a descriptor with `native={...}`) is exempt:
the module that its target names, and nothing else of its distribution.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.arch.doors import doors, drivers

if TYPE_CHECKING:
    from tests.arch.conftest import Distribution

RUNS_THE_SCRIPT = "it runs the script itself, in the process of its engine or for a spell that is trusted"
CLOSES_IT = "it puts the clock and the chance of a run in the place of the machine's, for the script alone"
EXCUSED = {
    "llmspell_engine_javascript.isolate": ({"import ctypes"}, "it calls V8"),
    "llmspell_engine_javascript.speech": ({"import ctypes"}, "it shares memory with V8"),
    "llmspell_engine_lua.plain": ({"import marshal.dumps"}, "it tells whether data is plain; nothing is loaded"),
    "llmspell_engine_python.durable.chance": (
        {"import random", "os, handed on", "os.getrandom", "os.urandom"},
        CLOSES_IT,
    ),
    "llmspell_engine_python.durable.clock": (
        {"getattr(time)", "os.environ", "setattr(time)", "time.localtime", "time.sleep"},
        CLOSES_IT,
    ),
    "llmspell_engine_python.durable.process": ({"os.chdir", "os.getpid", "os.getppid"}, CLOSES_IT),
    "llmspell_engine_python.inputs": ({"eval"}, RUNS_THE_SCRIPT),
    "llmspell_engine_python.machine": ({"eval", "sys.modules"}, RUNS_THE_SCRIPT),
    "llmspell_engine_python.modules": (
        {"builtins, handed on", "vars(builtins)", "builtins.__import__", "exec"},
        RUNS_THE_SCRIPT,
    ),
    "llmspell_engine_python.source": ({"compile", "import linecache"}, RUNS_THE_SCRIPT),
    "llmspell_engine_python.watchdog": ({"import ctypes"}, "it interrupts the thread of a script"),
    "llmspell_resilience.resilience": (
        {"import importlib.import_module", "importlib.import_module"},
        "it loads its own parts when they are configured",
    ),
    "llmspell_storage_sqlite.database": ({"sqlite3.connect"}, "it is the inside of a driver"),
}
"""What a module may have all the same, and why. This list only shrinks."""


def found_doors(kernel: Distribution, plugins: list[Distribution]) -> dict[str, set[str]]:
    packages = [
        (kernel.package / "builtin", "llmspell.builtin"),
        *((dist.package, dist.package.name) for dist in plugins),
    ]
    found: dict[str, set[str]] = {}
    for folder, package in packages:
        exempt = drivers(folder / "plugin.py")
        for path in sorted(folder.rglob("*.py")):
            module = ".".join([package, *path.relative_to(folder).with_suffix("").parts])
            if module not in exempt and (seen := doors(path.read_text(encoding="utf-8"))):
                found[module] = {door for _, door in seen}
    return found


def test_no_component_has_a_second_door(kernel: Distribution, plugins: list[Distribution]) -> None:
    found = found_doors(kernel, plugins)
    more = {module: names - EXCUSED.get(module, (set(), ""))[0] for module, names in found.items()}
    assert {module: names for module, names in more.items() if names} == {}
    unused = {module: names - found.get(module, set()) for module, (names, _) in EXCUSED.items()}
    assert not any(unused.values()), f"excuses that nothing needs any more: {unused}"


@pytest.mark.parametrize(
    "source",
    [
        "open('x')",
        "reader = open",
        "names = map(open, ['x'])",
        "def f(opener=open): ...",
        "from builtins import open as o",
        "import builtins\nbuiltins.open('x')",
        "import builtins\nf = getattr(builtins, 'op' + 'en')",
        "__builtins__['open']('x')",
        "__import__('socket')",
        "import importlib\nimportlib.import_module('socket')",
        "from importlib import import_module as load\nload('socket')",
        "import importlib\nuse(importlib)",
        "import sys\nsys.modules['os'].remove('x')",
        "from sys import modules",
        "import sys\ngetattr(sys, 'modules')",
        "eval('open')('x')",
        "exec('import socket')",
        "compile('import socket', '', 'exec')",
        "import socket",
        "import _socket",
        "from socket import *",
        "from os import *",
        "from urllib.request import urlopen",
        "import urllib.request as r",
        "import urllib3",
        "import http.server",
        "import os as o\no.remove('x')",
        "import os\ngetattr(os, 'remove')('x')",
        "import os\nf = os",
        "import os\nvars(os)['remove']('x')",
        "import posix\nposix.remove('x')",
        "from os import environ",
        "import os\nos.path.exists('x')",
        "from os import path\npath.exists('x')",
        "import os.path as p\np.getsize('x')",
        "import posixpath\nposixpath.exists('x')",
        "from posixpath import realpath",
        "import genericpath",
        "from pathlib import Path",
        "import pathlib\nP = pathlib.Path",
        "import pathlib\nuse(pathlib)",
        "from pathlib import PosixPath as P",
        "from io import open as o",
        "import io\nio.FileIO('x')",
        "import io\nio.open_code('x')",
        "import codecs\ncodecs.open('x')",
        "import gzip\ngzip.open('x')",
        "import sqlite3\nsqlite3.connect('x')",
        "import shelve",
        "import pickle",
        "import mmap",
        "import ctypes",
        "import logging\nlogging.FileHandler('x')",
        "import tempfile",
        "import linecache",
        "from datetime import datetime as d\nd.now()",
        "from datetime import datetime\nfactory = datetime.now",
        "import time\nfactory = time.time",
        "from time import time as now",
        "import random",
        "from uuid import uuid4\nuuid4()",
        "import uuid\nfactory = uuid.uuid4",
        "import asyncio\nasyncio.open_connection('h', 1)",
        "import asyncio\nconnect = asyncio.open_connection",
        "import asyncio\ngetattr(asyncio, 'open_connection')",
        "import asyncio\nasyncio.get_running_loop().create_connection(p, 'h', 1)",
        "async def f(loop):\n    await loop.getaddrinfo('h', 1)",
        "async def f(loop):\n    await loop.run_in_executor(None, g)",
        "def f():\n    import subprocess",
        "from asyncio import subprocess",
        "import multiprocessing.pool",
        "import concurrent.futures",
        "import pty",
        "if TYPE_CHECKING:\n    pass\nelse:\n    import socket",
        "try:\n    import socket\nexcept ImportError:\n    pass",
        "class A:\n    now = __import__('time').time",
        "f = lambda: open('x')",
        "[open(name) for name in names]",
        "@open\ndef f(): ...",
    ],
)
def test_the_scan_sees_a_door(source: str) -> None:
    assert doors(source)


@pytest.mark.parametrize(
    "source",
    [
        "async def run(ctx):\n    return await ctx.fs.open('x')",
        "async def run(fs):\n    return getattr(fs, 'open')",
        "import os\nos.path.join('a', 'b')",
        "import os\n\ndef f(path: os.PathLike[str]) -> os.PathLike[str]:\n    return os.fspath(path)",
        "import posixpath\nposixpath.basename('a/b')",
        "from pathlib import PurePosixPath",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pathlib import Path",
        "import uuid\nuuid.uuid5(uuid.NAMESPACE_DNS, 'x')",
        "import io\nio.BytesIO(b'')",
        "import time\ntime.monotonic()",
        "import asyncio\nasyncio.gather()",
        "from datetime import UTC, datetime\ndatetime.fromtimestamp(0, UTC)",
        "from importlib import resources",
        "import re\nre.compile('x')",
        "class A:\n    def open(self): ...\n\nA().open()",
    ],
)
def test_the_scan_lets_pure_code_pass(source: str) -> None:
    assert doors(source) == []
