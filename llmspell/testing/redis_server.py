"""A real Redis server for tests: on loopback, with a password, its files in a folder of the test."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

from llmspell.testing.listening import Listening
from llmspell.testing.loopback import free_port

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = shutil.which("redis-server")
MISSING = "needs redis-server (Debian: apt-get install redis-server)"
PASSWORD = "correct horse"  # noqa: S105 - of a server that lives as long as a test


class RedisServer:
    """Start a server, kill it, start it again with the same files; `settings` are lines of its configuration."""

    def __init__(self, folder: Path, *settings: str, tls: bool = False) -> None:
        self.folder = folder
        self.port = free_port()
        self.settings = ["save ''", f"tls-port {self.port}" if tls else f"port {self.port}", *settings]
        self.process: Any = None
        self.said: Any = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        lines = [f"dir {self.folder}", "bind 127.0.0.1", "daemonize no", f'requirepass "{PASSWORD}"']
        (self.folder / "redis.conf").write_text("\n".join([*lines, *self.settings]) + "\n")
        assert PROGRAM is not None
        self.process = subprocess.Popen(  # noqa: S603 - as it was found on the PATH
            [PROGRAM, str(self.folder / "redis.conf")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.said = Listening(self.process.stdout)
        self.said.until("Ready to accept connections")

    def kill(self) -> None:
        """End it as a power cut of its process would: no file is written any more."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.said.close()
            self.process = None

    def config(self, **section: object) -> dict[str, Any]:
        """Give the configuration of an application that uses it."""
        own = {"host": "127.0.0.1", "port": self.port, "password_env": "PROBE_PASSWORD", **section}
        return {"storage": {"backend": "redis", "redis": own}}
