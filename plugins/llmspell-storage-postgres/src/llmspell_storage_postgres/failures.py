"""What PostgreSQL and its client say, as the error of the contract: what happened, where, and what to do next."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from asyncpg import exceptions as faults

from llmspell.errors import LlmspellError, StorageError, StorageFullError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PASSWORD = "set PGPASSWORD, or `password_env` in [storage.postgres]; `username` tells who logs in"  # noqa: S105
_NOT_REACHED = "check that the server runs, and `host`, `port` and `tls` in [storage.postgres]"
_GONE = ("has lost the store: its tables are gone, or of another format", "restore a backup, or start again")
_DAMAGED = ("has found damage in its files", "look at the server's log, and restore a backup")
_FULL = ("has no room: its disk is full; nothing was changed", "free some space on the server and try again")
_UNKNOWN = "whether a write that was under way was made is not known"


class StoreGoneError(Exception):
    """Say that a new connection did not find the store that was open."""


class PoolBusyError(Exception):
    """Say that no connection became free in time."""


_BY_STATE: dict[str, tuple[str, str]] = {
    "28P01": ("did not accept user and password", _PASSWORD),
    "28000": ("does not let this user log in from here", "look at `pg_hba.conf` of the server; " + _PASSWORD),
    "3D000": ("has no such database", "make it (`createdb`), or name another `database` in [storage.postgres]"),
    "42501": ("does not let this user do that", "give the user the rights that the README lists"),
    "42P01": _GONE,
    "3F000": _GONE,
    "53100": _FULL,
    "53200": ("has no memory left for this", "try again, with less at once"),
    "53300": ("takes no more connections", "lower `pool` in [storage.postgres], or raise `max_connections`"),
    "25006": (
        "takes no writes: it is a copy, or set to only read",
        "name the primary server in [storage.postgres], or turn off `default_transaction_read_only` there",
    ),
    "54000": ("does not take a value this large", "keep large data in files and their paths in the store"),
    "57P03": ("is still starting", "try again in a moment"),
    "55P03": ("is busy: another has locked the table", "try again in a moment"),
    "57014": ("stopped the command", "try again"),
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}
"""SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html) to what happened and what to do."""

_PASSING = frozenset({"53200", "53300", "57P03", "55P03", "57014", "40001", "40P01"})
_LOST_CLASSES = ("08", "57P")
"""SQLSTATEs of connections that broke and of servers that stop."""

FAULTS = (
    faults.PostgresError,
    faults.InterfaceError,
    faults.InternalClientError,
    OSError,
    StoreGoneError,
    PoolBusyError,
)
"""What the client raises; `TimeoutError` is an `OSError`."""


def lost(error: BaseException) -> bool:
    """Tell whether a connection broke, so that another may do."""
    state = getattr(error, "sqlstate", None)
    if isinstance(error, faults.PostgresError) and state is not None:
        return str(state).startswith(_LOST_CLASSES) and state != "57P03"
    broken = (OSError, faults.InterfaceError, faults.InternalClientError)
    return isinstance(error, broken) and not isinstance(error, TimeoutError)


class Failures:
    """Explain failures at one server. `redact` masks secrets in what the server says."""

    def __init__(self, server: str, redact: Callable[[str], str], timeout: float, pool: int) -> None:
        self.server = server
        self._redact = redact
        self._timeout = timeout
        self._pool = pool

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn what the client raises within a block into `StorageError`; its own text may hold what was sent."""
        try:
            yield
        except LlmspellError as error:
            if isinstance(error, StorageError):
                raise
            raise self._error(f"cannot be reached: {error.message}", *error.suggestions) from error
        except FAULTS as error:
            raise self._failure(error) from None

    def _failure(self, error: Exception) -> StorageError:
        state = str(getattr(error, "sqlstate", None) or "")
        if state in _BY_STATE:
            kind = StorageFullError if state == "53100" else StorageError
            return self._error(*_BY_STATE[state], kind=kind, retryable=state in _PASSING)
        if isinstance(error, StoreGoneError):
            return self._error(*_GONE)
        if isinstance(error, PoolBusyError):
            happened = f"was not asked: all {self._pool} connections were busy for {self._timeout:g} s"
            return self._error(happened, "raise `pool` or `timeout` in [storage.postgres]", retryable=True)
        if isinstance(error, TimeoutError):
            happened = f"did not answer within {self._timeout:g} s; {_UNKNOWN}"
            return self._error(happened, "try again, or raise `timeout` in [storage.postgres]", retryable=True)
        text = self._redact(str(error) or type(error).__name__)
        if lost(error):
            happened = f"cannot be reached or was lost ({text}); {_UNKNOWN}"
            return self._error(happened, _NOT_REACHED, retryable=True)
        return self._error(f"answered: {text}", "look at the server's log", retryable=state in _PASSING)

    def _error(
        self, happened: str, *advice: str, kind: type[StorageError] = StorageError, retryable: bool | None = None
    ) -> StorageError:
        more: dict[str, Any] = {"retryable": retryable, "context": {"server": self.server}}
        return kind(f"the store {self.server} {happened}", suggestions=advice, **more)
