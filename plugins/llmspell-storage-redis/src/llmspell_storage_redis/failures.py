"""What Redis and its client say, as the error of the contract: what happened, at which server, and what to do next."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from redis import exceptions as faults

from llmspell.errors import LlmspellError, StorageError, StorageFullError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PASSWORD = "set REDIS_PASSWORD, or `password_env` in [storage.redis]; `username` tells who logs in"  # noqa: S105
_NOT_REACHED = "check that the server runs, and `host`, `port` and `tls` in [storage.redis]"
_UNKNOWN = "whether a write that was under way was made is not known"
_TOO_LARGE = "keep large data in files, or raise `proto-max-bulk-len` of the server, which limits a value"
_TORN = "restore a backup under another `prefix` in [storage.redis], or delete the keys of this one to begin anew"
_GONE = "restore a backup, or start again to begin with an empty store"


LARGE = 1 << 20
"""The smallest limit that a server can set for a value."""


class StoreGoneError(faults.RedisError):
    """Say that the server came back without the store that was open."""


_BY_CODE: dict[str, tuple[str, str]] = {
    "WRONGPASS": ("did not accept user and password", _PASSWORD),
    "NOAUTH": ("asks for a password", _PASSWORD),
    "NOPERM": ("does not let this user do that", "give the user the commands and the keys that the README lists"),
    "MISCONF": ("cannot write to its disk and takes no writes", "look at the server's log, and free space there"),
    "READONLY": ("is a copy that takes no writes", "name the primary server in [storage.redis]"),
    "LOADING": ("is still loading its data", "try again in a moment"),
    "BUSY": ("is busy with a script", "try again in a moment"),
    "LATE": ("has given up the scan, which stood still for too long or was overtaken by a restore", "scan again"),
    "GONE": ("has lost the store: it was emptied, or came back without its data", _GONE),
    "TORN": ("has lost a part of the store: a key of it was evicted, or deleted by somebody", _TORN),
    "WRONGTYPE": ("has keys of another program under this prefix", "set another `prefix` in [storage.redis]"),
}
"""The first word of a server's error to what happened and what to do."""

_PASSING = frozenset({"LOADING", "BUSY", "MISCONF"})


class Failures:
    """Explain failures at one server. `redact` masks secrets in what the server says."""

    def __init__(self, server: str, redact: Callable[[str], str], timeout: float, pool: int) -> None:
        self.server = server
        self._redact = redact
        self._timeout = timeout
        self._pool = pool

    @contextmanager
    def explained(self, largest: int = 0) -> Iterator[None]:
        """Turn what the client raises within a block into `StorageError`; its own text may hold what was sent.

        `largest` is the size of the largest value that was sent: a server ends the connection on one that it cannot
        take, and the client may not come to read why.
        """
        try:
            yield
        except (faults.RedisError, OSError) as error:
            raise self._failure(error, largest) from None

    def _failure(self, error: Exception, largest: int) -> StorageError:
        inner = error.__cause__
        if isinstance(inner, LlmspellError):  # the port refused the address, or the secret
            return self._error(f"cannot be reached: {inner.message}", *inner.suggestions)
        text = str(error)
        if isinstance(error, faults.OutOfMemoryError) or text.startswith("OOM"):
            advice = ("delete what is not needed", "raise `maxmemory` of the server")
            return self._error("has no memory left for this write; nothing was changed", *advice, kind=StorageFullError)
        code = _code(error, text)
        if code == "FULL":
            return self.full(text.partition(" ")[2])
        if code in _BY_CODE:
            happened, advice_ = _BY_CODE[code]
            return self._error(happened, advice_, retryable=code in _PASSING)
        return self._of_kind(error, text, largest)

    def full(self, why: str) -> StorageError:
        """Give the error for what goes beyond the size limit."""
        advice = ("delete what is not needed", "set a larger `max_size` in [storage.redis]")
        return self._error(f"has no room: {why}, which is beyond its `max_size`", *advice, kind=StorageFullError)

    def _of_kind(self, error: Exception, text: str, largest: int) -> StorageError:
        seconds = f"{self._timeout:g} s"
        if isinstance(error, faults.AuthenticationError):
            return self._error("did not accept user and password", _PASSWORD)
        if text.startswith("No connection available"):
            happened = f"was not asked: all {self._pool} connections were busy for {seconds}"
            return self._error(happened, "raise `pool` or `timeout` in [storage.redis]", retryable=True)
        if isinstance(error, faults.TimeoutError):
            happened = f"did not answer within {seconds}; {_UNKNOWN}"
            return self._error(happened, "try again, or raise `timeout` in [storage.redis]", retryable=True)
        if isinstance(error, (faults.ConnectionError, OSError)):
            happened = f"cannot be reached or was lost ({self._redact(text)}); {_UNKNOWN}"
            return self._error(happened, _NOT_REACHED, *([_TOO_LARGE] if largest > LARGE else []), retryable=True)
        if "bulk length" in text:
            return self._error("does not take a value this large", _TOO_LARGE)
        return self._error(f"answered: {self._redact(text)}", "look at the server's log")

    def _error(
        self, happened: str, *advice: str, kind: type[StorageError] = StorageError, retryable: bool | None = None
    ) -> StorageError:
        more: dict[str, Any] = {"retryable": retryable, "context": {"server": self.server}}
        return kind(f"the store {self.server} {happened}", suggestions=advice, **more)


def _code(error: Exception, text: str) -> str:
    """Give the first word of what the server said; the client keeps some of these words to itself."""
    if isinstance(error, StoreGoneError):
        return "GONE"
    if "user executing the script can't" in text:
        return "NOPERM"
    kinds = {
        faults.BusyLoadingError: "LOADING",
        faults.NoPermissionError: "NOPERM",
        faults.ReadOnlyError: "READONLY",
    }
    return next((code for kind, code in kinds.items() if isinstance(error, kind)), text.partition(" ")[0])
