"""Sessions as values: what is kept of one, and what its clock says of it.

A session is idle since its last run left it, and expires when it was idle for longer than its lifetime. Expiry is never
written down and removes nothing: it is worked out from the last use, so a clock that was wrong does no harm once it is
right again. Within one process time comes from the monotonic clock, so a clock that jumps changes nothing there; a last
use that lies in the future counts as now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, get_args

from llmspell.errors import SessionError, StorageError, ValidationError
from llmspell.services.state_places import MAX_KEY, SEPARATOR, Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llmspell.spec.context import Clock
    from llmspell.spec.states import Entry

PLACE: Final = Place("sessions")
"""Where the records of all sessions lie; their values are the state of the scope `session`."""

NAMES: Final = f"{SEPARATOR}session names{SEPARATOR}"
"""What the keys begin with that say whose a name is: each session that has one writes its id there."""

Status = Literal["active", "suspended", "expired"]
STATUSES: Final[tuple[str, ...]] = get_args(Status)
MAX_TAGS: Final = 100


class Session(NamedTuple):
    """One session.

    `created` and `used` are seconds since the epoch, `lifetime` seconds of idleness or None for no end; `runs` counts
    the runs that joined it; `version` is that of its record.
    """

    id: str
    name: str = ""
    suspended: bool = False
    created: float = 0.0
    used: float = 0.0
    lifetime: float | None = None
    tags: tuple[str, ...] = ()
    runs: int = 0
    version: int = 0

    def status(self, now: float) -> Status:
        """Tell what it is at a moment."""
        if self.suspended:
            return "suspended"
        expired = self.lifetime is not None and now - self.used > self.lifetime
        return "expired" if expired else "active"

    def record(self) -> dict[str, object]:
        """Write it as the value of its key."""
        given = self._asdict()
        del given["id"], given["version"]
        return {**given, "tags": list(self.tags)}

    def to_dict(self, status: Status) -> dict[str, object]:
        """Write it for people and scripts."""
        return {"id": self.id, **self.record(), "status": status}


def session_of(entry: Entry) -> Session:
    """Read the record of a session; raises `StorageError` for what is none."""
    given: Any = entry.value
    try:
        return Session(**{**given, "tags": tuple(given["tags"])}, id=entry.key, version=entry.version)
    except (TypeError, KeyError) as error:
        message = f"the record of session {entry.key} is none of this release"
        raise StorageError(message, suggestions=["use the release that wrote it", "restore a backup"]) from error


def checked_name(name: str) -> str:
    """Refuse a name that could not be told from others."""
    if name != name.strip() or SEPARATOR in name or len(name.encode("utf-8", "replace")) > MAX_KEY:
        raise ValidationError(f"{name[:40]!r} is no name for a session", suggestions=["leave out spaces at its ends"])
    return name


def claim_of(name: str) -> str:
    """Give the key that says which session has a name."""
    return NAMES + name


def taken(name: str) -> SessionError:
    """Give the error for a name that another session has."""
    message = f"there is a session {name!r} already"
    return SessionError(message, suggestions=["choose another name, or open it"])


def checked_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Give tags in order, each once."""
    found = tuple(sorted(set(tags)))
    if "" in found or len(found) > MAX_TAGS:
        raise ValidationError(f"a session has at most {MAX_TAGS} tags, none of them empty")
    return found


def checked_lifetime(lifetime: float | None) -> float | None:
    """Refuse a lifetime that is over at once."""
    if lifetime is not None and not 0 < lifetime < float("inf"):
        raise ValidationError("the lifetime of a session must be longer than nothing", suggestions=['write "7d"'])
    return lifetime


def unusable(session: Session, status: Status) -> SessionError:
    """Give the error for a session that nobody may join as it is."""
    what = "is suspended" if status == "suspended" else "has expired: it was not used for longer than its lifetime"
    return SessionError(
        f"session {session.name or session.id} {what}",
        suggestions=[f"llmspell session resume {session.name or session.id}"],
        context={"id": session.id, "status": status},
    )


def fits(session: Session, status: Status, wanted: Mapping[str, str | None]) -> bool:
    """Tell whether a session has the wanted `status`, `tag` and `name`."""
    return (
        wanted.get("status") in (None, status)
        and (wanted.get("tag") is None or wanted["tag"] in session.tags)
        and wanted.get("name") in (None, session.name)
    )


class SteadyClock:
    """Tell the time of day as it was at the start, plus the time that has passed since: it never jumps."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._start = clock.now() - clock.monotonic()

    def now(self) -> float:
        """Give seconds since the epoch."""
        return self._start + self._clock.monotonic()
