"""What the guards cost: a file read, a request, and the question whether a right holds.

Each as a component has it in a run, beside the same thing without a guard. The rights are those of a typical call: what
the user granted, in two rules, what the component declares, and no more than its caller holds.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING

import httpx

from llmspell.testing import open_context
from tests.bench.budget import OURS
from tests.bench.dialects import DIALECTS
from tests.bench.samples import MICRO, contest
from tests.bench.server import model_server

if TYPE_CHECKING:
    from llmspell.runtime.context import CallContext
    from tests.bench.contestants import Peers
    from tests.bench.samples import Samples

READS, REQUESTS, QUESTIONS = 2000, 100, 20_000
SIZE = 64 << 10
PLAIN, RAW = "plain read", "raw httpx"
FILE = "data/reports/file.bin"
TOOL = "tool:file_reader"


class Files:
    """Read one file of 64 KiB that lies in the page cache."""

    def __init__(self, ctx: CallContext, folder: Path) -> None:
        self.fs = ctx.fs
        self.path = str(folder / FILE)

    async def guarded(self) -> float:
        """Read it through the file port."""
        read = self.fs.read
        start = perf_counter()
        for _ in range(READS):
            await read(FILE)
        return (perf_counter() - start) / READS * MICRO

    async def plain(self) -> float:
        """Read it with `open`."""
        path = self.path
        start = perf_counter()
        for _ in range(READS):
            with open(path, "rb") as file:  # noqa: ASYNC230 - what it is compared with
                file.read()
        return (perf_counter() - start) / READS * MICRO


class Requests:
    """Send one small request to a server on this machine."""

    def __init__(self, ctx: CallContext, client: httpx.AsyncClient, root: str) -> None:
        self.http = ctx.http
        self.client = client
        self.url = root + DIALECTS[0].paths[0]
        self.body = DIALECTS[0].body

    async def guarded(self) -> float:
        """Send it through the HTTP port."""
        start = process_time()
        for _ in range(REQUESTS):
            await self.http.request("POST", self.url, json=self.body)
        return (process_time() - start) / REQUESTS * MICRO

    async def raw(self) -> float:
        """Send it with a client that is kept."""
        start = process_time()
        for _ in range(REQUESTS):
            await self.client.post(self.url, json=self.body)
        return (process_time() - start) / REQUESTS * MICRO


def asked(ctx: CallContext, right: str, target: str) -> float:
    """Ask again and again whether a right holds."""
    require = ctx.grants.require
    start = perf_counter()
    for _ in range(QUESTIONS):
        require(right, target, who="bench")
    return (perf_counter() - start) / QUESTIONS * MICRO


async def measure(_peers: Peers) -> dict[str, Samples]:
    """Let the guarded and the plain take turns."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name, model_server() as root:
        folder = Path(name)
        (folder / FILE).parent.mkdir(parents=True)
        (folder / FILE).write_bytes(os.urandom(SIZE))
        rules = ("fs.read=data", "fs.write=data/out", "net.connect=*.example.com:443", f"net.connect={root[7:]}")
        async with (
            open_context(grants=rules, cwd=folder) as every,
            open_context(grants=rules, cwd=folder, component=TOOL) as ctx,
            httpx.AsyncClient(timeout=None) as client,
        ):
            files, requests = Files(ctx, folder), Requests(every, client, root)

            async def path() -> float:
                return asked(ctx, "fs.read", files.path)

            async def host() -> float:
                return asked(every, "net.connect", "api.example.com:443")

            return {
                "guarded file read, 64 KiB": await contest({OURS: files.guarded, PLAIN: files.plain}),
                "guarded HTTP request": await contest({OURS: requests.guarded, RAW: requests.raw}),
                "permission check, path": await contest({OURS: path}),
                "permission check, host": await contest({OURS: host}),
            }
