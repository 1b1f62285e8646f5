"""The root of every error: what happened, to whom, and what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


class ExitCode:
    """Name the exit statuses of the command line."""

    OK = 0
    SPELL = 1
    USAGE = 2
    CONFIG = 3
    DENIED = 4
    MISSING = 5
    LIMIT = 6
    PROVIDER = 7
    PAUSED = 8
    INTERRUPT = 130


class LlmspellError(Exception):
    """Carry what happened, who it happened to and what to do next.

    `suggestions` are imperative sentences; `context` is JSON data; `where` is `file:line`; `retry_after` is in seconds.
    """

    code: ClassVar[int] = 6009
    type: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = ExitCode.SPELL
    recoverable: bool = False
    retryable: bool = False
    run_state: object = None
    """What an agent's run knew that this error ended, for `Agent.resume`; no part of the JSON form: it may be long."""

    def __init__(
        self,
        message: str,
        *,
        suggestions: Iterable[str] = (),
        context: Mapping[str, object] | None = None,
        where: str | None = None,
        trace_id: str | None = None,
        retry_after: float | None = None,
        retryable: bool | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.suggestions = tuple(suggestions)
        self.context = dict(context or {})
        self.where = where
        self.trace_id = trace_id
        self.retry_after = retry_after
        self.stack: str | None = None
        if retryable is not None:
            self.retryable = retryable
            self.recoverable = self.recoverable or retryable

    def to_dict(self) -> dict[str, object]:
        """Give the error as JSON data, the form in which it crosses into a script, an event or a record."""
        return {
            "type": self.type,
            "code": self.code,
            "message": self.message,
            "recoverable": self.recoverable,
            "retryable": self.retryable,
            "retry_after": self.retry_after,
            "suggestions": list(self.suggestions),
            "context": self.context,
            "where": self.where,
            "trace_id": self.trace_id,
        }


def error_types() -> Iterator[type[LlmspellError]]:
    """Yield every class of the tree, parents first."""
    waiting: list[type[LlmspellError]] = [LlmspellError]
    while waiting:
        one = waiting.pop(0)
        yield one
        waiting.extend(one.__subclasses__())
