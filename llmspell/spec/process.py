"""The process port: argv only, allow-listed commands, fixed environment, nothing left behind, capped output."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Completed(NamedTuple):
    """How a program ended; `truncated` says that output was cut at the cap.

    Of a pipeline, `statuses` are those of its programs, `status` that of the last which failed (0: none did), and
    `stderr` holds what all of them said.
    """

    status: int
    stdout: bytes
    stderr: bytes
    truncated: bool
    statuses: tuple[int, ...] = ()


class Processes(Protocol):
    """Run programs whose right `process.exec` is granted, with arguments that their grammars know."""

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
        """Run to the end; a timeout kills whatever was started and raises `ToolTimeoutError`."""
        ...

    async def pipe(
        self,
        commands: Sequence[Sequence[str]],
        *,
        input: bytes = b"",  # noqa: A002 - as above
        cwd: str | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 60.0,
        limit: int = 1 << 20,
    ) -> Completed:
        """Run several at once, the output of each being the input of the next; every one of them needs its right."""
        ...
