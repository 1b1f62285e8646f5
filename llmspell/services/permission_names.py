"""What a rule on mail or on a database covers: whom a message goes to, where the tables lie."""

from __future__ import annotations

import re

from llmspell.errors import ConfigError
from llmspell.services.permission_patterns import EVERYTHING, HostPattern, NamePattern, PathPattern

_ADDRESS = re.compile(r"[^\s@,;:<>\"'()\[\]\\\x00-\x20\x7f]+@[^\s@,;:<>\"'()\[\]\\\x00-\x20\x7f]+\Z")


class MailPattern:
    """`ada@example.com`, `*@example.com` or just `example.com`, `*.example.com`; case tells nothing apart.

    A target is one bare address. What is more than that (a name, a list, a line break) is never covered.
    """

    __slots__ = ("_domain", "_local", "text")

    def __init__(self, text: str) -> None:
        local, at, domain = text.rpartition("@")
        if at and not local:
            raise ConfigError(f"{text!r} names nobody before the @", suggestions=("Write `*@DOMAIN`, or `DOMAIN`.",))
        self._local = NamePattern((local or EVERYTHING).lower())
        self._domain = HostPattern(domain)
        if ":" in domain:
            raise ConfigError(f"{text!r} has a port, mail goes to a domain")
        alone = self._domain.text if text == EVERYTHING else f"{self._local.text}@{self._domain.text}"
        self.text = alone

    def covers(self, target: str) -> bool:
        """Tell whether one bare address is meant."""
        if target == EVERYTHING:
            return self.text == EVERYTHING
        if _ADDRESS.match(target) is None:
            return False
        local, _, domain = target.lower().rpartition("@")
        return self._local.covers(local) and self._domain.covers(domain)

    def touches(self, target: str) -> bool:
        """Tell the same; what is no bare address is always touched."""
        return _ADDRESS.match(target) is None or self.covers(target)


class DatabasePattern:
    """`sqlite:data/app.db` (a path), `postgresql://host:5432/name` (a host), or the name of a configured connection."""

    __slots__ = ("_kind", "_name", "_place", "text")

    def __init__(self, text: str, cwd: str) -> None:
        kind, colon, rest = text.partition(":")
        self._kind = NamePattern(kind if colon else EVERYTHING)
        self._name = NamePattern(text)
        self._place: PathPattern | HostPattern | None = None
        self.text = text
        if rest.startswith("//"):
            place, _, name = rest[2:].partition("/")
            if "@" in place:
                raise ConfigError(
                    "a rule on a database names no user and no password",
                    suggestions=("Write `postgresql://HOST:PORT/NAME`.",),
                )
            self._place, self._name = HostPattern(place), NamePattern(name or EVERYTHING)
            self.text = f"{kind}://{self._place.text}/{self._name.text}"
        elif colon:
            self._place = PathPattern(rest, cwd)
            self.text = f"{kind}:{self._place.text}"

    def covers(self, target: str) -> bool:
        """Tell whether a database is meant."""
        if EVERYTHING in (self.text, target):
            return self.text == EVERYTHING
        kind, _, rest = target.partition(":")
        if self._place is None:
            return self._name.covers(target)
        if not self._kind.covers(kind) or rest.startswith("//") is isinstance(self._place, PathPattern):
            return False
        if isinstance(self._place, PathPattern):
            return self._place.covers(rest)
        place, _, name = rest[2:].partition("/")
        return self._place.covers(place) and self._name.covers(name)

    def touches(self, target: str) -> bool:
        """Tell the same; `*` touches every pattern."""
        return EVERYTHING in (self.text, target) or self.covers(target)
