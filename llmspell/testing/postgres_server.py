"""A real PostgreSQL server for tests: on loopback, with a password, its files in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from llmspell.testing.listening import Listening
from llmspell.testing.loopback import free_port

FOUND = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
PROGRAMS = FOUND[-1].parent if FOUND else None
MISSING = "needs a PostgreSQL server (Debian: apt-get install postgresql)"
PASSWORD = "correct horse"  # noqa: S105 - of a server that lives as long as a test


def _account() -> str | None:
    """Give who runs the server: it refuses root."""
    return "postgres" if os.geteuid() == 0 else None


class PostgresServer:
    """Start a server, kill it, start it again with the same files; `settings` are lines of its configuration."""

    def __init__(self, *settings: str) -> None:
        # not below `tmp_path`, into which no other account can look
        self.folder = Path(tempfile.mkdtemp(prefix="llmspell-postgres-"))
        self.data = self.folder / "data"
        self.port = free_port()
        self.settings = settings
        self.process: Any = None
        self.said: Any = None
        (self.folder / "password").write_text(PASSWORD)
        self.give_away(self.folder, self.folder / "password")
        login = ("-U", "llmspell", "-A", "scram-sha-256", "--pwfile=password")
        self.run("initdb", "-D", "data", "-N", "-E", "UTF8", *login)
        place = [f"port = {self.port}", "listen_addresses = '127.0.0.1'", f"unix_socket_directories = '{self.folder}'"]
        with (self.data / "postgresql.conf").open("a") as file:
            file.write("\n".join([*place, *settings]) + "\n")

    def give_away(self, *paths: Path) -> None:
        """Make files those of the account that runs the server."""
        for path in paths:
            if account := _account():
                shutil.chown(path, account)

    def run(self, program: str, *arguments: str) -> None:
        """Run one of its programs to the end, in the folder and as the account of the server."""
        assert PROGRAMS is not None
        done = subprocess.run(  # noqa: S603 - where Debian puts it
            [PROGRAMS / program, *arguments],
            cwd=self.folder,
            user=_account(),
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Start it, and wait until it listens."""
        assert PROGRAMS is not None
        self.process = subprocess.Popen(  # noqa: S603 - where Debian puts it
            [PROGRAMS / "postgres", "-D", self.data],
            cwd=self.folder,
            user=_account(),
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.said = Listening(self.process.stderr)
        self.said.until("database system is ready to accept connections")

    def kill(self) -> None:
        """End all its processes at once, as a power cut would; no file is written any more."""
        if self.process is not None:
            for pid in (*self.children(), self.process.pid):
                with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()
            self.said.close()
            self.process = None

    def children(self) -> list[int]:
        """Give the processes of the server, whom a killed parent does not take along."""
        pid = self.process.pid
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def remove(self) -> None:
        """Kill it, and remove its files."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def config(self, **section: object) -> dict[str, Any]:
        """Give the configuration of an application that uses it."""
        own = {"host": "127.0.0.1", "port": self.port, "database": "postgres", "password_env": "PROBE_PASSWORD"}
        return {"storage": {"backend": "postgres", "postgres": {**own, **section}}}
