"""A child does not outlive the kernel, however the kernel ends."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import textwrap

import pytest

KERNEL = """
    import asyncio, os, signal, sys
    from llmspell.runtime.host import open_channel
    from llmspell_engine_lua.plugin import llmspell_engines

    async def main():
        channel = await open_channel("process", llmspell_engines()[0])
        await channel.send([{"t": "hello", "v": 1, "api": "", "name": "s.lua", "source": "while true do end"}])
        await channel.receive()
        await channel.send([{"t": "invoke", "id": 1, "fn": 0, "args": []}])
        print(channel.pid, flush=True)
        sys.stdin.readline()
        os.kill(os.getpid(), signal.SIGKILL)

    asyncio.run(main())
"""


@pytest.mark.skipif(
    sys.platform != "linux", reason="other systems tell a child of its parent's death by the closed pipe only"
)
def test_a_busy_child_dies_with_a_killed_kernel() -> None:
    command = [sys.executable, "-c", textwrap.dedent(KERNEL)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as kernel:
        assert kernel.stdin is not None
        assert kernel.stdout is not None
        child = os.pidfd_open(int(kernel.stdout.readline()))
        try:
            kernel.stdin.write("\n")
            kernel.stdin.flush()
            assert kernel.wait(10) == -9
            ended, _, _ = select.select([child], [], [], 10)
            assert ended == [child]
        finally:
            os.close(child)
