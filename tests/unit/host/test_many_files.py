"""A kernel with very many open files starts engines like any other."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from llmspell.runtime.host import Limits, open_channel
from llmspell_engine_lua.plugin import llmspell_engines

if TYPE_CHECKING:
    from collections.abc import Iterator

resource = pytest.importorskip("resource")
MANY = 1024  # numbers that `select` takes


@pytest.fixture
def many_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MANY
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip("the system allows too few files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    files = [os.open(os.devnull, os.O_RDONLY) for _ in range(MANY)]
    yield
    for one in files:
        os.close(one)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_an_engine_starts_beside_a_thousand_open_files(many_files):
    with socket.socket() as next_one:
        assert next_one.fileno() >= MANY
    channel = await open_channel("process", llmspell_engines()[0], Limits())
    try:
        await channel.send([{"t": "hello", "v": 1, "api": "", "name": "s.lua", "source": ""}])
        assert (await channel.receive())[0]["ok"]
    finally:
        await channel.aclose()
