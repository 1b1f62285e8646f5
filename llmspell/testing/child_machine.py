"""An engine in a child process, with the interface of a machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

from llmspell.spec import engine_child
from llmspell.spec.wire import HEADER, decode_frame, encode_frame, frame_size

if TYPE_CHECKING:
    from llmspell.spec.descriptor import Component
    from llmspell.spec.wire import Message

_MIB = 1024 * 1024


class ChildMachine:
    """Feed an engine that runs behind the walls of a child process, and wait for all it says.

    class TestInChild(EngineMachineContract):
        def machine(self):
            return ChildMachine(llmspell_engines()[0])
    """

    def __init__(self, engine: Component, *, memory: int = 512 * _MIB) -> None:
        floor = engine.extra.get("data_floor")
        ours, theirs = socket.socketpair()
        self._folder = tempfile.TemporaryDirectory(prefix="llmspell-")
        settings = {
            "target": engine.target,
            "fd": theirs.fileno(),
            "parent": os.getpid(),
            "path": [entry for entry in sys.path if entry],
        }
        bounds = json.dumps({"memory": max(memory, floor if isinstance(floor, int) else 0), "cpu": None}).encode()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - the interpreter that runs this, with our own arguments
                [sys.executable, *engine_child.OPTIONS, json.dumps(settings)],
                stdin=subprocess.DEVNULL,
                cwd=self._folder.name,
                env=engine_child.ENVIRONMENT,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self._socket = ours
        ours.sendall(len(bounds).to_bytes(HEADER, "big") + bounds)
        self._stream = ours.makefile("rb")

    def feed(self, message: Message) -> list[Message]:
        """Send one message and give all the answers; raises `EOFError` when the process has ended."""
        self._socket.sendall(encode_frame([message]))
        answers: list[Message] = []
        while True:
            answers += decode_frame(self._read(frame_size(self._read(HEADER))))
            if answers[-1]["t"] == "idle":
                return answers[:-1]

    def _read(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) < size:
            message = f"the engine's process has ended with status {self._process.wait()}"
            raise EOFError(message)
        return data

    def close(self) -> None:
        """End the process, which leaves when its pipe is closed."""
        self._stream.close()
        self._socket.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._folder.cleanup()
