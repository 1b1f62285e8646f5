"""The process port: argv only, allow-listed commands, fixed environment, own group, capped output."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Completed(NamedTuple):
    """How a program ended; `truncated` says that output was cut at the cap."""

    status: int
    stdout: bytes
    stderr: bytes
    truncated: bool


class Processes(Protocol):
    """Run programs whose right `process.exec` is granted by name."""

    async def run(
        self,
        argv: Sequence[str],
        *,
        input: bytes = b"",  # noqa: A002 - the name `subprocess` uses
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 60.0,
        limit: int = 1 << 20,
    ) -> Completed:
        """Run to the end; a timeout kills the whole group and raises `ToolTimeoutError`."""
        ...
